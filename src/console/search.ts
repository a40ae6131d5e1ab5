import { type StateView, toneRank } from '../contract/stateView.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { clusterState } from './clusterTrouble.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';
import { type MemberKind, memberKinds } from './judgement.ts';
import { iconFreeText } from './markdown.ts';
import { guestLabel, nameText, resourceLabel } from './rowWords.ts';
import { haystackOf } from './treeFilter.ts';
import type { RowTarget } from './treeRow.ts';

/** One object that was found. */
export interface SearchHit {
  /** Console id of the record, which is also its row in the tree. */
  readonly id: string;
  /** Safe where the editor draws `$(name)` as an icon; put `$(icon)` of {@link icon} in front. */
  readonly label: string;
  /** "prod · pve2 · error". */
  readonly description: string;
  /** One sentence for problems; `null` otherwise. */
  readonly detail: string | null;
  readonly icon: string | null;
  readonly state: StateView;
  readonly target: RowTarget;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /** How many matched, hits beyond the limit included. */
  readonly total: number;
  /** "250 more: keep typing" beyond the limit; `null` otherwise. */
  readonly hint: string | null;
}

const hitLimit = 200;
const knownKeys = ['state', 'cluster', 'node', 'is', 'tag', 'pool'] as const;
type SearchKey = (typeof knownKeys)[number];

/** One condition of a query. `key` is `null` for a plain word. */
export interface SearchTerm {
  readonly key: SearchKey | null;
  readonly value: string;
  readonly negated: boolean;
}

/**
 * Takes a query apart: words, "quoted words", `state:error`, `cluster:lab`, `node:pve2`, `tag:`, `pool:`, `is:ha`,
 * `is:problem`, and `!` before any of them. A colon in other words is part of the word, so `vm:105` looks for that id.
 */
export function parseQuery(query: string): readonly SearchTerm[] {
  const terms: SearchTerm[] = [];
  for (const match of query.matchAll(/(!?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/giu)) {
    const [, bang = '', rawKey, quoted, plain] = match;
    const key = knownKeys.find((candidate) => candidate === rawKey?.toLowerCase()) ?? null;
    const text = (quoted ?? plain ?? '').toLowerCase();
    const value = key === null && rawKey !== undefined ? `${rawKey.toLowerCase()}:${text}` : text;
    if (value !== '') terms.push({ key, value, negated: bang === '!' });
  }
  return terms;
}

/** Everything that fits a query; without one, every problem. Exact ids first, then prefixes, then problems. */
export function searchFleet(model: FleetModel, query: string, nowMs: number): SearchResult {
  const terms = parseQuery(query);
  const words = terms.filter(({ key, negated }) => key === null && !negated).map(({ value }) => value);
  const found: { readonly id: string; readonly entry: ClusterEntry; readonly rank: number }[] = [];
  for (const entry of model.clusters()) {
    const clusterCandidate = candidateOfCluster(model, entry, nowMs);
    if (clusterCandidate !== undefined && matches(clusterCandidate, terms))
      found.push({ id: entry.id, entry, rank: rankOf(clusterCandidate, words) });
    const index = model.index(entry.id);
    for (const kind of memberKinds) {
      for (const id of terms.length === 0 ? index.problems : index.ids[kind]) {
        if (!id.startsWith(`${kind}:`)) continue;
        const candidate = candidateOf(model, entry, kind, id);
        if (candidate !== undefined && matches(candidate, terms))
          found.push({ id, entry, rank: rankOf(candidate, words) });
      }
    }
  }
  const inEmpty = terms.length === 0;
  const kept = inEmpty ? found.filter(({ rank }) => rank <= problemRank) : found;
  kept.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  return {
    hits: kept.slice(0, hitLimit).flatMap(({ id, entry }) => toHit(model, entry, id, nowMs) ?? []),
    total: kept.length,
    hint: kept.length > hitLimit ? `${kept.length - hitLimit} more: keep typing` : null,
  };
}

interface Candidate {
  readonly kind: MemberKind | 'cluster';
  /** Identities, lower case: number, name, sid. */
  readonly names: readonly string[];
  readonly haystack: string;
  /** Words of the state: shown label and Proxmox's own. */
  readonly states: readonly string[];
  readonly cluster: readonly string[];
  readonly node: string | null;
  readonly tags: readonly string[];
  readonly pool: string | null;
  readonly flags: ReadonlySet<string>;
  readonly problem: boolean;
}

function candidateOfCluster(model: FleetModel, entry: ClusterEntry, nowMs: number): Candidate | undefined {
  const context = model.context(entry.id, nowMs);
  if (context === undefined) return undefined;
  const state = clusterState(model, context, entry.id);
  const name = entry.record.name.toLowerCase();
  const problem = toneRank[state.tone] >= toneRank.warn;
  return {
    kind: 'cluster',
    names: [name],
    haystack: `${name}\n${entry.connection.name.toLowerCase()}`,
    states: [state.label.toLowerCase(), context.quorum.label.toLowerCase()],
    cluster: clusterWords(entry),
    node: null,
    tags: [],
    pool: null,
    flags: new Set(['cluster', ...(problem ? ['problem'] : [])]),
    problem,
  };
}

function candidateOf(
  model: FleetModel,
  entry: ClusterEntry,
  kind: MemberKind,
  id: string,
): Candidate | undefined {
  const base = model.judgement(id)?.state;
  if (base === undefined) return undefined;
  const node = model.node(id);
  const resource = kind === 'ha' ? model.resource(id) : undefined;
  const guest = kind === 'guest' ? model.guest(id) : undefined;
  const named = node ?? resource ?? guest ?? model.rule(id) ?? model.group(id);
  const problem = toneRank[base.tone] >= toneRank.warn;
  const flags = new Set<string>([kind]);
  if (problem) flags.add('problem');
  if (kind === 'ha' || guest?.haManaged === 'managed') flags.add('ha');
  if (guest?.template === true) flags.add('template');
  if (resource?.kind === 'vm' || guest?.kind === 'qemu') flags.add('vm');
  if (resource?.kind === 'ct' || guest?.kind === 'lxc') flags.add('ct');
  const numbers = resource?.vmid ?? guest?.vmid ?? null;
  return {
    kind,
    names: [named?.name ?? null, resource?.sid ?? null, numbers === null ? null : String(numbers)]
      .filter((name) => name !== null)
      .map((name) => name.toLowerCase()),
    haystack: haystackOf(model, id),
    states: [base.label, resource?.state, resource?.crmState, guest?.status, node?.haState, node?.status]
      .filter((word) => word !== null && word !== undefined)
      .map((word) => word.toLowerCase()),
    cluster: clusterWords(entry),
    node: (node?.name ?? resource?.node ?? guest?.node ?? null)?.toLowerCase() ?? null,
    tags: (guest?.tags ?? []).map((tag) => tag.toLowerCase()),
    pool: guest?.pool?.toLowerCase() ?? null,
    flags,
    problem,
  };
}

function clusterWords(entry: ClusterEntry): readonly string[] {
  return [
    entry.record.name.toLowerCase(),
    entry.record.key.toLowerCase(),
    entry.connection.name.toLowerCase(),
  ];
}

function matches(candidate: Candidate, terms: readonly SearchTerm[]): boolean {
  return terms.every((term) => matchesTerm(candidate, term) !== term.negated);
}

function matchesTerm(candidate: Candidate, { key, value }: SearchTerm): boolean {
  switch (key) {
    case null:
      return candidate.haystack.includes(value);
    case 'state':
      return candidate.states.some((state) => state.includes(value));
    case 'cluster':
      return candidate.cluster.some((name) => name.startsWith(value));
    case 'node':
      return candidate.node === value;
    case 'tag':
      return candidate.tags.includes(value);
    case 'pool':
      return candidate.pool === value;
    case 'is':
      return candidate.flags.has(value);
  }
}

const problemRank = 2;

/** 0 exact identity, 1 prefix, 2 problem, 3 the rest. */
function rankOf({ names, problem }: Candidate, words: readonly string[]): number {
  if (words.some((word) => names.includes(word))) return 0;
  if (words.some((word) => names.some((name) => name.startsWith(word)))) return 1;
  return problem ? problemRank : 3;
}

function toHit(model: FleetModel, entry: ClusterEntry, id: string, nowMs: number): SearchHit | undefined {
  const cluster = clusterDisplayName(model, entry);
  if (id === entry.id) {
    const context = model.context(id, nowMs);
    if (context === undefined) return undefined;
    const state = clusterState(model, context, id);
    return hit(id, cluster, ['cluster', context.quorum.label], state, { kind: 'haStatus', clusterId: id });
  }
  const state = model.state(id);
  if (state === undefined) return undefined;
  const haStatus: RowTarget = { kind: 'haStatus', clusterId: entry.id };
  const resource = model.resource(id);
  if (resource !== undefined) {
    const target: RowTarget =
      resource.vmid === null ? haStatus : { kind: 'guest', guestId: model.guestId(entry.id, resource.vmid) };
    return hit(id, resourceLabel(resource), [cluster, resource.node, state.label], state, target);
  }
  const guest = model.guest(id);
  if (guest !== undefined)
    return hit(id, guestLabel(guest), [cluster, guest.node, state.label], state, {
      kind: 'guest',
      guestId: id,
    });
  const named = model.node(id) ?? model.rule(id) ?? model.group(id);
  if (named === undefined) return undefined;
  const kindWord = id.startsWith('node:') ? null : id.startsWith('rule:') ? 'HA rule' : 'HA group';
  return hit(id, nameText(named.name), [cluster, kindWord, state.label], state, haStatus);
}

function hit(
  id: string,
  label: string,
  facts: readonly (string | null)[],
  state: StateView,
  target: RowTarget,
): SearchHit {
  const isProblem = toneRank[state.tone] >= toneRank.warn;
  return {
    id,
    label: iconFreeText(label),
    description: iconFreeText(
      facts
        .filter((fact) => fact !== null)
        .map((fact) => nameText(fact))
        .join(' · '),
    ),
    detail: isProblem
      ? iconFreeText([state.explanation, state.nextStep].filter((part) => part !== null).join(' '))
      : null,
    icon: state.icon === 'blank' ? null : state.icon,
    state,
    target,
  };
}
