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

export interface Comparison {
  readonly cluster: Cluster;
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
const kinds: Readonly<Record<WatchedList, FleetEventKind>> = {
  nodes: 'node',
  guests: 'guest',
  services: 'service',
  rules: 'rule',
  groups: 'rule',
};

/** Compares a picture with what was known, and gives what moved, in no order that means something. */
export function compareCluster(known: KnownLanes, comparison: Comparison): LaneMove[] {
  const { cluster, records, atMs, afterMs } = comparison;
  const sight = sightOf(cluster);
  const moves: LaneMove[] = [];
  const note = (seen: Observation, isFirst: boolean): void => {
    const before = known.get(seen.lane);
    if (seen.state === '' && (before !== undefined || !isFirst)) return;
    if (before !== undefined && isSame(seen, before)) return;
    const isFencing = seen.kind === 'node' && (seen.state === 'fence' || before?.state === 'fence');
    moves.push({
      ...seen,
      kind: isFencing ? 'fencing' : seen.kind,
      atMs,
      afterMs,
      isSilent: before === undefined ? isFirst : before.state === '',
    });
  };

  // Of these there is one each, so that the first sight of one never means that it is new.
  for (const seen of observeCluster(cluster, sight)) note(seen, true);
  for (const { list, observations } of listsOf(records, sight)) {
    if (sight[list] === 'none') continue;
    const isFirst = !known.has(`all:${list}`);
    // Part of a cluster cannot begin the record of the whole.
    if (isFirst && (!comparison.isWhole || sight[list] !== 'whole')) continue;
    for (const seen of observations) note(seen, isFirst);
    if (isFirst) moves.push(beginning(`all:${list}`, atMs));
  }
  moves.push(...departures(known, comparison, sight));
  return moves;
}

function listsOf(records: Comparison['records'], sight: Sight): Listed[] {
  return [
    { list: 'nodes', observations: records.nodes.map((node) => observeNode(node, sight)) },
    { list: 'services', observations: records.resources.map(observeService) },
    { list: 'guests', observations: records.guests.map(observeGuest) },
    { list: 'rules', observations: records.rules.map(observeRule) },
    { list: 'groups', observations: records.groups.map(observeGroup) },
  ];
}

/** What left a list that was read as a whole by somebody whom a majority stands behind. */
function departures(known: KnownLanes, comparison: Comparison, sight: Sight): LaneMove[] {
  const { records, isWhole, removed, atMs, afterMs } = comparison;
  if (sight.isQuorate !== true) return [];
  const present = new Set(listsOf(records, sight).flatMap(({ observations }) => observations.map(laneOf)));
  const gone = isWhole
    ? [...known.keys()].filter((lane) => listOf(lane) !== null && !present.has(lane))
    : removed.flatMap((id) => laneOfRecord(id) ?? []);
  return gone.flatMap((lane): LaneMove[] => {
    const before = known.get(lane);
    const list = listOf(lane);
    if (list === null || sight[list] !== 'whole') return [];
    if (before === undefined || before.state === 'removed') return [];
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

function laneOf({ lane }: Observation): string {
  return lane;
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
