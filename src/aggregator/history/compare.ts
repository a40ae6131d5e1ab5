import type { Cluster } from '../../contract/model/cluster.ts';
import type { FleetRecords } from '../../contract/model/fleet.ts';
import type { FleetEventKind } from '../../contract/model/fleetEvent.ts';
import { isSame, type Lane, type LaneMove } from './historyStore.ts';
import {
  type Observation,
  observeCluster,
  observeGroup,
  observeGuest,
  observeNode,
  observeRule,
  observeService,
} from './observe.ts';
import { type Sight, sightOf, type WatchedList } from './sight.ts';

/** What is known of one cluster's subjects, by lane. */
export type KnownLanes = ReadonlyMap<string, Lane>;

/**
 * When a lane or list that is not told now was told last, by its name; kept from one comparison to the next, so that a
 * change seen afterwards is not taken for a recent one.
 */
export type LastTold = Map<string, number | null>;

export interface Comparison {
  readonly cluster: Cluster;
  /** Names of nodes that are lost: Proxmox repeats the last run state of their guests for minutes. */
  readonly lostNodes: ReadonlySet<string>;
  readonly lastTold: LastTold;
  /** Records to look at: the changed ones, or all of the cluster when {@link isWhole}. */
  readonly records: Omit<FleetRecords, 'clusters'>;
  /** True when what is absent from the records is gone. */
  readonly isWhole: boolean;
  /** Ids of records that are gone. */
  readonly removed: readonly string[];
  readonly atMs: number;
  /** When the cluster was read well before; `null`: never. */
  readonly afterMs: number | null;
}

interface Listed {
  readonly list: WatchedList;
  readonly observations: readonly Observation[];
}

const prefixes = { nodes: 'node:', guests: 'guest:', rules: 'rule:', groups: 'group:' } as const;
const recordLists = {
  nodes: 'nodes',
  guests: 'guests',
  services: 'resources',
  rules: 'rules',
  groups: 'groups',
} as const;
const kinds: Readonly<Record<WatchedList, FleetEventKind>> = {
  nodes: 'node',
  guests: 'guest',
  services: 'service',
  rules: 'rule',
  groups: 'rule',
};

/** Compares a picture with what was known, and gives what moved, in no order that means something. */
export function compareCluster(known: KnownLanes, comparison: Comparison): LaneMove[] {
  const { cluster, atMs, afterMs, lastTold } = comparison;
  const sight = sightOf(cluster);
  const moves: LaneMove[] = [];
  const note = (seen: Observation, isFirst: boolean, listToldMs: number | null): void => {
    const before = known.get(seen.lane);
    if (seen.state === '') {
      if (before !== undefined && !lastTold.has(seen.lane)) lastTold.set(seen.lane, listToldMs);
      if (before !== undefined || !isFirst) return;
    }
    const toldMs = lastTold.get(seen.lane);
    if (seen.state !== '') lastTold.delete(seen.lane);
    if (before !== undefined && isSame(seen, before)) return;
    const isFencing = seen.kind === 'node' && (seen.state === 'fence' || before?.state === 'fence');
    moves.push({
      ...seen,
      kind: isFencing ? 'fencing' : seen.kind,
      atMs,
      afterMs: toldMs === undefined ? listToldMs : earliest(toldMs, listToldMs),
      isSilent: before === undefined ? isFirst : before.state === '',
    });
  };

  // Of these there is one each, so that the first sight of one never means that it is new.
  for (const seen of observeCluster(cluster, sight)) note(seen, true, afterMs);
  for (const { list, observations } of listsOf(comparison, sight)) {
    const all = `all:${list}`;
    if (sight[list] === 'none') {
      if (!lastTold.has(all)) lastTold.set(all, afterMs);
      continue;
    }
    const isFirst = !known.has(all);
    // Part of a cluster cannot begin the record of the whole.
    if (isFirst && (!comparison.isWhole || sight[list] !== 'whole')) continue;
    const listToldMs = lastTold.get(all) ?? afterMs;
    for (const seen of observations) note(seen, isFirst, listToldMs);
    for (const move of departures(known, comparison, sight, list))
      moves.push({ ...move, afterMs: listToldMs });
    lastTold.delete(all);
    if (isFirst) moves.push(beginning(all, atMs));
  }
  return moves;
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

function listsOf({ records, lostNodes }: Comparison, sight: Sight): Listed[] {
  return [
    { list: 'nodes', observations: records.nodes.map((node) => observeNode(node, sight)) },
    { list: 'services', observations: records.resources.map(observeService) },
    { list: 'guests', observations: records.guests.map((guest) => observeGuest(guest, lostNodes)) },
    { list: 'rules', observations: records.rules.map(observeRule) },
    { list: 'groups', observations: records.groups.map(observeGroup) },
  ];
}

/** What left a list that was read as a whole by somebody whom a majority stands behind. */
function departures(known: KnownLanes, comparison: Comparison, sight: Sight, list: WatchedList): LaneMove[] {
  const { records, isWhole, removed, atMs, afterMs } = comparison;
  if (sight.isQuorate !== true || sight[list] !== 'whole') return [];
  const present = isWhole
    ? new Set(records[recordLists[list]].flatMap(({ id }) => laneOfRecord(id) ?? []))
    : null;
  const gone =
    present === null
      ? removed.flatMap((id) => laneOfRecord(id) ?? [])
      : [...known.keys()].filter((lane) => !present.has(lane));
  return gone.flatMap((lane): LaneMove[] => {
    const before = known.get(lane);
    if (listOf(lane) !== list || before === undefined || before.state === 'removed') return [];
    const vmid = /^(?:vm|ct|guest):(\d+)$/.exec(lane)?.[1];
    return [
      {
        lane,
        kind: kinds[list],
        state: 'removed',
        node: null,
        atMs,
        afterMs,
        vmid: vmid === undefined ? null : Number(vmid),
        name: null,
        detail: null,
        isSilent: false,
      },
    ];
  });
}

/** The list a lane's subject is a member of; `null` for single subjects. */
function listOf(lane: string): WatchedList | null {
  for (const list of ['nodes', 'guests', 'rules', 'groups'] as const)
    if (lane.startsWith(prefixes[list])) return list;
  return /^(vm|ct):/.test(lane) ? 'services' : null;
}

/** Record ids are `kind:cluster/name`. */
function laneOfRecord(id: string): string | null {
  const match = /^(node|guest|rule|group|ha):[^/]+\/(.+)$/.exec(id);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return match[1] === 'ha' ? match[2] : `${match[1]}:${match[2]}`;
}

function beginning(lane: string, atMs: number): LaneMove {
  return {
    lane,
    kind: 'reading',
    state: 'read',
    node: null,
    atMs,
    afterMs: null,
    vmid: null,
    name: null,
    detail: null,
    isSilent: true,
  };
}
