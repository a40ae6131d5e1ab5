import type { HaTableId } from '../../../src/contract/haTables.ts';
import type {
  Banner,
  Card,
  Cell,
  Column,
  GuestPageModel,
  HaStatusHeader,
  HaStatusModel,
  TableModel,
  TableRow,
  ToGuestPage,
  ToHaStatusPage,
} from '../../../src/contract/panels.ts';
import type { StateView, Tone } from '../../../src/contract/stateView.ts';

/** The host's clock in these tests. */
export const nowMs = Date.UTC(2026, 10, 20, 2, 12, 42);

export function state(label: string, tone: Tone, icon: string, sinceMs: number | null = null): StateView {
  return { label, tone, icon, sinceMs, explanation: `${label}, explained.`, nextStep: null };
}

function cellOf({ label, tone, icon, sinceMs, explanation }: StateView): Cell {
  return { text: label, tone, icon, hint: explanation, ...(sinceMs === null ? {} : { sinceMs }) };
}

const nodeColumns: readonly Column[] = [
  { id: 'node', title: 'Node', priority: 1 },
  { id: 'state', title: 'State', priority: 1 },
  { id: 'lrm', title: 'LRM', priority: 1 },
  { id: 'ha', title: 'HA', priority: 2, align: 'end' },
  { id: 'cpu', title: 'CPU', priority: 2, align: 'end' },
  { id: 'memory', title: 'Memory', priority: 2, align: 'end' },
  { id: 'report', title: 'Last report', priority: 2, align: 'end' },
  { id: 'watchdog', title: 'Watchdog', priority: 3 },
  { id: 'guests', title: 'Guests', priority: 3, align: 'end' },
];

const resourceColumns: readonly Column[] = [
  { id: 'resource', title: 'Resource', priority: 1 },
  { id: 'state', title: 'State', priority: 1 },
  { id: 'node', title: 'Node', priority: 1 },
  { id: 'wanted', title: 'Wanted', priority: 2 },
  { id: 'limits', title: 'Limits', priority: 2 },
  { id: 'restarts', title: 'Restarts', priority: 3, align: 'end' },
  { id: 'moves', title: 'Moves', priority: 3, align: 'end' },
  { id: 'failback', title: 'Failback', priority: 3 },
  { id: 'comment', title: 'Comment', priority: 3 },
];

const resourceStates = {
  started: state('started', 'calm', 'play-circle'),
  error: state('error', 'fail', 'error'),
  fence: state('waiting for fence', 'fail', 'zap'),
  migrating: state('migrating pve1 to pve2', 'busy', 'arrow-swap'),
  stopped: state('stopped (kept)', 'off', 'stop-circle'),
  frozen: state('frozen', 'held', 'debug-pause'),
};
export type ResourceState = keyof typeof resourceStates;

const names = [
  'db-01',
  'web-01',
  'web-02',
  'mail',
  'git',
  'ci-runner',
  'proxy',
  'dns-01',
  'vault',
  'grafana',
];

/** A row of the resources table; the id counts from 100. */
export function resourceRow(
  index: number,
  stateName: ResourceState = 'started',
  changes: Record<string, Cell> = {},
): TableRow {
  const vmid = 100 + index;
  const view = resourceStates[stateName];
  const node = `pve${(index % 5) + 1}`;
  const name = names[index % names.length] ?? 'guest';
  const resource = `vm:${vmid} ${name}`;
  return {
    id: `ha:demo.prod/vm:${vmid}`,
    tone: view.tone,
    problem: view.tone === 'fail' || view.tone === 'warn',
    groups: { cluster: 'prod', node, state: view.label.split(' ')[0] ?? '' },
    open: { kind: 'open', id: `guest:demo.prod/${vmid}` },
    haystack: `${resource}\n${view.label}\n${node}\nstarted\nprod`.toLowerCase(),
    cells: {
      resource: { text: resource, sort: vmid },
      state: cellOf(view),
      node: { text: node, action: { kind: 'reveal', id: `node:demo.prod/${node}` } },
      wanted: { text: 'started' },
      limits: { text: index % 3 === 0 ? 'keep-db' : '–' },
      restarts: { text: '1', sort: 1 },
      moves: { text: String(index % 4), sort: index % 4 },
      failback: { text: 'yes' },
      comment: { text: index % 7 === 0 ? 'core service, do not move by hand' : '' },
      ...changes,
    },
  };
}

/** So many resources, the first three of them in trouble. */
export function resourceRows(count: number): TableRow[] {
  const special: ResourceState[] = [
    'started',
    'started',
    'started',
    'started',
    'started',
    'error',
    'migrating',
    'started',
    'fence',
    'fence',
    'stopped',
    'frozen',
  ];
  return Array.from({ length: count }, (_, index) => resourceRow(index, special[index] ?? 'started'));
}

function ratio(value: number): Cell {
  return { text: `${Math.round(value * 100)} %`, ratio: value, sort: value };
}

export function nodeRow(index: number, isLost = false): TableRow {
  const name = `pve${index}`;
  const view = isLost
    ? state('lost', 'fail', 'debug-disconnect', nowMs - 42_000)
    : state(index === 1 ? 'online · master' : 'online', 'calm', 'server');
  const unknown: Cell = { text: 'unknown', hint: 'The node does not answer.', sort: -1 };
  return {
    id: `node:demo.prod/${name}`,
    tone: view.tone,
    problem: isLost,
    groups: { cluster: 'prod', state: view.label },
    open: { kind: 'reveal', id: `node:demo.prod/${name}` },
    haystack: `${name} ${view.label}`,
    cells: {
      node: { text: name },
      state: cellOf(view),
      lrm: isLost
        ? cellOf(state('silent', 'fail', 'debug-disconnect', nowMs - 44_000))
        : cellOf(state('active', 'calm', 'pulse')),
      ha: { text: '9', sort: 9 },
      cpu: isLost ? unknown : ratio(0.1 + index * 0.08),
      memory: isLost ? unknown : ratio(0.3 + index * 0.1),
      report: { text: '', sinceMs: isLost ? nowMs - 44_000 : nowMs - 3_000, sort: isLost ? 44 : 3 },
      watchdog: isLost ? unknown : cellOf(state('will self-fence', 'calm', 'lock')),
      guests: isLost ? unknown : { text: '14', sort: 14 },
    },
  };
}

function ruleRow(name: string, asks: string, isInfeasible: boolean): TableRow {
  const view = isInfeasible
    ? state('infeasible, not applied', 'warn', 'warning')
    : state('in force', 'calm', 'law');
  return {
    id: `rule:demo.prod/${name}`,
    tone: view.tone,
    problem: isInfeasible,
    groups: { state: view.label },
    haystack: `${name} ${asks}`,
    cells: {
      name: { text: name },
      state: cellOf(view),
      asks: { text: asks },
      members: { text: 'vm:105, vm:106' },
      strict: { text: 'yes' },
      conflict: { text: isInfeasible ? 'resources: rule keep-db asks for the opposite' : '' },
      comment: { text: '' },
    },
  };
}

export function tableModel(
  id: HaTableId,
  title: string,
  columns: readonly Column[],
  rows: readonly TableRow[],
  empty: string,
): TableModel {
  return {
    id,
    title,
    columns,
    rows,
    empty,
    notice: null,
    groupings:
      id === 'resources'
        ? [
            { key: 'node', label: 'Node' },
            { key: 'state', label: 'State' },
          ]
        : [{ key: 'state', label: 'State' }],
  };
}

function card(id: string, title: string, view: StateView, ...facts: readonly [string, string][]): Card {
  return { id, title, state: view, facts: facts.map(([label, value]) => ({ label, value })) };
}

export const lostBanner: Banner = {
  id: 'cluster:demo.prod/lost/pve4',
  tone: 'fail',
  icon: 'debug-disconnect',
  what: 'prod: pve4 does not answer.',
  why: 'It resets itself by 1:00; guests restart from about 2:00.',
  next: 'Check power and network.',
  buttons: [{ label: 'Refresh', action: { kind: 'refresh' } }],
  sinceMs: nowMs - 42_000,
};

export function banner(id: string, tone: Tone, icon: string, what: string): Banner {
  return { id, tone, icon, what, why: null, next: null, buttons: [], sinceMs: null };
}

export function haHeader(changes: Partial<HaStatusHeader> = {}): HaStatusHeader {
  return {
    title: 'HA status',
    freshness: state('live', 'calm', 'circle-filled'),
    banners: [
      lostBanner,
      banner(
        'connection:demo/demo',
        'calm',
        'beaker',
        'Demo data: these clusters are simulated on this machine.',
      ),
    ],
    clusters: [
      { id: 'all', label: 'All clusters', state: state('1 of 3 needs attention', 'fail', 'error') },
      { id: 'cluster:demo.prod', label: 'prod', state: state('quorate 4/5 · can lose 1', 'ok', 'pass') },
      { id: 'cluster:demo.lab', label: 'lab', state: state('quorate 3/3 · can lose 1', 'ok', 'pass') },
    ],
    selected: 'cluster:demo.prod',
    cardGroups: [
      {
        clusterId: 'cluster:demo.prod',
        name: 'prod',
        mode: { label: 'Cluster', tone: 'ok' },
        cards: [
          card(
            'quorum',
            'Quorum',
            state('quorate 4/5 · can lose 1', 'ok', 'pass'),
            ['need', '3 of 5'],
            ['reported by', 'pve1'],
          ),
          card(
            'manager',
            'Manager',
            state('master pve1', 'calm', 'star-full'),
            ['placement', 'count'],
            ['version', 'PVE 9.2'],
          ),
          card('stack', 'HA stack', state('armed', 'ok', 'shield'), ['resources', '48'], ['moving', '2']),
          card('oneLost', 'One node lost', state('pve3 strands 2', 'warn', 'warning'), [
            'limited by',
            'rule gpu-host',
          ]),
        ],
      },
    ],
    announcement: 'prod: pve4 lost.',
    ...changes,
  };
}

export interface HaModelOptions {
  readonly resources?: readonly TableRow[];
  readonly header?: Partial<HaStatusHeader>;
}

export function haModel({ resources = resourceRows(48), header = {} }: HaModelOptions = {}): HaStatusModel {
  return {
    header: haHeader(header),
    tables: {
      nodes: tableModel(
        'nodes',
        'Nodes',
        nodeColumns,
        [1, 2, 3, 4, 5].map((index) => nodeRow(index, index === 4)),
        'No nodes.',
      ),
      resources: tableModel(
        'resources',
        'HA resources',
        resourceColumns,
        resources,
        'No HA resources on prod. If a node dies, its guests stay stopped until somebody starts them.',
      ),
      rules: tableModel(
        'rules',
        'Rules',
        [
          { id: 'name', title: 'Rule', priority: 1 },
          { id: 'state', title: 'State', priority: 1 },
          { id: 'asks', title: 'Asks', priority: 1 },
          { id: 'members', title: 'Members', priority: 2 },
          { id: 'strict', title: 'Strict', priority: 2 },
          { id: 'conflict', title: 'Conflict', priority: 3 },
          { id: 'comment', title: 'Comment', priority: 3 },
        ],
        [ruleRow('keep-db', 'keep apart', false), ruleRow('gpu-host', 'prefer pve3', true)],
        'No HA rules.',
      ),
      groups: tableModel(
        'groups',
        'Groups',
        [{ id: 'name', title: 'Group', priority: 1 }],
        [],
        'Groups were moved to rules on this cluster.',
      ),
    },
  };
}

export function modelMessage(options: HaModelOptions = {}): ToHaStatusPage {
  return { type: 'model', nowMs, model: haModel(options) };
}

export function patchMessage(
  upserted: readonly TableRow[],
  removed: readonly string[] = [],
  header: Partial<HaStatusHeader> = {},
): ToHaStatusPage {
  return {
    type: 'patch',
    nowMs,
    header: haHeader(header),
    tables: { resources: { upserted, removed, empty: 'No HA resources.', notice: null } },
  };
}

/** A load series of one hour with a gap in the middle. */
function loadPoints(): GuestPageModel['load']['points'] {
  return Array.from({ length: 60 }, (_, index) => {
    const isGap = index >= 28 && index < 36;
    return {
      timeS: nowMs / 1000 - (60 - index) * 60,
      cpuRatio: isGap ? null : 0.2 + 0.15 * Math.sin(index / 5),
      memoryBytes: isGap ? null : (8 + Math.sin(index / 9)) * 2 ** 30,
      maxMemoryBytes: 16 * 2 ** 30,
    };
  });
}

export function guestModel(changes: Partial<GuestPageModel> = {}): GuestPageModel {
  return {
    id: 'guest:demo.prod/105',
    header: { title: '105 db-01', freshness: state('live', 'calm', 'circle-filled'), banners: [] },
    subtitle: 'VM on prod/pve2',
    ha: {
      managed: 'yes',
      sentence: 'HA on prod manages this guest.',
      facts: [
        { label: 'State', value: '', state: state('error', 'fail', 'error') },
        { label: 'CRM state', value: 'error' },
        { label: 'Wanted', value: 'started', hint: 'What somebody configured; the state differs.' },
        { label: 'Node', value: 'pve2', action: { kind: 'reveal', id: 'node:demo.prod/pve2' } },
        { label: 'Rules', value: 'keep-db (in force), db-apart' },
        { label: 'Max restart', value: '1' },
        { label: 'Max relocate', value: '1' },
        { label: 'Failback', value: 'yes' },
      ],
      clusterPage: { kind: 'open', id: 'cluster:demo.prod' },
    },
    guest: {
      state: state('running', 'calm', 'vm-running'),
      facts: [
        { label: 'Cores', value: '4' },
        { label: 'Memory', value: '8 GiB of 16 GiB' },
        { label: 'Up for', value: '6 d' },
        { label: 'Lock', value: 'none' },
      ],
    },
    load: { timeframe: 'hour', points: loadPoints(), notice: null },
    tasks: {
      rows: [
        {
          upid: 'UPID:pve2:0001:qmstart',
          what: 'Start VM 105',
          user: 'root@pam',
          startMs: nowMs - 60_000,
          durationMs: 12_000,
          result: state('failed', 'fail', 'error'),
        },
        {
          upid: 'UPID:pve2:0002:vzdump',
          what: 'Backup of VM 105',
          user: 'backup@pbs',
          startMs: nowMs - 7_200_000,
          durationMs: 184_000,
          result: state('done', 'calm', 'pass'),
        },
        {
          upid: 'UPID:pve1:0003:hamigrate',
          what: 'Migrate VM 105 to pve2',
          user: 'ops@pve',
          startMs: nowMs - 90_000_000,
          durationMs: null,
          result: state('running', 'busy', 'sync'),
        },
      ],
      notice: null,
    },
    config: {
      sections: [
        {
          title: 'System',
          entries: [
            { key: 'cores', value: '4' },
            { key: 'memory', value: '16384' },
            { key: 'machine', value: 'q35' },
          ],
        },
        {
          title: 'Disks',
          entries: [{ key: 'scsi0', value: 'local-zfs:vm-105-disk-0,iothread=1,size=80G,ssd=1' }],
        },
        {
          title: 'Network',
          entries: [{ key: 'net0', value: 'virtio=BC:24:11:5A:00:01,bridge=vmbr0,firewall=1,tag=20' }],
        },
      ],
      notice: null,
    },
    openInProxmox: { kind: 'openInProxmox', id: 'guest:demo.prod/105' },
    ...changes,
  };
}

export function guestMessage(changes: Partial<GuestPageModel> = {}): ToGuestPage {
  return { type: 'model', nowMs, model: guestModel(changes) };
}
