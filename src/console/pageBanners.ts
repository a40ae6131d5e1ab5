import type { Banner } from '../contract/panels.ts';
import { toneRank } from '../contract/stateView.ts';
import { connectionBanners } from './connectionBanners.ts';
import { duplicateBanners, sectionBanners, staleBanners, transportBanners } from './dataBanners.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { failoverBanners, migrationBanners, stackBanners } from './haBanners.ts';
import { quorumBanners } from './quorumBanners.ts';

/** What stands above a page: everything that keeps its picture from being whole and current, worst first. */
export function pageBanners(model: FleetModel, clusters: readonly ClusterEntry[], nowMs: number): Banner[] {
  const connections = new Map(clusters.map(({ connection }) => [connection.id, connection]));
  const banners = [
    ...[...connections.values()].flatMap((connection) =>
      connectionBanners(connection, clusters, model, nowMs),
    ),
    ...clusters.flatMap((entry) => clusterBanners(model, entry, nowMs)),
  ];
  return orderBanners(banners);
}

/** Worst tone first; lasting notes at the end. */
export function orderBanners(banners: readonly Banner[]): Banner[] {
  return [...banners].sort((a, b) => toneRank[b.tone] - toneRank[a.tone]);
}

function clusterBanners(model: FleetModel, entry: ClusterEntry, nowMs: number): Banner[] {
  const context = model.context(entry.id, nowMs);
  if (context === undefined) return [];
  return [
    ...quorumBanners(entry, context),
    ...staleBanners(entry, context, nowMs),
    ...failoverBanners(model, entry, nowMs),
    ...stackBanners(entry, context),
    ...migrationBanners(model, entry, context),
    ...transportBanners(entry),
    ...sectionBanners(entry),
    ...duplicateBanners(entry),
  ];
}
