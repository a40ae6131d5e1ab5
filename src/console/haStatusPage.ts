import { formatBytes, formatPercent, plural } from '../base/format.ts';
import { compareNatural, plainText } from '../base/text.ts';
import { type HaTableId, haTableIds } from '../contract/haTables.ts';
import type { ClusterNode } from '../contract/model/node.ts';
import type { HaGroup, HaResource, HaRule } from '../contract/model/placement.ts';
import type {
  Card,
  CardGroup,
  Cell,
  Column,
  Fact,
  HaStatusHeader,
  HaStatusModel,
  TableModel,
  TablePatch,
  TableRow,
} from '../contract/panels.ts';
import { type StateView, toneRank } from '../contract/stateView.ts';
import { bannersFor } from './banners.ts';
import { type ClusterView, type FleetModel, toConsoleId } from './fleetModel.ts';
import {
  fencingState,
  masterState,
  modeBadge,
  quorumDeviceState,
  ruleKindText,
  ruleState,
  wantedText,
  watchdogState,
} from './states.ts';
import { nameText, worstTone } from './treeRows.ts';

/** Selection that stands for every cluster. */
export const allClusters = 'all';

const column = (id: string, title: string, priority: Column['priority'], align?: 'end'): Column =>
  align === undefined ? { id, title, priority } : { id, title, priority, align };

const columnsOf: Readonly<Record<HaTableId, readonly Column[]>> = {
  nodes: [
    column('name', 'Node', 1),
    column('state', 'State', 1),
    column('lrm', 'LRM', 1),
    column('ha', 'HA guests', 2, 'end'),
    column('cpu', 'CPU', 2, 'end'),
    column('memory', 'Memory', 2, 'end'),
    column('report', 'Last report', 2, 'end'),
    column('watchdog', 'Watchdog', 3),
    column('guests', 'Guests', 3, 'end'),
    column('uptime', 'Uptime', 3, 'end'),
  ],
  resources: [
    column('name', 'Resource', 1),
    column('state', 'State', 1),
    column('node', 'Node', 1),
    column('wanted', 'Wanted', 2),
    column('limits', 'Limits', 2),
    column('crm', 'CRM state', 3),
    column('restart', 'Max restart', 3, 'end'),
    column('relocate', 'Max relocate', 3, 'end'),
    column('failback', 'Failback', 3),
    column('comment', 'Comment', 3),
  ],
  rules: [
    column('name', 'Rule', 1),
    column('kind', 'Kind', 1),
    column('state', 'State', 1),
    column('members', 'Resources', 2),
    column('strict', 'Strict', 3),
    column('conflict', 'Conflict', 3),
    column('comment', 'Comment', 3),
  ],
  groups: [
    column('name', 'Group', 1),
    column('nodes', 'Nodes', 1),
    column('restricted', 'Restricted', 2),
    column('nofailback', 'Failback', 2),
    column('comment', 'Comment', 3),
  ],
};

const titles: Readonly<Record<HaTableId, string>> = {
  nodes: 'Nodes',
  resources: 'HA resources',
  rules: 'Rules',
  groups: 'Groups',
};

const listOf = { nodes: 'nodes', resources: 'resources', rules: 'rules', groups: 'groups' } as const;
const sectionOf = {
  nodes: 'status',
  resources: 'haResources',
  rules: 'haRules',
  groups: 'haGroups',
} as const;

/**
 * The HA status page of one cluster or of all. Keeps the rows it gave last, so that a change costs what changed: rows of
 * changed records are made anew, and a patch holds only those that read differently.
 */
export class HaStatusPage {
  readonly #model: FleetModel;
  #selected: string;
  readonly #rows: Record<HaTableId, Map<string, TableRow>> = {
    nodes: new Map(),
    resources: new Map(),
    rules: new Map(),
    groups: new Map(),
  };
  #trust = '';

  constructor(model: FleetModel, selected: string) {
    this.#model = model;
    this.#selected = selected;
  }

  get selected(): string {
    return this.#selected;
  }

  select(clusterId: string): void {
    this.#selected = clusterId;
  }

  /** Whole page. */
  current(): HaStatusModel {
    const views = this.#views();
    this.#trust = trustKey(views);
    for (const table of haTableIds) this.#rows[table] = this.#renderTable(table, views);
    return {
      header: this.header(views),
      tables: {
        nodes: this.#table('nodes', views),
        resources: this.#table('resources', views),
        rules: this.#table('rules', views),
        groups: this.#table('groups', views),
      },
    };
  }

  /** What changed since the last call, for the records with these console ids. */
  patch(ids: ReadonlySet<string>): {
    header: HaStatusHeader;
    tables: Partial<Record<HaTableId, TablePatch>>;
  } {
    const views = this.#views();
    const trust = trustKey(views);
    const everything = trust !== this.#trust;
    this.#trust = trust;
    const tables: Partial<Record<HaTableId, TablePatch>> = {};
    for (const table of haTableIds) {
      const patch = everything ? this.#replaceTable(table, views) : this.#patchTable(table, views, ids);
      if (patch !== null) tables[table] = patch;
    }
    return { header: this.header(views), tables };
  }

  header(views: readonly ClusterView[] = this.#views()): HaStatusHeader {
    const all = this.#model.clusters();
    const connections =
      this.#selected === allClusters
        ? this.#model.connections
        : [...new Set(views.map((view) => view.connection))];
    const banners = bannersFor(
      this.#model,
      connections.length === 0 ? this.#model.connections : connections,
      views,
    );
    const worst = [...views].sort((a, b) => toneRank[b.freshness.tone] - toneRank[a.freshness.tone])[0];
    const failing = banners.filter((banner) => banner.tone === 'fail');
    return {
      title: 'HA status',
      freshness: worst?.freshness ?? noClusters,
      banners,
      clusters: [
        { id: allClusters, label: 'All clusters', state: worst?.quorum ?? noClusters },
        ...all.map((view) => ({ id: view.id, label: nameText(view.cluster.name), state: view.quorum })),
      ],
      selected: this.#selected,
      cardGroups: views.map((view) => this.#cards(view)),
      announcement: failing.map((banner) => banner.what).join(' '),
    };
  }

  #views(): ClusterView[] {
    const views = this.#model.clusters();
    return this.#selected === allClusters ? views : views.filter((view) => view.id === this.#selected);
  }

  #table(table: HaTableId, views: readonly ClusterView[]): TableModel {
    const several = this.#selected === allClusters;
    return {
      id: table,
      title: titles[table],
      columns: several ? [...columnsOf[table], column('cluster', 'Cluster', 1)] : columnsOf[table],
      rows: [...this.#rows[table].values()],
      ...texts(table, views),
      groupings:
        table === 'resources'
          ? [
              ...(several ? [{ key: 'cluster', label: 'cluster' }] : []),
              { key: 'node', label: 'node' },
              { key: 'state', label: 'state' },
            ]
          : several
            ? [{ key: 'cluster', label: 'cluster' }]
            : [],
    };
  }

  #renderTable(table: HaTableId, views: readonly ClusterView[]): Map<string, TableRow> {
    const rows = new Map<string, TableRow>();
    for (const view of views) {
      const counts = table === 'nodes' ? this.#counts(view) : noCounts;
      for (const record of this.#model.members(view, listOf[table])) {
        const row = this.#renderRow(table, view, record, counts);
        rows.set(row.id, row);
      }
    }
    return new Map([...rows].sort(([, a], [, b]) => compareRows(a, b)));
  }

  #replaceTable(table: HaTableId, views: readonly ClusterView[]): TablePatch {
    const before = this.#rows[table];
    const after = this.#renderTable(table, views);
    this.#rows[table] = after;
    return {
      upserted: [...after.values()],
      removed: [...before.keys()].filter((id) => !after.has(id)),
      ...texts(table, views),
    };
  }

  #patchTable(table: HaTableId, views: readonly ClusterView[], ids: ReadonlySet<string>): TablePatch | null {
    const kind = { nodes: 'node:', resources: 'ha:', rules: 'rule:', groups: 'group:' }[table];
    const rows = this.#rows[table];
    const upserted: TableRow[] = [];
    const removed: string[] = [];
    const touched = new Set([...ids].filter((id) => id.startsWith(kind)));
    // A node's row counts the resources on it.
    if (table === 'nodes' && [...ids].some((id) => id.startsWith('ha:')))
      for (const id of rows.keys()) touched.add(id);
    for (const id of touched) {
      const view = views.find((candidate) =>
        id.startsWith(`${kind}${candidate.id.slice('cluster:'.length)}/`),
      );
      const record = view === undefined ? undefined : this.#recordOf(view, table, id);
      if (view === undefined || record === undefined) {
        if (rows.delete(id)) removed.push(id);
        continue;
      }
      const counts = table === 'nodes' ? this.#counts(view) : noCounts;
      const row = this.#renderRow(table, view, record, counts);
      if (JSON.stringify(rows.get(id)) === JSON.stringify(row)) continue;
      rows.set(id, row);
      upserted.push(row);
    }
    return upserted.length === 0 && removed.length === 0
      ? null
      : { upserted, removed, ...texts(table, views) };
  }

  #counts(view: ClusterView): NodeCounts {
    return { ha: this.#model.haCounts(view), guests: this.#model.guestCounts(view) };
  }

  #recordOf(
    view: ClusterView,
    table: HaTableId,
    id: string,
  ): ClusterNode | HaResource | HaRule | HaGroup | undefined {
    const colon = id.indexOf(':');
    const recordId = `${id.slice(0, colon + 1)}${id.slice(colon + 2 + view.connection.id.length)}`;
    return this.#model.member(view, listOf[table], recordId);
  }

  #renderRow(
    table: HaTableId,
    view: ClusterView,
    record: ClusterNode | HaResource | HaRule | HaGroup,
    counts: NodeCounts,
  ): TableRow {
    const id = toConsoleId(view.connection.id, record.id);
    const row =
      table === 'nodes'
        ? this.#nodeRow(view, record as ClusterNode, counts)
        : table === 'resources'
          ? this.#resourceRow(view, record as HaResource)
          : table === 'rules'
            ? ruleTableRow(record as HaRule)
            : groupTableRow(record as HaGroup);
    const cluster = nameText(view.cluster.name);
    const cells: Record<string, Cell> = { ...row.cells, cluster: { text: cluster } };
    return {
      ...row,
      id,
      groups: { ...row.groups, cluster },
      cells,
      problem: toneRank[row.tone] >= toneRank.warn,
      haystack: Object.values(cells)
        .map((cell) => cell.text)
        .join(' ')
        .toLowerCase(),
    };
  }

  #nodeRow(view: ClusterView, node: ClusterNode, counts: NodeCounts): PartialRow {
    const haCount = counts.ha.get(node.name) ?? 0;
    const guestCount = counts.guests.get(node.name) ?? 0;
    const state = this.#model.nodeStateOf(view, node, haCount);
    const lrm = this.#model.lrmStateOf(view, node);
    const watchdog = watchdogState(node.lrm);
    const master = view.cluster.master.node === node.name && view.cluster.master.state === 'active';
    const reportMs = node.lrm?.timestampS === null || node.lrm === null ? null : node.lrm.timestampS * 1000;
    const tone = worstTone([state.tone, lrm.tone]);
    return {
      tone,
      groups: { state: state.label },
      cells: {
        name: { text: nameText(node.name) },
        state: stateCell(state, master ? ' · master' : ''),
        lrm: stateCell(lrm),
        ha: { text: String(haCount), sort: haCount },
        cpu: ratioCell(node.online === false ? null : node.cpuRatio, null),
        memory: ratioCell(
          node.online === false || node.memoryBytes === null || !node.maxMemoryBytes
            ? null
            : node.memoryBytes / node.maxMemoryBytes,
          node.maxMemoryBytes,
        ),
        report: reportMs === null ? { text: 'none' } : { text: '', sinceMs: reportMs, sort: reportMs },
        watchdog: node.lrm === null ? { text: 'none' } : stateCell(watchdog),
        guests: { text: String(guestCount), sort: guestCount },
        uptime:
          node.uptimeS === null || node.uptimeS === 0
            ? { text: 'not told' }
            : { text: uptimeText(node.uptimeS), sort: node.uptimeS },
      },
      open: { kind: 'reveal', id: toConsoleId(view.connection.id, node.id) },
    };
  }

  #resourceRow(view: ClusterView, resource: HaResource): PartialRow {
    const state = this.#model.resourceStateOf(view, resource);
    const guest = this.#model.guestOf(view, resource.vmid);
    const limits = [
      ...(resource.group === null ? [] : [resource.group]),
      ...this.#model.rulesOf(view, resource.sid).map((rule) => rule.name),
    ];
    const number = (value: number | null): Cell =>
      value === null ? { text: 'not told' } : { text: String(value), sort: value };
    return {
      tone: state.tone,
      groups: { node: resource.node ?? 'no node', state: state.label },
      cells: {
        name: {
          text: `${plainText(resource.sid, 30)}${resource.name === null ? '' : ` ${nameText(resource.name)}`}`,
          sort: resource.vmid ?? 0,
        },
        state: stateCell(state),
        node: { text: resource.node === null ? 'not told' : nameText(resource.node) },
        wanted: { text: wantedText(resource.requestState) },
        limits: { text: limits.map((name) => plainText(name, 40)).join(', ') },
        crm: { text: resource.crmState === null ? 'not told' : plainText(resource.crmState, 40) },
        restart: number(resource.maxRestart),
        relocate: number(resource.maxRelocate),
        failback: { text: resource.failback === null ? 'not told' : resource.failback ? 'yes' : 'no' },
        comment: { text: resource.comment === null ? '' : plainText(resource.comment, 120) },
      },
      ...(guest === undefined
        ? {}
        : { open: { kind: 'open', id: toConsoleId(view.connection.id, guest.id) } }),
    };
  }

  #cards(view: ClusterView): CardGroup {
    const { cluster } = view;
    const { quorum } = cluster;
    const resources = this.#model.members(view, 'resources');
    const tones = resources.map((resource) => this.#model.resourceStateOf(view, resource).tone);
    const failing = tones.filter((tone) => tone === 'fail').length;
    const moving = tones.filter((tone) => tone === 'busy').length;
    const nodes = this.#model.members(view, 'nodes');
    const lost = nodes.filter((node) => node.online === false).length;
    const fencing = fencingState(cluster.fencing, resources.length, this.#model.now());
    const fact = (label: string, value: string, hint?: string): Fact =>
      hint === undefined ? { label, value } : { label, value, hint };
    const cards: Card[] = [
      {
        id: 'quorum',
        title: 'Quorum',
        state: view.quorum,
        facts: [
          fact(
            'Votes',
            quorum.votes === null
              ? quorum.state === 'standalone'
                ? 'none needed'
                : 'not told'
              : `${quorum.approximate ? '≈ ' : ''}${quorum.votes} of ${quorum.expectedVotes}, need ${quorum.neededVotes}`,
            quorum.provenance.votes === null ? undefined : `From ${quorum.provenance.votes}`,
          ),
          fact('Quorum device', quorumDeviceState(quorum).label),
          fact('Seen by', quorum.answeringNode === null ? 'not told' : nameText(quorum.answeringNode)),
        ],
      },
      {
        id: 'manager',
        title: 'Manager',
        state: masterState(cluster.master),
        facts: [
          fact('Proxmox VE', cluster.pveVersion ?? 'not told'),
          fact(
            'Placement',
            cluster.master.scheduler === 'unknown'
              ? 'not told'
              : cluster.master.scheduler === 'basic'
                ? 'by count'
                : `by ${cluster.master.scheduler} load`,
          ),
          fact('Nodes', lost === 0 ? String(nodes.length) : `${nodes.length}, ${lost} lost`),
        ],
      },
      {
        id: 'stack',
        title: 'HA stack',
        state: fencing,
        facts: [
          fact('HA resources', String(resources.length)),
          fact('In error', String(failing)),
          fact('Changing', String(moving)),
        ],
      },
    ];
    return { clusterId: view.id, name: nameText(cluster.name), mode: modeBadge(cluster.mode), cards };
  }
}

interface NodeCounts {
  readonly ha: ReadonlyMap<string, number>;
  readonly guests: ReadonlyMap<string, number>;
}

const noCounts: NodeCounts = { ha: new Map(), guests: new Map() };

type PartialRow = Pick<TableRow, 'tone' | 'groups' | 'cells' | 'open'>;

function ruleTableRow(rule: HaRule): PartialRow {
  const state = ruleState(rule);
  return {
    tone: state.tone,
    groups: { state: state.label },
    cells: {
      name: { text: nameText(rule.name), sort: rule.order ?? 0 },
      kind: { text: ruleKindText(rule) },
      state: stateCell(state),
      members: { text: rule.resources.map((sid) => plainText(sid, 30)).join(', ') },
      strict: {
        text:
          rule.kind === 'resourceAffinity'
            ? 'always'
            : rule.strict === null
              ? 'not told'
              : rule.strict
                ? 'yes'
                : 'no',
      },
      conflict: { text: plainText(Object.values(rule.errors).flat().join(' '), 300) },
      comment: { text: rule.comment === null ? '' : plainText(rule.comment, 120) },
    },
  };
}

function groupTableRow(group: HaGroup): PartialRow {
  return {
    tone: 'calm',
    groups: {},
    cells: {
      name: { text: nameText(group.name) },
      nodes: {
        text: group.nodes
          .map((node) => `${nameText(node.name)}${node.priority === 0 ? '' : `:${node.priority ?? '?'}`}`)
          .join(', '),
      },
      restricted: { text: group.restricted ? 'yes: runs nowhere else' : 'no' },
      nofailback: { text: group.nofailback ? 'no' : 'yes' },
      comment: { text: group.comment === null ? '' : plainText(group.comment, 120) },
    },
  };
}

function stateCell(state: StateView, suffix = ''): Cell {
  return {
    text: `${state.label}${suffix}`,
    icon: state.icon,
    tone: state.tone,
    hint: state.nextStep === null ? state.explanation : `${state.explanation} ${state.nextStep}`,
    sort: -toneRank[state.tone],
    ...(state.sinceMs === null ? {} : { sinceMs: state.sinceMs }),
  };
}

function ratioCell(ratio: number | null, maxBytes: number | null): Cell {
  if (ratio === null) return { text: 'unknown', sort: -1 };
  const text =
    maxBytes === null ? formatPercent(ratio) : `${formatPercent(ratio)} of ${formatBytes(maxBytes)}`;
  return { text, sort: ratio, ratio: Math.min(1, Math.max(0, ratio)) };
}

function uptimeText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  return days >= 2
    ? `${days} d`
    : seconds >= 7_200
      ? `${Math.floor(seconds / 3600)} h`
      : `${Math.floor(seconds / 60)} min`;
}

/** Sentence for an empty table, and why its rows may not be current. */
function texts(
  table: HaTableId,
  views: readonly ClusterView[],
): { readonly empty: string; readonly notice: string | null } {
  const names = views.map((view) => nameText(view.cluster.name)).join(', ');
  const notices = views.flatMap((view) => {
    const section = view.cluster.sections[sectionOf[table]];
    const who = views.length > 1 ? `${nameText(view.cluster.name)}: ` : '';
    if (section.state === 'failed')
      return [
        `${who}not current, showing last known (${plainText(section.error?.message ?? 'unknown cause', 120)}).`,
      ];
    if (!view.trusted && view.cluster.mode !== 'undefined')
      return [`${who}last known, nobody can tell the present state.`];
    return [];
  });
  const states = new Set(views.map((view) => view.cluster.sections[sectionOf[table]].state));
  const only = states.size === 1 ? [...states][0] : null;
  const empty: Readonly<Record<HaTableId, string>> = {
    nodes: 'No nodes are known yet.',
    resources: `No HA resources on ${names}. If a node dies, its guests stay stopped until somebody starts them.`,
    rules:
      only === 'notOffered'
        ? 'HA rules are not offered by this Proxmox version (9.0 or later has them).'
        : 'No HA rules.',
    groups:
      only === 'movedToRules'
        ? 'Groups were moved to rules on this cluster, or there never was one.'
        : 'No HA groups.',
  };
  const unread = only === 'never' || only === 'failed';
  return {
    empty: unread ? `${titles[table]}: not read yet.` : empty[table],
    notice: notices.length === 0 ? null : notices.join(' '),
  };
}

function compareRows(a: TableRow, b: TableRow): number {
  return toneRank[b.tone] - toneRank[a.tone] || compareNatural(a.id, b.id);
}

function trustKey(views: readonly ClusterView[]): string {
  return views.map((view) => `${view.id}=${view.trusted}`).join('|');
}

const noClusters: StateView = {
  label: 'never read',
  tone: 'unknown',
  icon: 'circle-large-outline',
  explanation: 'No cluster has been read yet.',
  nextStep: null,
  sinceMs: null,
};

/** Used by the copy commands: a cluster in one line. */
export function clusterLine(model: FleetModel, view: ClusterView): string {
  const resources = model.members(view, 'resources').length;
  return `${nameText(view.cluster.name)}: ${view.quorum.label}; ${masterState(view.cluster.master).label}; ${plural(resources, 'HA resource')}`;
}
