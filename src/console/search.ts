import { plainText } from '../base/text.ts';
import { toneRank } from '../contract/stateView.ts';
import { type ClusterView, type FleetModel, toConsoleId } from './fleetModel.ts';
import type { TreeRow } from './treeRow.ts';
import { clusterRow, groupRow, guestRow, nameText, nodeRow, resourceRow, ruleRow } from './treeRows.ts';

/** One object that a search found. */
export interface SearchHit {
  /** Console id. */
  readonly id: string;
  readonly label: string;
  /** "prod · pve2 · error". */
  readonly description: string;
  readonly icon: string;
  readonly row: TreeRow;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /** More matched than are given. */
  readonly cut: boolean;
}

/** Hits given at the most. */
const maxHits = 200;

interface Term {
  readonly key: string | null;
  readonly value: string;
  readonly negated: boolean;
}

interface Candidate {
  readonly view: ClusterView;
  readonly row: TreeRow;
  readonly kind: string;
  /** Words a plain term may match, lower case. */
  readonly text: string;
  readonly exact: readonly string[];
  readonly state: string;
  readonly node: string;
}

/**
 * Finds objects over all clusters. Words match id, name, sid, node, rule and tag; `state:error`, `cluster:lab`,
 * `node:pve2`, `is:ha`, `is:problem` narrow it, `!` negates, quotes keep spaces together. An empty query gives all problems.
 */
export function searchFleet(model: FleetModel, query: string): SearchResult {
  const terms = parseQuery(query);
  const scored: { readonly hit: SearchHit; readonly score: number }[] = [];
  for (const candidate of candidates(model)) {
    const wanted =
      terms.length === 0
        ? isProblem(candidate)
        : terms.every((term) => matches(candidate, term) !== term.negated);
    if (!wanted) continue;
    scored.push({ hit: toHit(candidate), score: score(candidate, terms) });
  }
  scored.sort((a, b) => b.score - a.score || a.hit.label.localeCompare(b.hit.label, 'en', { numeric: true }));
  return { hits: scored.slice(0, maxHits).map(({ hit }) => hit), cut: scored.length > maxHits };
}

function parseQuery(query: string): Term[] {
  const terms: Term[] = [];
  for (const match of query.matchAll(/(!?)(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = (match[3] ?? match[4] ?? '').toLowerCase();
    const key = match[2]?.toLowerCase() ?? null;
    const known = key !== null && ['state', 'cluster', 'node', 'is', 'kind'].includes(key);
    // `vm:105` is an id, not a key with a value.
    const term = key !== null && !known ? { key: null, value: `${key}:${value}` } : { key, value };
    if (term.value !== '') terms.push({ ...term, negated: match[1] === '!' });
  }
  return terms;
}

function* candidates(model: FleetModel): Generator<Candidate> {
  for (const view of model.clusters()) {
    const make = (
      kind: string,
      row: TreeRow,
      words: readonly (string | null)[],
      exact: readonly (string | null)[],
      state: string | null,
      node: string | null,
    ): Candidate => ({
      view,
      row,
      kind,
      text: words
        .filter((word) => word !== null)
        .join(' ')
        .toLowerCase(),
      exact: exact.filter((word) => word !== null).map((word) => word.toLowerCase()),
      state: `${state ?? ''} ${row.description}`.toLowerCase(),
      node: (node ?? '').toLowerCase(),
    });
    yield make(
      'cluster',
      clusterRow(model, view),
      [view.cluster.name, view.cluster.key],
      [view.cluster.name],
      view.cluster.quorum.state,
      null,
    );
    const counts = model.haCounts(view);
    for (const node of model.members(view, 'nodes'))
      yield make(
        'node',
        nodeRow(model, view, node, counts.get(node.name) ?? 0),
        [node.name, node.ip],
        [node.name],
        node.haState,
        node.name,
      );
    for (const rule of model.members(view, 'rules'))
      yield make(
        'rule',
        ruleRow(view, rule),
        [rule.name, ...rule.resources, rule.comment],
        [rule.name],
        null,
        null,
      );
    for (const group of model.members(view, 'groups'))
      yield make(
        'group',
        groupRow(view, group),
        [group.name, ...group.nodes.map((node) => node.name)],
        [group.name],
        null,
        null,
      );
    const managed = new Set<number | null>();
    for (const resource of model.members(view, 'resources')) {
      managed.add(resource.vmid);
      const guest = model.guestOf(view, resource.vmid);
      yield make(
        'ha',
        resourceRow(model, view, resource),
        [resource.sid, resource.name, resource.node, resource.comment, ...(guest?.tags ?? [])],
        [resource.sid, String(resource.vmid ?? ''), resource.name],
        `${resource.state ?? ''} ${resource.crmState ?? ''}`,
        resource.node,
      );
    }
    for (const guest of model.members(view, 'guests')) {
      // An HA-managed guest is found once, as its HA resource.
      if (managed.has(guest.vmid)) continue;
      yield make(
        'guest',
        guestRow(model, view, guest),
        [String(guest.vmid), guest.name, guest.node, ...guest.tags, guest.pool],
        [String(guest.vmid), guest.name],
        guest.status,
        guest.node,
      );
    }
  }
}

function matches(candidate: Candidate, { key, value }: Term): boolean {
  switch (key) {
    case null:
      return candidate.text.includes(value);
    case 'state':
      return candidate.state.includes(value);
    case 'cluster':
      return `${candidate.view.cluster.name} ${candidate.view.cluster.key}`.toLowerCase().includes(value);
    case 'node':
      return candidate.node.includes(value);
    case 'kind':
      return candidate.kind === value;
    case 'is':
      return value === 'ha'
        ? candidate.kind === 'ha'
        : value === 'problem'
          ? isProblem(candidate)
          : candidate.kind === value;
    default:
      return false;
  }
}

function isProblem(candidate: Candidate): boolean {
  return toneRank[candidate.row.tone] >= toneRank.warn;
}

/** Exact id first, then a beginning of it, then problems. */
function score(candidate: Candidate, terms: readonly Term[]): number {
  const words = terms.filter((term) => term.key === null && !term.negated).map((term) => term.value);
  const exact = words.some((word) => candidate.exact.includes(word)) ? 100 : 0;
  const prefix = words.some((word) => candidate.exact.some((text) => text.startsWith(word))) ? 50 : 0;
  return exact + prefix + toneRank[candidate.row.tone];
}

function toHit(candidate: Candidate): SearchHit {
  const { view, row } = candidate;
  const place = candidate.kind === 'cluster' ? nameText(view.connection.name) : nameText(view.cluster.name);
  return {
    id: row.id,
    label: row.label,
    description: plainText([place, row.description].filter((part) => part !== '').join(' · '), 120),
    icon: row.icon ?? 'circle-outline',
    row,
  };
}

/** Console id of the node that a guest or resource row is on. */
export function nodeIdOf(model: FleetModel, id: string): string | null {
  const view = model.clusterOf(id);
  const record = model.record(id);
  if (view === undefined || record === undefined || !('node' in record) || record.node === null) return null;
  return toConsoleId(view.connection.id, `node:${view.cluster.key}/${record.node}`);
}
