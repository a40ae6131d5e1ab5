/** Kinds of fleet records as they stand in ids. */
export type RecordKind = 'cluster' | 'node' | 'group' | 'rule' | 'ha' | 'guest';

/** A console id taken apart. */
export interface ParsedConsoleId {
  readonly connectionId: string;
  /** First word of the id; `row` and `cat` rows belong to no single record. */
  readonly kind: string;
  /** Id of the record in its server's store; for attention rows that of the record they link to. */
  readonly recordId: string;
}

/** Puts the connection in front of the cluster key: `node:prod/pve1` of `demo` is `node:demo.prod/pve1`. */
export function toConsoleId(connectionId: string, recordId: string): string {
  const colon = recordId.indexOf(':');
  return `${recordId.slice(0, colon + 1)}${connectionId}.${recordId.slice(colon + 1)}`;
}

const consoleId = /^([a-z]+):([a-z0-9-]+)\.(.*)$/su;
const attentionRest = /^(.*?)\/(cluster|node|group|rule|ha|guest)\/(.*)$/su;

/**
 * Takes a console id or the id of a tree row apart; `null` for ids of connections and anything else. Connection ids have
 * no dot, so the first one ends them whatever the cluster's key is.
 */
export function parseConsoleId(id: string): ParsedConsoleId | null {
  const match = consoleId.exec(id);
  const [, kind, connectionId, rest] = match ?? [];
  if (kind === undefined || connectionId === undefined || rest === undefined) return null;
  if (kind !== 'attention') return { connectionId, kind, recordId: `${kind}:${rest}` };
  const [, key, recordKind, local] = attentionRest.exec(rest) ?? [];
  if (key === undefined || recordKind === undefined || local === undefined) return null;
  return { connectionId, kind: recordKind, recordId: `${recordKind}:${key}/${local}` };
}

/** Console id of the record that a tree row shows: itself, or what an attention row links to. */
export function recordIdOfRow(rowId: string): string | null {
  const parsed = parseConsoleId(rowId);
  return parsed === null ? null : toConsoleId(parsed.connectionId, parsed.recordId);
}
