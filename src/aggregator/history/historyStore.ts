import type { FleetEvent, FleetEventKind } from '../../contract/model/fleetEvent.ts';

/**
 * What a subject (a node, a service, the quorum, …) was seen as last. Lanes are what successive pictures are compared
 * with, so they outlive the process where events do: a restart repeats nothing.
 */
export interface Lane {
  /** The event's `subject`; `all:…` says that a whole list was seen once, so that what comes later is new. */
  readonly lane: string;
  /** Empty: it exists, but its state was never told. */
  readonly state: string;
  readonly node: string | null;
  /** When it came to be so, epoch milliseconds. */
  readonly atMs: number;
  /** On the lane `reading`: when any aggregator last read the cluster well. */
  readonly seenAtMs: number | null;
}

/** A subject seen in another state than before. */
export interface LaneMove {
  readonly lane: string;
  readonly kind: FleetEventKind;
  readonly state: string;
  readonly node: string | null;
  readonly atMs: number;
  /** When the state before was last seen; `null`: not known. */
  readonly afterMs: number | null;
  readonly vmid: number | null;
  readonly name: string | null;
  readonly detail: string | null;
  /** True where there is nothing to compare with: the lane begins without an event. */
  readonly isSilent: boolean;
  /** Not to be told when somebody read the cluster well after this moment, epoch milliseconds. */
  readonly unlessSeenAfterMs?: number;
}

/** A task as Proxmox lists it. Identified by its UPID, so that it is kept once whoever saw it. */
export interface SeenTask {
  readonly upid: string;
  readonly type: string;
  readonly node: string | null;
  readonly vmid: number | null;
  readonly user: string | null;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly status: string | null;
}

export interface HistoryFilter {
  readonly cluster?: string | undefined;
  readonly vmid?: number | undefined;
  readonly node?: string | undefined;
  /** Empty: every kind. */
  readonly kinds?: readonly FleetEventKind[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** Place of an event in the list, newest first. */
export interface HistoryPosition {
  readonly atMs: number;
  readonly row: number;
}

export interface HistoryPage {
  readonly events: FleetEvent[];
  /** Where to go on; `null` at the end. */
  readonly next: HistoryPosition | null;
}

/** Where events are kept. */
export interface HistoryStore {
  readonly kept: 'store' | 'memory';
  lanes(cluster: string): Promise<Lane[]>;
  /**
   * Writes moves in their order and their events, each once however many aggregators saw it: a lane that is already there
   * makes no event, and an older sight than the lane's gives way.
   *
   * @returns the lanes of the moves as they are now.
   */
  apply(cluster: string, moves: readonly LaneMove[]): Promise<Lane[]>;
  /** Notes that the cluster was read well, and gives the lane `reading` as it is now. */
  see(cluster: string, atMs: number): Promise<Lane | null>;
  saveTasks(cluster: string, tasks: readonly SeenTask[]): Promise<void>;
  /** Newest first; events of one moment in the opposite order of their writing. */
  page(filter: HistoryFilter, before: HistoryPosition | null, limit: number): Promise<HistoryPage>;
  /** From when on each cluster's events are complete but for the holes that `reading` events tell. */
  recorded(): Promise<{ readonly cluster: string; readonly sinceMs: number }[]>;
  /** Removes events before a moment, and the oldest ones beyond a number of rows. */
  prune(beforeMs: number, maxRows: number): Promise<void>;
}

/** What becomes of a lane that a move meets. */
export type MoveVerdict = 'event' | 'silent' | 'skip';

/** The one rule by which both kinds of store accept a move. */
export function judgeMove(move: LaneMove, known: Lane | undefined): MoveVerdict {
  if (known === undefined) return move.isSilent ? 'silent' : 'event';
  if (known.state === '') return 'silent';
  if (move.isSilent || move.atMs < known.atMs || isSame(move, known)) return 'skip';
  const { unlessSeenAfterMs } = move;
  if (unlessSeenAfterMs !== undefined && (known.seenAtMs ?? 0) > unlessSeenAfterMs) return 'skip';
  return 'event';
}

/** Whether nothing changed; a node nobody told is no other node. */
export function isSame(
  a: { readonly state: string; readonly node: string | null },
  b: { readonly state: string; readonly node: string | null },
): boolean {
  return a.state === b.state && (a.node === null || b.node === null || a.node === b.node);
}

/** Name of a lane's event, the same on every aggregator. */
export function eventId(cluster: string, lane: string, seq: number): string {
  return `${cluster}/${lane}#${seq}`;
}
