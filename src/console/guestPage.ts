import { formatBytes, formatPercent, plural } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { GuestDetail, GuestTask } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import type { HaResource } from '../contract/model/placement.ts';
import type { Banner, Fact, GuestPageModel, GuestTaskRow } from '../contract/panels.ts';
import type { StateView } from '../contract/stateView.ts';
import { bannersFor } from './banners.ts';
import { explainFleetError } from './errorText.ts';
import type { ClusterView, FleetModel } from './fleetModel.ts';
import { ruleKindText, ruleState, wantedText } from './states.ts';
import { nameText } from './treeRows.ts';

/** What the page knows of a guest beside the live records. */
export interface GuestPageInput {
  /** Console id of the guest. */
  readonly guestId: string;
  readonly timeframe: LoadTimeframe;
  /** `null` while it is being read. */
  readonly detail: GuestDetail | null;
  /** Why the detail could not be read. */
  readonly error: FleetError | null;
  /** A move seen while the page was open: "moved pve1 to pve2 at 02:14". */
  readonly moved: string | null;
}

/** The page of one guest, or `null` when its cluster is not known. */
export function guestPage(model: FleetModel, input: GuestPageInput): GuestPageModel | null {
  const view = model.clusterOf(input.guestId);
  if (view === undefined) return null;
  const record = model.record(input.guestId);
  const guest =
    record !== undefined && 'vmid' in record && 'template' in record ? record : (input.detail?.guest ?? null);
  const vmid = guest?.vmid ?? Number(input.guestId.slice(input.guestId.lastIndexOf('/') + 1));
  const resource =
    (guest === null ? undefined : model.resourceOf(view, guest)) ?? input.detail?.resource ?? null;
  const cluster = nameText(view.cluster.name);
  return {
    id: input.guestId,
    header: {
      title: guest === null ? String(vmid) : titleOf(guest),
      freshness: view.freshness,
      banners: banners(model, view, guest, resource, input),
    },
    subtitle: `${guest?.kind === 'lxc' ? 'Container' : guest?.kind === 'qemu' ? 'VM' : 'Guest'} on ${cluster}/${guest?.node == null ? 'unknown node' : nameText(guest.node)}${input.moved === null ? '' : ` · ${input.moved}`}`,
    ha: haBox(model, view, guest, resource),
    guest: guestBox(model, view, guest, input.detail),
    load: {
      timeframe: input.timeframe,
      points: input.detail?.load ?? [],
      notice: noticeOf(
        input,
        input.detail?.loadError ?? null,
        input.detail?.load.length === 0,
        'No load figures in this range.',
      ),
    },
    tasks: {
      rows: (input.detail?.tasks ?? []).map(taskRow),
      notice: noticeOf(
        input,
        input.detail?.tasksError ?? null,
        input.detail?.tasks.length === 0,
        'No recent tasks.',
      ),
    },
    config: {
      sections: configSections(input.detail?.config ?? {}),
      notice: noticeOf(
        input,
        input.detail?.configError ?? null,
        input.detail?.config === null,
        'The configuration was not told.',
      ),
    },
    openInProxmox: guest === null ? null : { kind: 'openInProxmox', id: input.guestId },
  };
}

function noticeOf(
  input: GuestPageInput,
  error: FleetError | null,
  empty: boolean,
  emptyText: string,
): string | null {
  if (input.error !== null) return `Not read: ${plainText(input.error.message)}.`;
  if (input.detail === null) return 'Reading…';
  if (error !== null)
    return error.code === 'notOffered'
      ? 'Not offered by this server.'
      : `Not read: ${plainText(error.message)}.`;
  return empty ? emptyText : null;
}

function banners(
  model: FleetModel,
  view: ClusterView,
  guest: Guest | null,
  resource: HaResource | null,
  input: GuestPageInput,
): Banner[] {
  const list: Banner[] = [];
  if (resource !== null) {
    const state = model.resourceStateOf(view, resource);
    if (state.tone === 'fail')
      list.push({
        id: 'resource',
        tone: 'fail',
        icon: state.icon,
        what: `${state.label}. ${state.explanation}`,
        why: null,
        next: state.nextStep,
        buttons: [],
        sinceMs: state.sinceMs,
      });
  }
  if (guest === null && input.detail !== null)
    list.push({
      id: 'gone',
      tone: 'unknown',
      icon: 'question',
      what: `This guest is not in the list of ${nameText(view.cluster.name)}.`,
      why: 'It was removed, or the list could not be read completely.',
      next: 'Refresh.',
      buttons: [{ label: 'Refresh', action: { kind: 'refresh' } }],
      sinceMs: null,
    });
  if (input.error !== null) {
    const text = explainFleetError(input.error, { connectionName: view.connection.name });
    list.push({
      id: 'detail',
      tone: 'unknown',
      icon: 'debug-disconnect',
      what: `${text.who}: ${text.what}`,
      why: text.why,
      next: text.next,
      buttons: [{ label: 'Refresh', action: { kind: 'refresh' } }],
      sinceMs: null,
    });
  }
  return [...list, ...bannersFor(model, [view.connection], [view])];
}

function haBox(
  model: FleetModel,
  view: ClusterView,
  guest: Guest | null,
  resource: HaResource | null,
): GuestPageModel['ha'] {
  const cluster = nameText(view.cluster.name);
  const clusterPage = { kind: 'open', id: view.id } as const;
  if (resource === null) {
    const managed = guest?.haManaged ?? 'unknown';
    const node = guest?.node == null ? 'its node' : nameText(guest.node);
    if (managed === 'notManaged')
      return {
        managed: 'no',
        sentence: `This guest is not HA-managed: if ${node} dies, it stays stopped until somebody starts it.`,
        facts: [],
        clusterPage,
      };
    return {
      managed: 'unknown',
      sentence: `Whether HA manages this guest is unknown: the HA configuration of ${cluster} could not be read.`,
      facts: [],
      clusterPage,
    };
  }
  const state = model.resourceStateOf(view, resource);
  const wanted = wantedText(resource.requestState);
  const differs = resource.state !== null && wanted !== resource.state;
  const rules = model.rulesOf(view, resource.sid);
  const facts: Fact[] = [
    { label: 'Managed', value: `yes, by ${cluster}` },
    { label: 'State', value: state.label, state },
    { label: 'CRM state', value: resource.crmState === null ? 'not told' : plainText(resource.crmState, 40) },
    { label: 'Wanted', value: differs ? `${wanted}, differs from the state` : wanted },
    { label: 'Node', value: resource.node === null ? 'not told' : nameText(resource.node) },
    ...(resource.group === null ? [] : [{ label: 'Group', value: nameText(resource.group) }]),
    {
      label: 'Rules',
      value:
        rules.length === 0
          ? 'none'
          : rules
              .map((rule) => `${nameText(rule.name)} (${ruleKindText(rule)}, ${ruleState(rule).label})`)
              .join('; '),
    },
    { label: 'Max restart', value: numberText(resource.maxRestart) },
    { label: 'Max relocate', value: numberText(resource.maxRelocate) },
    { label: 'Failback', value: resource.failback === null ? 'not told' : resource.failback ? 'yes' : 'no' },
    ...(resource.comment === null ? [] : [{ label: 'Comment', value: plainText(resource.comment, 200) }]),
  ];
  return { managed: 'yes', sentence: state.explanation, facts, clusterPage };
}

function guestBox(
  model: FleetModel,
  view: ClusterView,
  guest: Guest | null,
  detail: GuestDetail | null,
): GuestPageModel['guest'] {
  if (guest === null)
    return {
      state: {
        label: 'not told',
        tone: 'unknown',
        icon: 'question',
        explanation: 'Nobody has told us.',
        nextStep: null,
        sinceMs: null,
      },
      facts: [],
    };
  const state = model.guestStateOf(view, guest);
  const live = detail?.status ?? null;
  const cpu = live?.cpuRatio ?? guest.cpuRatio;
  const memory = live?.memoryBytes ?? guest.memoryBytes;
  const max = live?.maxMemoryBytes ?? guest.maxMemoryBytes;
  const facts: Fact[] = [
    {
      label: 'CPU',
      value: `${cpu === null ? 'not told' : formatPercent(cpu)}${guest.maxCpu === null ? '' : ` of ${plural(guest.maxCpu, 'core')}`}`,
    },
    {
      label: 'Memory',
      value: memory === null || max === null ? 'not told' : `${formatBytes(memory)} of ${formatBytes(max)}`,
    },
    { label: 'Disk', value: guest.maxDiskBytes === null ? 'not told' : formatBytes(guest.maxDiskBytes) },
    {
      label: 'Uptime',
      value:
        live?.uptimeS == null
          ? 'not told'
          : live.uptimeS === 0
            ? 'not running'
            : `${Math.floor(live.uptimeS / 3600)} h ${Math.floor((live.uptimeS % 3600) / 60)} min`,
    },
    { label: 'Lock', value: guest.lock === null ? 'none' : plainText(guest.lock, 40) },
    {
      label: 'Tags',
      value: guest.tags.length === 0 ? 'none' : guest.tags.map((tag) => plainText(tag, 30)).join(', '),
    },
    ...(guest.pool === null ? [] : [{ label: 'Pool', value: plainText(guest.pool, 60) }]),
  ];
  return { state, facts };
}

function taskRow(task: GuestTask): GuestTaskRow {
  const running = task.status === null && task.endS === null;
  const good = task.status === 'OK';
  const warned = task.status?.startsWith('WARNINGS') === true;
  const result: StateView = {
    label: running ? 'running' : plainText(task.status ?? 'result not told', 200),
    tone: running ? 'busy' : good ? 'calm' : warned ? 'warn' : task.status === null ? 'unknown' : 'fail',
    icon: running ? 'sync' : good ? 'pass' : warned ? 'warning' : task.status === null ? 'question' : 'error',
    explanation: '',
    nextStep: null,
    sinceMs: null,
  };
  return {
    upid: plainText(task.upid, 200),
    what: taskWords[task.type] ?? plainText(task.type, 40),
    user: task.user === null ? 'not told' : plainText(task.user, 60),
    startMs: task.startS === null ? null : task.startS * 1000,
    durationMs: task.startS === null || task.endS === null ? null : (task.endS - task.startS) * 1000,
    result,
  };
}

const taskWords: Readonly<Record<string, string>> = {
  qmstart: 'start',
  qmstop: 'stop',
  qmshutdown: 'shut down',
  qmreboot: 'reboot',
  qmigrate: 'migrate',
  qmcreate: 'create',
  qmclone: 'clone',
  qmsnapshot: 'snapshot',
  vzstart: 'start container',
  vzstop: 'stop container',
  vzshutdown: 'shut down container',
  vzmigrate: 'migrate container',
  vzcreate: 'create container',
  vzdump: 'backup',
  hastart: 'HA start request',
  hastop: 'HA stop request',
  hamigrate: 'HA migrate request',
  harelocate: 'HA relocate request',
};

const configGroups: readonly (readonly [title: string, pattern: RegExp])[] = [
  [
    'System',
    /^(name|hostname|ostype|cores|sockets|cpu|cpulimit|cpuunits|vcpus|memory|swap|balloon|numa|machine|bios|boot|agent|onboot|startup|arch|features|unprivileged|kvm|protection|template|hotplug|tablet|vga|scsihw)$/,
  ],
  ['Disks', /^(scsi|virtio|sata|ide|efidisk|tpmstate|unused|rootfs|mp)\d*$/],
  ['Network', /^(net\d+|nameserver|searchdomain)$/],
  ['Cloud-init', /^(ci\w*|ipconfig\d+)$/],
];

function configSections(config: Readonly<Record<string, string>>): GuestPageModel['config']['sections'] {
  const rest = new Map(Object.entries(config));
  const sections = configGroups.map(([title, pattern]) => {
    const entries = [...rest].filter(([key]) => pattern.test(key));
    for (const [key] of entries) rest.delete(key);
    return { title, entries };
  });
  return [...sections, { title: 'Other', entries: [...rest] }]
    .filter(({ entries }) => entries.length > 0)
    .map(({ title, entries }) => ({
      title,
      entries: entries
        .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
        .map(([key, value]) => ({ key: plainText(key, 60), value: plainText(value, 400) })),
    }));
}

function numberText(value: number | null): string {
  return value === null ? 'not told' : String(value);
}

function titleOf(guest: Guest): string {
  return `${guest.vmid}${guest.name === null ? '' : ` ${nameText(guest.name)}`}`;
}

/** Title of a guest's page, from its id when the guest is not known. */
export function guestTitle(model: FleetModel, guestId: string): string {
  const record = model.record(guestId);
  return record !== undefined && 'template' in record
    ? titleOf(record)
    : guestId.slice(guestId.lastIndexOf('/') + 1);
}
