import { emptyRecords, type FleetRecords } from '../../contract/model/fleet.ts';
import { type FleetListName, fleetListNames } from '../../contract/model/fleetLists.ts';

/** What has to be sent so that a reader of `before` knows `after`. */
export interface RecordsDiff {
  readonly upserted: FleetRecords;
  readonly removed: string[];
}

/** Compares two pictures by record id; `null` when they are equal. */
export function diffRecords(before: FleetRecords, after: FleetRecords): RecordsDiff | null {
  const upserted = emptyRecords();
  const removed: string[] = [];
  for (const name of fleetListNames) diffList(name, before, after, upserted, removed);
  const changed = removed.length > 0 || fleetListNames.some((name) => upserted[name].length > 0);
  return changed ? { upserted, removed } : null;
}

function diffList<List extends FleetListName>(
  name: List,
  before: FleetRecords,
  after: FleetRecords,
  upserted: FleetRecords,
  removed: string[],
): void {
  const known = new Map(before[name].map((record) => [record.id, record]));
  const target: FleetRecords[List][number][] = upserted[name];
  for (const record of after[name]) {
    const old = known.get(record.id);
    known.delete(record.id);
    if (old !== record && (old === undefined || !deepEqual(old, record))) target.push(record);
  }
  removed.push(...known.keys());
}

/** Equality of plain JSON values. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => deepEqual(item, b[index]));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      deepEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
