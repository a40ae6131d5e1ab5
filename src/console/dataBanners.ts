import { plural } from '../base/format.ts';
import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import { sectionNames } from '../contract/model/sectionNames.ts';
import type { Banner } from '../contract/panels.ts';
import { banner, connectionButton, errorBanner, refreshButton } from './bannerParts.ts';
import { clockText } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { explainFleetError } from './errorText.ts';
import type { ClusterEntry } from './fleetModel.ts';
import { failureState } from './freshnessStates.ts';
import { nameText } from './rowWords.ts';

/** Data that is not renewed. */
export function staleBanners(entry: ClusterEntry, context: ClusterContext, nowMs: number): Banner[] {
  const { lastKnown, readAtMs } = context;
  const { error, consecutiveFailures } = entry.record.freshness;
  const { state } = entry.connection.connection;
  const name = nameText(entry.record.name);
  // A server that is away is told once, by the connection's own banner.
  if (state.kind === 'halted' || (state.kind === 'waiting' && error === null)) return [];
  if (error !== null && (lastKnown === 'stale' || lastKnown === 'neverRead' || consecutiveFailures > 0)) {
    const { tone, icon } = failureState(error, null, nowMs);
    return [
      errorBanner(`${entry.id}/${error.code}`, error, tone, icon, {
        connection: entry.connection,
        clusterName: entry.record.name,
        retryAtMs: null,
        nowMs,
        dataFromMs: readAtMs,
      }),
    ];
  }
  if (lastKnown !== 'stale' || readAtMs === null) return [];
  return [
    banner(entry, 'stale', 'unknown', 'history', `${name}: the data is old.`, {
      why: 'What you see may differ from reality.',
      next: `Showing data from ${clockText(readAtMs)}.`,
      buttons: [refreshButton],
      sinceMs: readAtMs,
    }),
  ];
}

/** Addresses of a cluster that do not answer, or whose transport is not safe. */
export function transportBanners(entry: ClusterEntry): Banner[] {
  return entry.record.endpoints.flatMap((endpoint) => {
    const who = `${nameText(entry.record.name)}/${nameText(endpoint.node ?? endpoint.url.replace(/^https?:\/\//, ''))}`;
    const banners: Banner[] = [];
    const { error } = endpoint;
    const standsForCluster = entry.record.freshness.error?.code === error?.code;
    if (
      error !== null &&
      !standsForCluster &&
      (error.code === 'tlsFingerprintMismatch' || error.code === 'tlsUntrusted')
    ) {
      const text = explainFleetError(error, {
        connectionName: entry.connection.name,
        clusterName: entry.record.name,
        connectionId: entry.connection.id,
      });
      banners.push(
        banner(
          entry,
          `endpoint/${endpoint.endpointId}/${error.code}`,
          'fail',
          'shield',
          `${who}: ${text.what}`,
          {
            why: text.why,
            next: text.next,
            buttons: text.buttons,
          },
        ),
      );
    }
    if (endpoint.tls === 'notVerified') {
      banners.push(
        banner(
          entry,
          `endpoint/${endpoint.endpointId}/notVerified`,
          'warn',
          'unlock',
          `${who}: the certificate is not verified.`,
          {
            why: 'Anybody in between could pose as this node and read the token.',
            next: 'Pin its certificate or turn on Verify SSL.',
            buttons: [connectionButton('Review Certificate', entry.connection, 'reviewCertificate')],
          },
        ),
      );
    }
    return banners;
  });
}

const sectionWords: Readonly<Record<SectionName, string>> = {
  status: 'cluster status',
  resources: 'guests and load',
  haStatus: 'HA status',
  haResources: 'HA resources',
  haGroups: 'HA groups',
  haRules: 'HA rules',
  configNodes: 'votes',
  qdevice: 'the quorum device',
  managerStatus: 'the HA manager',
};

/** Parts that fail while the rest is read, joined by their cause; and rows that were left out. */
export function sectionBanners(entry: ClusterEntry): Banner[] {
  const { sections, freshness } = entry.record;
  const name = nameText(entry.record.name);
  const byCode = new Map<string, { readonly error: FleetError; readonly parts: string[] }>();
  for (const section of sectionNames) {
    const { state, error } = sections[section];
    if (state !== 'failed' || error === null || error.code === freshness.error?.code) continue;
    const known = byCode.get(error.code);
    if (known === undefined) byCode.set(error.code, { error, parts: [sectionWords[section]] });
    else known.parts.push(sectionWords[section]);
  }
  const banners = [...byCode].map(([code, { error, parts }]) => {
    const text = explainFleetError(error, {
      connectionName: entry.connection.name,
      clusterName: entry.record.name,
      connectionId: entry.connection.id,
    });
    return banner(entry, `section/${code}`, 'warn', 'warning', `${name}: ${text.what}`, {
      why: `Missing: ${parts.join(', ')}; the rest is current.${text.why === null ? '' : ` ${text.why}`}`,
      next: text.next,
      buttons: text.buttons,
    });
  });
  const dropped = droppedRows(entry.record);
  if (dropped > 0) {
    banners.push(
      banner(
        entry,
        'droppedRows',
        'warn',
        'warning',
        `${name}: ${plural(dropped, 'row')} could not be understood.`,
        {
          why: 'They are left out, so lists may be incomplete.',
          next: 'Open the log; an update may know them.',
          buttons: [{ label: 'Open Log', action: { kind: 'openLog' } }],
        },
      ),
    );
  }
  return banners;
}

export function droppedRows(cluster: Cluster): number {
  return sectionNames.reduce((sum, section) => sum + cluster.sections[section].droppedRows, 0);
}

/** A cluster that is read twice. */
export function duplicateBanners(entry: ClusterEntry): Banner[] {
  const { duplicateOf, name } = entry.record;
  if (duplicateOf === null) return [];
  return [
    banner(
      entry,
      'duplicate',
      'warn',
      'warning',
      `${nameText(name)}: this is the same cluster as ${nameText(duplicateOf)}.`,
      {
        why: 'It is configured twice, so its objects are listed and counted twice.',
        next: 'Put all its addresses into one entry and remove the other.',
        buttons: [connectionButton('Edit Connection', entry.connection, 'edit')],
      },
    ),
  ];
}
