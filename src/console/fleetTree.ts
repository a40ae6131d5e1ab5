import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import { plural } from '../base/format.ts';
import { type Disposable, DisposableStore } from '../base/lifecycle.ts';
import { compareNatural } from '../base/text.ts';
import type { SectionName } from '../contract/model/cluster.ts';
import type { Guest } from '../contract/model/guest.ts';
import { type Tone, toneRank } from '../contract/stateView.ts';
import { type ClusterView, type FleetModel, parseConsoleId, toConsoleId } from './fleetModel.ts';
import { rowTooltip } from './rowTooltip.ts';
import type { FleetTree, RowTooltip, TreeChange, TreeFilter, TreeRow } from './treeRow.ts';
import {
  categoryRow,
  clusterRow,
  connectionRow,
  groupRow,
  guestRow,
  messageRow,
  nameText,
  nodeRow,
  resourceRow,
  ruleRow,
  worstTone,
} from './treeRows.ts';

/** Changes are gathered this long before the tree is told, milliseconds. */
const batchMs = 250;
/** Ages in rows are renewed this often, milliseconds. */
const tickMs = 5_000;
/** Above this many guests they stand below their nodes. */
const groupGuestsAbove = 200;
/** Rows of one list at the most; more help nobody find anything. */
const maxListed = 5_000;

const categories = ['attention', 'nodes', 'groups', 'rules', 'resources', 'guests'] as const;
type Category = (typeof categories)[number];

const sectionOf: Readonly<Partial<Record<Category, SectionName>>> = {
  nodes: 'status',
  groups: 'haGroups',
  rules: 'haRules',
  resources: 'haResources',
  guests: 'resources',
};

export const noFilter: TreeFilter = { text: '', problemsOnly: false, haOnly: false, showTemplates: true };

/** Makes the Clusters tree over a model. */
export function createFleetTree(model: FleetModel, clock: Clock): FleetTree {
  return new Tree(model, clock);
}

/**
 * Keeps the rows as they were last shown, so that after a change only those are told whose look or children differ. Which
 * rows a change can touch follows from the ids of the changed records.
 */
class Tree implements FleetTree {
  readonly #model: FleetModel;
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  readonly #changed = new Emitter<TreeChange>();
  readonly onDidChange = this.#changed.event;
  /** Rows as last given to the view. */
  readonly #shown = new Map<string, TreeRow>();
  readonly #shownChildren = new Map<string, readonly string[]>();
  readonly #parents = new Map<string, string>();
  /** Tones of listed records, for roll-ups. */
  readonly #tones = new Map<string, Map<string, Tone>>();
  #dirty = new Set<string>();
  #connectionsDirty = false;
  #batch: Disposable | null = null;
  #filter: TreeFilter = noFilter;

  constructor(model: FleetModel, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
    this.#owned.add(
      model.onDidChange(({ ids, connections }) => {
        for (const id of ids) this.#dirty.add(id);
        this.#connectionsDirty ||= connections;
        this.#batch ??= clock.setTimeout(() => this.#flush(), batchMs);
      }),
    );
    this.#scheduleTick();
  }

  get filter(): TreeFilter {
    return this.#filter;
  }

  set filter(filter: TreeFilter) {
    this.#filter = filter;
    this.#shownChildren.clear();
    this.#changed.fire({ rows: [null] });
  }

  get message(): string {
    if (!isFiltered(this.#filter)) return '';
    const parts = [
      this.#filter.text === '' ? null : `"${this.#filter.text}"`,
      this.#filter.problemsOnly ? 'problems only' : null,
      this.#filter.haOnly ? 'HA only' : null,
      this.#filter.showTemplates ? null : 'without templates',
    ].filter((part) => part !== null);
    return `Filter: ${parts.join(', ')}.`;
  }

  get badge(): { readonly count: number; readonly tooltip: string } {
    const failing = this.#model.clusters().flatMap((view) =>
      this.#attentionIds(view)
        .filter((id) => this.#tonesOf(view).get(id) === 'fail')
        .map((id) => `${view.cluster.name}/${id.slice(id.indexOf('/') + 1)}`),
    );
    const unreadable = this.#model.clusters().filter((view) => view.freshness.tone === 'unknown');
    const tooltip = [
      failing.length === 0 ? '' : `${failing.length} need attention: ${failing.slice(0, 5).join(', ')}`,
      unreadable.length === 0 ? '' : `${unreadable.map((view) => view.cluster.name).join(', ')} not readable`,
    ]
      .filter((part) => part !== '')
      .join('; ');
    return { count: failing.length, tooltip };
  }

  children(id: string | null): readonly string[] {
    const children = this.#computeChildren(id);
    this.#shownChildren.set(id ?? '', children);
    for (const child of children) this.#parents.set(child, id ?? '');
    return children;
  }

  row(id: string): TreeRow | undefined {
    const row = this.#render(id);
    if (row === undefined) this.#shown.delete(id);
    else this.#shown.set(id, row);
    return row;
  }

  parent(id: string): string | null {
    const known = this.#parents.get(id);
    if (known !== undefined) return known === '' ? null : known;
    return this.#computeParent(id);
  }

  tooltip(id: string): RowTooltip {
    return rowTooltip(this.#model, linkTarget(id));
  }

  dispose(): void {
    this.#batch?.dispose();
    this.#owned.dispose();
    this.#changed.dispose();
  }

  #flush(): void {
    this.#batch = null;
    const dirty = this.#dirty;
    const connections = this.#connectionsDirty;
    this.#dirty = new Set();
    this.#connectionsDirty = false;
    const candidates = new Set<string>();
    for (const id of dirty) this.#addAffected(id, candidates);
    if (connections) for (const id of this.#shown.keys()) if (!isMember(id)) candidates.add(id);
    this.#tell(candidates);
  }

  /** Rows whose look may hang on a record: itself, its category, its cluster, and rows that show it by name or count. */
  #addAffected(id: string, candidates: Set<string>): void {
    const view = this.#model.clusterOf(id);
    candidates.add('');
    if (view === undefined) {
      candidates.add(id);
      return;
    }
    const key = clusterPart(view);
    const tones = this.#tonesOf(view);
    candidates.add(view.id);
    const kind = id.slice(0, id.indexOf(':'));
    if (kind === 'cluster') {
      // Trust and staleness colour every row below, so all shown rows of the cluster are looked at.
      if (this.#trustChanged(view)) {
        this.#tones.delete(view.id);
        for (const shown of this.#shown.keys()) if (shown.includes(key)) candidates.add(shown);
      }
      for (const category of categories) candidates.add(categoryId(view, category));
      return;
    }
    this.#updateTone(view, id, tones);
    candidates.add(id);
    candidates.add(categoryId(view, 'attention'));
    for (const category of categories)
      if (kindOf[category] === kind) candidates.add(categoryId(view, category));
    if (kind === 'guest') {
      const guest = this.#model.record(id);
      if (guest !== undefined && 'vmid' in guest && 'node' in guest && guest.node !== null)
        candidates.add(guestGroupId(view, guest.node));
    }
    if (kind === 'ha') {
      const resource = this.#model.record(id);
      if (resource !== undefined && 'sid' in resource && resource.node !== null)
        candidates.add(toConsoleId(view.connection.id, `node:${view.cluster.key}/${resource.node}`));
    }
    if (kind === 'node')
      for (const shown of this.#shown.keys())
        if (shown.startsWith('guest:') && shown.includes(key)) candidates.add(shown);
  }

  readonly #trust = new Map<string, string>();

  #trustChanged(view: ClusterView): boolean {
    const now = `${view.trusted}`;
    const before = this.#trust.get(view.id);
    this.#trust.set(view.id, now);
    return before !== undefined && before !== now;
  }

  /** Compares candidates with what is shown and fires for those that differ. */
  #tell(candidates: ReadonlySet<string>): void {
    const rows: (string | null)[] = [];
    if (candidates.has('') || this.#shownChildren.has('')) {
      const before = this.#shownChildren.get('');
      if (before !== undefined && !sameList(before, this.#computeChildren(null))) rows.push(null);
    }
    for (const id of candidates) {
      if (id === '') continue;
      const shown = this.#shown.get(id);
      if (shown === undefined) continue;
      const now = this.#render(id);
      const childrenBefore = this.#shownChildren.get(id);
      const differs =
        now === undefined ||
        !sameRow(shown, now) ||
        (childrenBefore !== undefined && !sameList(childrenBefore, this.#computeChildren(id)));
      if (differs && now !== undefined) rows.push(id);
      const link = linkId(id);
      if (differs && link !== null && this.#shown.has(link)) rows.push(link);
    }
    if (rows.length > 0) this.#changed.fire({ rows });
  }

  #scheduleTick(): void {
    const tick = this.#clock.setTimeout(() => {
      this.#tell(
        new Set(
          [...this.#shown].filter(([, row]) => /\d+ ?(s|min|h|d)\b/.test(row.description)).map(([id]) => id),
        ),
      );
      // Data that stays away turns stale without any record changing.
      for (const view of this.#model.clusters()) {
        if (this.#trustChanged(view)) {
          this.#tones.delete(view.id);
          const key = clusterPart(view);
          this.#tell(new Set([view.id, ...[...this.#shown.keys()].filter((id) => id.includes(key))]));
        }
      }
      this.#scheduleTick();
    }, tickMs);
    this.#owned.add(tick);
  }

  #computeChildren(id: string | null): readonly string[] {
    if (id === null) return this.#roots();
    if (id.startsWith('cluster:')) return this.#clusterChildren(id);
    const category = parseCategoryId(id);
    if (category === null) return [];
    const view = this.#model.clusterView(category.clusterId);
    return view === undefined ? [] : this.#categoryChildren(view, category.category, category.node);
  }

  #roots(): readonly string[] {
    const clusters = this.#model.clusters();
    const visible = clusters.filter(
      (view) =>
        !this.#filter.problemsOnly ||
        this.#attentionIds(view).length > 0 ||
        toneRank[view.quorum.tone] >= toneRank.warn,
    );
    const roots = visible.map((view) => view.id);
    for (const entry of this.#model.connections) {
      const { state } = entry.connection;
      const failing = state.kind === 'waiting' || state.kind === 'halted';
      const empty = !clusters.some((view) => view.connection.id === entry.id);
      if (failing || empty) roots.push(`connection:${entry.id}`);
    }
    if (roots.length === 0 && clusters.length > 0) roots.push('row:noMatch');
    return roots;
  }

  #clusterChildren(id: string): readonly string[] {
    const view = this.#model.clusterView(id);
    if (view === undefined) return [];
    return categories
      .filter((category) => this.#hasCategory(view, category))
      .map((category) => categoryId(view, category));
  }

  #hasCategory(view: ClusterView, category: Category): boolean {
    const { cluster } = view;
    switch (category) {
      case 'attention':
        return this.#attentionIds(view).length > 0;
      case 'groups':
        return (
          cluster.placementModel === 'groups' ||
          cluster.placementModel === 'both' ||
          (cluster.placementModel === 'unknown' && this.#model.members(view, 'groups').length > 0)
        );
      case 'rules':
        return (
          cluster.placementModel === 'rules' ||
          cluster.placementModel === 'both' ||
          (cluster.placementModel === 'unknown' && this.#model.members(view, 'rules').length > 0)
        );
      default:
        return true;
    }
  }

  #categoryChildren(view: ClusterView, category: Category, node: string | null): readonly string[] {
    if (category === 'attention') return this.#attentionIds(view).map((id) => `attention:${id}`);
    const ids = this.#memberIds(view, category, node);
    const section = sectionOf[category];
    const state = section === undefined ? 'read' : view.cluster.sections[section].state;
    const prefix = `row:${clusterPart(view)}${category}`;
    if (ids.length > maxListed) return [...ids.slice(0, maxListed), `${prefix}/cut`];
    if (state === 'failed' && node === null) return [`${prefix}/failed`, ...ids];
    if (ids.length > 0) return ids;
    return [
      state === 'never'
        ? `${prefix}/reading`
        : isFiltered(this.#filter)
          ? `${prefix}/noMatch`
          : `${prefix}/empty`,
    ];
  }

  #memberIds(view: ClusterView, category: Category, node: string | null): string[] {
    const { connection } = view;
    const toIds = (records: readonly { readonly id: string }[]): string[] =>
      records.map((record) => toConsoleId(connection.id, record.id)).filter((id) => this.#passes(view, id));
    const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
      compareNatural(a.name, b.name);
    switch (category) {
      case 'nodes':
        return toIds(this.#model.members(view, 'nodes').sort(byName));
      case 'groups':
        return toIds(this.#model.members(view, 'groups').sort(byName));
      case 'rules':
        return toIds(
          this.#model.members(view, 'rules').sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || byName(a, b)),
        );
      case 'resources':
        return toIds(
          this.#model
            .members(view, 'resources')
            .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0) || compareNatural(a.sid, b.sid)),
        );
      case 'guests':
        return this.#guestIds(view, node);
      default:
        return [];
    }
  }

  #guestIds(view: ClusterView, node: string | null): string[] {
    const guests = this.#model
      .members(view, 'guests')
      .filter((guest) => this.#filter.showTemplates || !guest.template)
      .filter((guest) => !this.#filter.haOnly || guest.haManaged === 'managed');
    if (node === null && guests.length > groupGuestsAbove) {
      const nodes = new Set(guests.map((guest) => guest.node ?? ''));
      return [...nodes].sort(compareNatural).map((name) => guestGroupId(view, name));
    }
    return guests
      .filter((guest) => node === null || (guest.node ?? '') === node)
      .sort((a, b) => a.vmid - b.vmid)
      .map((guest) => toConsoleId(view.connection.id, guest.id))
      .filter((id) => this.#passes(view, id));
  }

  #passes(view: ClusterView, id: string): boolean {
    if (this.#filter.problemsOnly && toneRank[this.#tonesOf(view).get(id) ?? 'calm'] < toneRank.warn)
      return false;
    if (this.#filter.text === '') return true;
    const row = this.#render(id);
    const words = this.#filter.text.toLowerCase().split(/\s+/);
    const text = `${row?.label ?? ''} ${row?.description ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }

  /** Records of a cluster that are failing or to be checked, worst first. */
  #attentionIds(view: ClusterView): string[] {
    return [...this.#tonesOf(view)]
      .filter(([, tone]) => tone === 'fail' || tone === 'warn')
      .sort(([a, toneA], [b, toneB]) => toneRank[toneB] - toneRank[toneA] || compareNatural(a, b))
      .map(([id]) => id);
  }

  /** Tones of nodes, rules, resources and guests of a cluster; computed once, then kept current record by record. */
  #tonesOf(view: ClusterView): Map<string, Tone> {
    const known = this.#tones.get(view.id);
    if (known !== undefined) return known;
    const tones = new Map<string, Tone>();
    const counts = this.#model.haCounts(view);
    const put = (record: { readonly id: string }, tone: Tone): void => {
      tones.set(toConsoleId(view.connection.id, record.id), tone);
    };
    for (const node of this.#model.members(view, 'nodes'))
      put(node, nodeRow(this.#model, view, node, counts.get(node.name) ?? 0).tone);
    for (const rule of this.#model.members(view, 'rules')) put(rule, ruleRow(view, rule).tone);
    for (const resource of this.#model.members(view, 'resources'))
      put(resource, this.#model.resourceStateOf(view, resource).tone);
    for (const guest of this.#model.members(view, 'guests'))
      put(guest, this.#model.guestStateOf(view, guest).tone);
    this.#tones.set(view.id, tones);
    return tones;
  }

  #updateTone(view: ClusterView, id: string, tones: Map<string, Tone>): void {
    const row = this.#render(id);
    if (row === undefined) tones.delete(id);
    else tones.set(id, row.tone);
    void view;
  }

  #render(id: string): TreeRow | undefined {
    if (id.startsWith('attention:')) return this.#attentionRow(id);
    if (id.startsWith('connection:')) {
      const entry = this.#model.connection(id.slice('connection:'.length));
      return entry === undefined ? undefined : connectionRow(this.#model, entry);
    }
    if (id.startsWith('row:')) return this.#specialRow(id);
    const category = parseCategoryId(id);
    if (category !== null) return this.#categoryRow(id, category);
    return this.#recordRow(id);
  }

  #recordRow(id: string): TreeRow | undefined {
    const view = this.#model.clusterOf(id);
    if (view === undefined) return undefined;
    if (id === view.id) return clusterRow(this.#model, view);
    const recordId = parseConsoleId(id)?.recordId ?? '';
    switch (id.slice(0, id.indexOf(':'))) {
      case 'node': {
        const node = this.#model.member(view, 'nodes', recordId);
        if (node === undefined) return undefined;
        const count = this.#model.haCounts(view).get(node.name) ?? 0;
        return nodeRow(this.#model, view, node, count);
      }
      case 'group': {
        const group = this.#model.member(view, 'groups', recordId);
        return group === undefined ? undefined : groupRow(view, group);
      }
      case 'rule': {
        const rule = this.#model.member(view, 'rules', recordId);
        return rule === undefined ? undefined : ruleRow(view, rule);
      }
      case 'ha': {
        const resource = this.#model.member(view, 'resources', recordId);
        return resource === undefined ? undefined : resourceRow(this.#model, view, resource);
      }
      case 'guest': {
        const guest = this.#model.member(view, 'guests', recordId);
        return guest === undefined ? undefined : guestRow(this.#model, view, guest);
      }
      default:
        return undefined;
    }
  }

  #attentionRow(id: string): TreeRow | undefined {
    const row = this.#recordRow(linkTarget(id));
    return row === undefined ? undefined : { ...row, id };
  }

  #categoryRow(id: string, { clusterId, category, node }: CategoryId): TreeRow | undefined {
    const view = this.#model.clusterView(clusterId);
    if (view === undefined) return undefined;
    const name = nameText(view.cluster.name);
    if (node !== null) {
      const guests = this.#model.members(view, 'guests').filter((guest) => (guest.node ?? '') === node);
      return categoryRow(
        id,
        node === '' ? 'No node told' : nameText(node),
        `${guests.length}`,
        this.#rollUp(view, guests),
        name,
      );
    }
    if (category === 'attention') {
      const ids = this.#attentionIds(view);
      const tone = worstTone(ids.map((each) => this.#tonesOf(view).get(each) ?? 'calm'));
      return categoryRow(id, 'Needs attention', `${ids.length}`, tone, name, true);
    }
    const records = this.#model.members(view, category);
    const tones = records.map(
      (record) => this.#tonesOf(view).get(toConsoleId(view.connection.id, record.id)) ?? 'calm',
    );
    const failing = tones.filter((tone) => tone === 'fail').length;
    const warned = tones.filter((tone) => tone === 'warn').length;
    const moving = category === 'resources' ? tones.filter((tone) => tone === 'busy').length : 0;
    const section = sectionOf[category];
    const failed = section !== undefined && view.cluster.sections[section].state === 'failed';
    const outside =
      category === 'guests'
        ? (records as Guest[]).filter((guest) => guest.haManaged === 'notManaged' && !guest.template).length
        : 0;
    const description = [
      `${records.length}`,
      failing > 0 ? `${failing} ${category === 'nodes' ? 'lost' : 'in error'}` : null,
      warned > 0 ? `${warned} to check` : null,
      moving > 0 ? `${moving} moving` : null,
      outside > 0 ? `${outside} not in HA` : null,
      failed ? 'not current' : null,
    ]
      .filter((part) => part !== null)
      .join(' · ');
    return categoryRow(
      id,
      categoryLabels[category],
      description,
      failed ? worstTone([...tones, 'unknown']) : worstTone(tones),
      name,
      category === 'nodes',
    );
  }

  #rollUp(view: ClusterView, records: readonly { readonly id: string }[]): Tone {
    return worstTone(
      records.map((record) => this.#tonesOf(view).get(toConsoleId(view.connection.id, record.id)) ?? 'calm'),
    );
  }

  #specialRow(id: string): TreeRow | undefined {
    if (id === 'row:noMatch') return messageRow(id, 'Nothing matches the filter', '', 'filter', 'off');
    const match = /^row:([\s\S]+)\/(attention|nodes|groups|rules|resources|guests)\/(\w+)$/.exec(id);
    const category = match?.[2] as Category | undefined;
    const view = match?.[1] === undefined ? undefined : this.#model.clusterView(`cluster:${match[1]}`);
    if (category === undefined || view === undefined) return undefined;
    const label = categoryLabels[category];
    switch (match?.[3]) {
      case 'reading':
        return messageRow(id, `Reading ${label}…`, '', 'sync', 'busy');
      case 'empty':
        return messageRow(id, emptyTexts[category], '', 'info', 'off');
      case 'noMatch':
        return messageRow(id, 'Nothing matches the filter', '', 'filter', 'off');
      case 'cut': {
        const total = this.#model.members(view, category === 'attention' ? 'nodes' : category).length;
        return messageRow(
          id,
          `… ${plural(total - maxListed, 'more row')}`,
          'narrow the filter',
          'ellipsis',
          'off',
        );
      }
      case 'failed': {
        const section = sectionOf[category];
        const error = section === undefined ? null : view.cluster.sections[section].error;
        return messageRow(
          id,
          `${label}: not current, showing last known`,
          error?.message ?? '',
          'history',
          'unknown',
          '+retry',
        );
      }
      default:
        return undefined;
    }
  }

  #computeParent(id: string): string | null {
    if (id.startsWith('cluster:') || id.startsWith('connection:')) return null;
    const category = parseCategoryId(id);
    if (category !== null)
      return category.node === null
        ? category.clusterId
        : `cat:${category.clusterId.slice('cluster:'.length)}/guests`;
    const view = this.#model.clusterOf(linkTarget(id));
    if (view === undefined) return null;
    const kind = id.slice(0, id.indexOf(':'));
    const own = categories.find((candidate) => kindOf[candidate] === kind);
    if (own === 'guests') {
      const guest = this.#model.record(id);
      const grouped = this.#guestIds(view, null)[0]?.startsWith('cat:') === true;
      if (grouped && guest !== undefined && 'node' in guest) return guestGroupId(view, guest.node ?? '');
    }
    return own === undefined ? null : categoryId(view, own);
  }
}

const kindOf: Readonly<Record<Category, string>> = {
  attention: 'attention',
  nodes: 'node',
  groups: 'group',
  rules: 'rule',
  resources: 'ha',
  guests: 'guest',
};

const categoryLabels: Readonly<Record<Category, string>> = {
  attention: 'Needs attention',
  nodes: 'Nodes',
  groups: 'HA Groups',
  rules: 'HA Rules',
  resources: 'HA Resources',
  guests: 'Guests',
};

const emptyTexts: Readonly<Record<Category, string>> = {
  attention: 'Nothing needs attention.',
  nodes: 'No nodes.',
  groups: 'No HA groups.',
  rules: 'No HA rules.',
  resources: 'No HA resources. Guests are not restarted if a node dies.',
  guests: 'No guests.',
};

interface CategoryId {
  readonly clusterId: string;
  readonly category: Category;
  /** Set for a node below Guests. */
  readonly node: string | null;
}

function clusterPart(view: ClusterView): string {
  return `${view.id.slice('cluster:'.length)}/`;
}

function categoryId(view: ClusterView, category: Category): string {
  return `cat:${clusterPart(view)}${category}`;
}

function guestGroupId(view: ClusterView, node: string): string {
  return `cat:${clusterPart(view)}guests/${node}`;
}

function parseCategoryId(id: string): CategoryId | null {
  const match = /^cat:([^/]+)\/(attention|nodes|groups|rules|resources|guests)(?:\/([\s\S]*))?$/.exec(id);
  if (match === null) return null;
  return { clusterId: `cluster:${match[1]}`, category: match[2] as Category, node: match[3] ?? null };
}

function isMember(id: string): boolean {
  return /^(node|group|rule|ha|guest|attention):/.test(id);
}

function linkTarget(id: string): string {
  return id.startsWith('attention:') ? id.slice('attention:'.length) : id;
}

function linkId(id: string): string | null {
  return /^(node|rule|ha|guest):/.test(id) ? `attention:${id}` : null;
}

function isFiltered(filter: TreeFilter): boolean {
  return filter.text !== '' || filter.problemsOnly || filter.haOnly || !filter.showTemplates;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function sameRow(a: TreeRow, b: TreeRow): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.icon === b.icon &&
    a.tone === b.tone &&
    a.edge === b.edge &&
    a.contextValue === b.contextValue &&
    a.collapsible === b.collapsible
  );
}
