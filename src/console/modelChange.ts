/** What changed, by console id. Ids may be of records that are gone or new; look them up before use. */
export interface ModelChange {
  /** Records that are new, changed, or whose joins or verdict changed. */
  readonly changed: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
  /** Connections that were added, removed, or whose state changed. */
  readonly connections: ReadonlySet<string>;
  /** Clusters whose rows all read differently now: lost or regained quorum, became stale, were renamed. */
  readonly contexts: ReadonlySet<string>;
  /** Time passed: ages and countdowns are due. */
  readonly ticked: boolean;
}

/** A change while it is gathered. */
export interface MutableChange extends ModelChange {
  readonly changed: Set<string>;
  readonly removed: Set<string>;
  readonly connections: Set<string>;
  readonly contexts: Set<string>;
  ticked: boolean;
}

export function newChange(): MutableChange {
  return {
    changed: new Set(),
    removed: new Set(),
    connections: new Set(),
    contexts: new Set(),
    ticked: false,
  };
}

/** Adds what came later to what nobody was told yet. */
export function merge(into: MutableChange, next: ModelChange): MutableChange {
  for (const id of next.removed) {
    into.changed.delete(id);
    into.removed.add(id);
  }
  for (const id of next.changed) {
    into.removed.delete(id);
    into.changed.add(id);
  }
  for (const id of next.connections) into.connections.add(id);
  for (const id of next.contexts) into.contexts.add(id);
  into.ticked ||= next.ticked;
  return into;
}
