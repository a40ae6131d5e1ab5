import { type GuestGroupKind, guestGroupKinds } from './guestGrouping.ts';
import { type Judgement, type MemberKind, Tally } from './judgement.ts';
import { isProblemTone } from './states.ts';

/** What one record is joined by. */
export interface IndexLink {
  readonly kind: MemberKind;
  /** Node it is on, for resources and guests. */
  readonly node: string | null;
  /** Resource ids a rule names. */
  readonly sids: readonly string[];
  /** Pool of a guest. */
  readonly pool: string | null;
  /** HA resources only: whether it needs its node, so that a drain waits for it; `null` when not told. */
  readonly isBusy: boolean | null;
  /** Counted guests only: whether HA manages it. */
  readonly haManaged: 'managed' | 'notManaged' | 'unknown' | null;
  readonly template: boolean;
}

const noIds: ReadonlySet<string> = new Set();

/** Joins and counts over the records of one cluster, kept up record by record. Ids are console ids. */
export class ClusterIndex {
  readonly ids: Readonly<Record<MemberKind, Set<string>>> = {
    node: new Set(),
    group: new Set(),
    rule: new Set(),
    ha: new Set(),
    guest: new Set(),
  };
  readonly tallies: Readonly<Record<MemberKind, Tally>> = {
    node: new Tally(),
    group: new Tally(),
    rule: new Tally(),
    ha: new Tally(),
    guest: new Tally(),
  };
  /** Records whose own tone is fail or warn. */
  readonly problems = new Set<string>();
  /** Records whose verdict can change with time alone. */
  readonly timed = new Set<string>();
  readonly guestCounts = { managed: 0, notManaged: 0, unknown: 0, templates: 0 };
  readonly #links = new Map<string, IndexLink>();
  readonly #judgements = new Map<string, Judgement>();
  readonly #resourcesByNode = new Map<string, Set<string>>();
  readonly #guestGroups: Readonly<Record<GuestGroupKind, Map<string, Set<string>>>> = {
    node: new Map(),
    state: new Map(),
    pool: new Map(),
  };
  readonly #rulesBySid = new Map<string, Set<string>>();

  link(id: string): IndexLink | undefined {
    return this.#links.get(id);
  }

  judgement(id: string): Judgement | undefined {
    return this.#judgements.get(id);
  }

  resourcesOn(node: string): ReadonlySet<string> {
    return this.#resourcesByNode.get(node) ?? noIds;
  }

  /** HA resources on a node that keep it from being drained; `null` when the state of one was not told. */
  busyOn(node: string): number | null {
    const links = [...this.resourcesOn(node)].map((id) => this.#links.get(id));
    if (links.some((link) => link?.isBusy === null)) return null;
    return links.filter((link) => link?.isBusy === true).length;
  }

  guestsOn(node: string): ReadonlySet<string> {
    return this.guestsIn('node', node);
  }

  /** Names of the nodes, states or pools that guests have; the empty one stands for "none" or "not told". */
  guestGroups(kind: GuestGroupKind): IterableIterator<string> {
    return this.#guestGroups[kind].keys();
  }

  guestsIn(kind: GuestGroupKind, key: string): ReadonlySet<string> {
    return this.#guestGroups[kind].get(key) ?? noIds;
  }

  /** Name of the group that a guest stands in; `null` for what is no guest here. */
  guestGroupKey(kind: GuestGroupKind, id: string): string | null {
    const link = this.#links.get(id);
    if (link?.kind !== 'guest') return null;
    return groupKey(kind, link, this.#judgements.get(id));
  }

  rulesNaming(sid: string): ReadonlySet<string> {
    return this.#rulesBySid.get(sid) ?? noIds;
  }

  get isEmpty(): boolean {
    return this.#links.size === 0;
  }

  put(id: string, link: IndexLink): void {
    this.#unlink(id);
    this.#links.set(id, link);
    this.ids[link.kind].add(id);
    this.#count(link, 1);
    if (link.kind === 'ha') addTo(this.#resourcesByNode, link.node ?? '', id);
    if (link.kind === 'guest')
      for (const kind of guestGroupKinds)
        addTo(this.#guestGroups[kind], groupKey(kind, link, this.#judgements.get(id)), id);
    for (const sid of link.sids) addTo(this.#rulesBySid, sid, id);
  }

  /** @returns whether the verdict differs from the one before. */
  judge(id: string, judgement: Judgement): boolean {
    const link = this.#links.get(id);
    if (link === undefined) return false;
    const before = this.#judgements.get(id);
    if (before !== undefined) this.tallies[link.kind].remove(before);
    this.tallies[link.kind].add(judgement);
    this.#judgements.set(id, judgement);
    if (link.kind === 'guest' && before?.runState !== judgement.runState) {
      removeFrom(this.#guestGroups.state, groupKey('state', link, before), id);
      addTo(this.#guestGroups.state, groupKey('state', link, judgement), id);
    }
    toggle(this.problems, id, isProblemTone(judgement.state.tone));
    toggle(this.timed, id, judgement.timed);
    return before === undefined || !sameState(before, judgement);
  }

  remove(id: string): void {
    const link = this.#links.get(id);
    const judgement = this.#judgements.get(id);
    if (link !== undefined && judgement !== undefined) this.tallies[link.kind].remove(judgement);
    this.#unlink(id);
    this.#judgements.delete(id);
    this.problems.delete(id);
    this.timed.delete(id);
  }

  #unlink(id: string): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#links.delete(id);
    this.ids[link.kind].delete(id);
    this.#count(link, -1);
    if (link.kind === 'ha') removeFrom(this.#resourcesByNode, link.node ?? '', id);
    if (link.kind === 'guest')
      for (const kind of guestGroupKinds)
        removeFrom(this.#guestGroups[kind], groupKey(kind, link, this.#judgements.get(id)), id);
    for (const sid of link.sids) removeFrom(this.#rulesBySid, sid, id);
  }

  #count(link: IndexLink, by: 1 | -1): void {
    if (link.template) this.guestCounts.templates += by;
    else if (link.haManaged !== null) this.guestCounts[link.haManaged] += by;
  }
}

function sameState(a: Judgement, b: Judgement): boolean {
  return (
    a.state.label === b.state.label &&
    a.state.tone === b.state.tone &&
    a.state.sinceMs === b.state.sinceMs &&
    a.state.explanation === b.state.explanation
  );
}

function groupKey(kind: GuestGroupKind, link: IndexLink, judgement: Judgement | undefined): string {
  if (kind === 'state') return judgement?.runState ?? '';
  return (kind === 'node' ? link.node : link.pool) ?? '';
}

function addTo(map: Map<string, Set<string>>, key: string, id: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([id]));
  else known.add(id);
}

function removeFrom(map: Map<string, Set<string>>, key: string, id: string): void {
  const known = map.get(key);
  if (known === undefined) return;
  known.delete(id);
  if (known.size === 0) map.delete(key);
}

function toggle(set: Set<string>, id: string, present: boolean): void {
  if (present) set.add(id);
  else set.delete(id);
}
