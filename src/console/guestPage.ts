import { capitalized } from '../base/text.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import type { Banner, GuestPageModel } from '../contract/panels.ts';
import { errorBanner } from './bannerParts.ts';
import { clockText } from './clockText.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { parseConsoleId, toConsoleId } from './fleetIds.ts';
import type { ClusterEntry, FleetModel, ModelChange } from './fleetModel.ts';
import { PlacementMemory } from './foresight/placementMemory.ts';
import { failureState } from './freshnessStates.ts';
import { guestConfigPart, guestLoadPart, guestTasksPart } from './guestDetailParts.ts';
import { guestHaPart } from './guestHaPart.ts';
import type { GuestPageFacts, GuestReading } from './guestPageFacts.ts';
import { guestRunPart } from './guestRunPart.ts';
import { orderBanners, pageBanners } from './pageBanners.ts';
import { guestKindWord, guestLabel, nameText } from './rowWords.ts';
import { notToldState } from './states.ts';

/** The page of one guest, without a page. It remembers where the guest was, so that a move stays told. */
export class GuestView {
  readonly #model: FleetModel;
  readonly id: string;
  #node: string | null;
  readonly #placement: PlacementMemory;
  #moved: { readonly from: string; readonly to: string; readonly atMs: number } | null = null;

  /** @param id console id of the guest, `guest:<connection>.<cluster>/<vmid>`. */
  constructor(model: FleetModel, id: string) {
    this.#model = model;
    this.#placement = new PlacementMemory(model);
    this.id = id;
    this.#node = model.guest(id)?.node ?? null;
  }

  /** Cluster key and VMID, as the connection's `guestDetail` takes them; `null` for an id that is none of a guest. */
  get address(): { readonly connectionId: string; readonly cluster: string; readonly vmid: number } | null {
    const parsed = parseConsoleId(this.id);
    const match = /^guest:(.*)\/(\d+)$/su.exec(parsed?.recordId ?? '');
    if (parsed === null || match?.[1] === undefined || match[2] === undefined) return null;
    return { connectionId: parsed.connectionId, cluster: match[1], vmid: Number(match[2]) };
  }

  get clusterId(): string | null {
    const address = this.address;
    return address === null ? null : toConsoleId(address.connectionId, `cluster:${address.cluster}`);
  }

  /** Title of the tab: "105 db-01". */
  get title(): string {
    const guest = this.#model.guest(this.id);
    return guest === undefined ? `Guest ${this.address?.vmid ?? ''}`.trim() : guestLabel(guest);
  }

  /** Whether a change of the model can show on this page. */
  isTouchedBy(change: ModelChange): boolean {
    const { clusterId } = this;
    const resourceId = this.#model.resourceIdOf(this.id);
    return (
      this.#placement.forget(change) ||
      change.ticked ||
      change.changed.has(this.id) ||
      change.removed.has(this.id) ||
      (clusterId !== null && (change.changed.has(clusterId) || change.contexts.has(clusterId))) ||
      (resourceId !== undefined && change.changed.has(resourceId)) ||
      change.connections.has(this.address?.connectionId ?? '')
    );
  }

  /** @param isExplained whether somebody asked why the guest is where it is. */
  build(reading: GuestReading, timeframe: LoadTimeframe, nowMs: number, isExplained = false): GuestPageModel {
    const detail = this.#detailOf(reading);
    const { clusterId } = this;
    const entry = clusterId === null ? undefined : this.#model.clusterEntry(clusterId);
    const context = clusterId === null ? undefined : this.#model.context(clusterId, nowMs);
    const guest = this.#model.guest(this.id) ?? detail?.guest ?? null;
    this.#noteMove(guest?.node ?? null, nowMs);
    const facts: GuestPageFacts = { model: this.#model, entry, context, guest, detail, reading, nowMs };
    return {
      id: this.id,
      header: {
        title: guest === null ? this.title : guestLabel(guest),
        freshness: context?.freshness ?? notToldState('The cluster of this guest is not known.'),
        banners: banners(facts),
      },
      subtitle: this.#subtitle(guest, entry),
      ha: {
        ...guestHaPart(facts, clusterId, this.#model.resourceIdOf(this.id)),
        placement: this.#explained(clusterId, isExplained),
      },
      guest: guestRunPart(facts),
      load: guestLoadPart(facts, timeframe),
      tasks: guestTasksPart(facts),
      config: guestConfigPart(facts),
      timeline: guest === null ? null : { kind: 'timeline', id: this.id },
      openInProxmox: guest === null ? null : { kind: 'openInProxmox', id: this.id },
    };
  }

  #explained(clusterId: string | null, isAsked: boolean): GuestPageModel['ha']['placement'] {
    const resourceId = this.#model.resourceIdOf(this.id);
    const resource = resourceId === undefined ? undefined : this.#model.resource(resourceId);
    if (clusterId === null || resource === undefined) return null;
    return isAsked ? this.#placement.explain(clusterId, resource.sid) : 'folded';
  }

  /** A detail that belongs to another guest (a late answer) is not shown. */
  #detailOf(reading: GuestReading): GuestDetail | null {
    if (reading.state === 'reading' || reading.detail === null) return null;
    const { address } = this;
    const { cluster, vmid } = reading.detail;
    return address?.vmid === vmid && address.cluster === cluster ? reading.detail : null;
  }

  #noteMove(node: string | null, nowMs: number): void {
    if (node === null || node === this.#node) return;
    if (this.#node !== null) this.#moved = { from: this.#node, to: node, atMs: nowMs };
    this.#node = node;
  }

  #subtitle(guest: Guest | null, entry: ClusterEntry | undefined): string {
    const cluster =
      entry === undefined ? (this.address?.cluster ?? '') : clusterDisplayName(this.#model, entry);
    const kind = guest === null ? 'Guest' : capitalized(guestKindWord(guest.kind));
    const place = guest?.node == null ? nameText(cluster) : `${nameText(cluster)}/${nameText(guest.node)}`;
    const moved =
      this.#moved === null
        ? ''
        : ` · moved ${nameText(this.#moved.from)} to ${nameText(this.#moved.to)} at ${clockText(this.#moved.atMs)}`;
    return `${kind} on ${place}${moved}`;
  }
}

function banners(facts: GuestPageFacts): readonly Banner[] {
  const { entry, reading, nowMs, model } = facts;
  if (entry === undefined) return [];
  const list = pageBanners(model, [entry], nowMs);
  if (reading.state === 'failed') {
    const { tone, icon } = failureState(reading.error, null, nowMs);
    // The cluster's own banner says the same already.
    if (!list.some(({ id }) => id.endsWith(`/${reading.error.code}`))) {
      list.push(
        errorBanner(`guest/${reading.error.code}`, reading.error, tone, icon, {
          connection: entry.connection,
          clusterName: entry.record.name,
          retryAtMs: null,
          nowMs,
          dataFromMs:
            reading.detail === null
              ? null
              : model.toConsoleTime(entry.connection.id, reading.detail.serverTimeMs),
        }),
      );
    }
  }
  return orderBanners(list);
}
