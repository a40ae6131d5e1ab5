import { formatAge, formatBytes, formatPercent } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import type { HaResource, HaRule } from '../contract/model/placement.ts';
import type { Banner, Fact, GuestPageModel, PageAction } from '../contract/panels.ts';
import type { StateView } from '../contract/stateView.ts';
import { clockText } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { explainFleetError } from './errorText.ts';
import { parseConsoleId, toConsoleId } from './fleetIds.ts';
import type { ClusterEntry, FleetModel, ModelChange } from './fleetModel.ts';
import { fateSentence } from './foresight/fateSentence.ts';
import { failureState } from './freshnessStates.ts';
import { configSections } from './guestConfig.ts';
import { guestState, lockState } from './guestStates.ts';
import { taskRow } from './guestTasks.ts';
import { crmState, differsFromWanted, haResourceState, wantedWord } from './haResourceStates.ts';
import { errorBanner, orderBanners, pageBanners } from './pageBanners.ts';
import { ruleState, ruleWords } from './placementStates.ts';
import { guestKindWord, guestLabel, nameText } from './rowWords.ts';
import { lastKnownState, notToldState, stateView } from './states.ts';

/** What was read for one guest beyond the fleet: the detail, or why there is none. */
export type GuestReading =
  | { readonly state: 'reading' }
  | { readonly state: 'read'; readonly detail: GuestDetail }
  /** `detail` is the last one that was read, if any. */
  | { readonly state: 'failed'; readonly error: FleetError; readonly detail: GuestDetail | null };

/** The page of one guest, without a page. It remembers where the guest was, so that a move stays told. */
export class GuestView {
  readonly #model: FleetModel;
  readonly id: string;
  #node: string | null;
  #moved: { readonly from: string; readonly to: string; readonly atMs: number } | null = null;

  /** @param id console id of the guest, `guest:<connection>.<cluster>/<vmid>`. */
  constructor(model: FleetModel, id: string) {
    this.#model = model;
    this.id = id;
    this.#node = model.guest(id)?.node ?? null;
  }

  /** Cluster key and VMID, as the connection's `guestDetail` takes them; `null` for an id that is none of a guest. */
  get address(): { readonly connectionId: string; readonly cluster: string; readonly vmid: number } | null {
    const parsed = parseConsoleId(this.id);
    const match = /^guest:(.*)\/(\d+)$/su.exec(parsed?.recordId ?? '');
    if (parsed === null || match?.[1] === undefined || match[2] === undefined) return null;
    return { connectionId: parsed.connectionId, cluster: match[1], vmid: Number(match[2]) };
  }

  get clusterId(): string | null {
    const address = this.address;
    return address === null ? null : toConsoleId(address.connectionId, `cluster:${address.cluster}`);
  }

  /** Title of the tab: "105 db-01". */
  get title(): string {
    const guest = this.#model.guest(this.id);
    return guest === undefined ? `Guest ${this.address?.vmid ?? ''}`.trim() : guestLabel(guest);
  }

  /** Whether a change of the model can show on this page. */
  isTouchedBy(change: ModelChange): boolean {
    const { clusterId } = this;
    const resourceId = this.#model.resourceIdOf(this.id);
    return (
      change.ticked ||
      change.changed.has(this.id) ||
      change.removed.has(this.id) ||
      (clusterId !== null && (change.changed.has(clusterId) || change.contexts.has(clusterId))) ||
      (resourceId !== undefined && change.changed.has(resourceId)) ||
      change.connections.has(this.address?.connectionId ?? '')
    );
  }

  build(reading: GuestReading, timeframe: LoadTimeframe, nowMs: number): GuestPageModel {
    const detail = this.#detailOf(reading);
    const { clusterId } = this;
    const entry = clusterId === null ? undefined : this.#model.clusterEntry(clusterId);
    const context = clusterId === null ? undefined : this.#model.context(clusterId, nowMs);
    const guest = this.#model.guest(this.id) ?? detail?.guest ?? null;
    this.#noteMove(guest?.node ?? null, nowMs);
    const facts: PageFacts = { model: this.#model, entry, context, guest, detail, reading, nowMs };
    return {
      id: this.id,
      header: {
        title: guest === null ? this.title : guestLabel(guest),
        freshness: context?.freshness ?? notToldState('The cluster of this guest is not known.'),
        banners: banners(facts),
      },
      subtitle: this.#subtitle(guest, entry),
      ha: haPart(facts, clusterId, this.#model.resourceIdOf(this.id)),
      guest: guestPart(facts),
      load: loadPart(facts, timeframe),
      tasks: tasksPart(facts),
      config: configPart(facts),
      openInProxmox: guest === null ? null : { kind: 'openInProxmox', id: this.id },
    };
  }

  /** A detail that belongs to another guest (a late answer) is not shown. */
  #detailOf(reading: GuestReading): GuestDetail | null {
    if (reading.state === 'reading' || reading.detail === null) return null;
    const { address } = this;
    const { cluster, vmid } = reading.detail;
    return address?.vmid === vmid && address.cluster === cluster ? reading.detail : null;
  }

  #noteMove(node: string | null, nowMs: number): void {
    if (node === null || node === this.#node) return;
    if (this.#node !== null) this.#moved = { from: this.#node, to: node, atMs: nowMs };
    this.#node = node;
  }

  #subtitle(guest: Guest | null, entry: ClusterEntry | undefined): string {
    const cluster =
      entry === undefined ? (this.address?.cluster ?? '') : clusterDisplayName(this.#model, entry);
    const kind = guest === null ? 'Guest' : capitalized(guestKindWord(guest.kind));
    const place = guest?.node == null ? nameText(cluster) : `${nameText(cluster)}/${nameText(guest.node)}`;
    const moved =
      this.#moved === null
        ? ''
        : ` · moved ${nameText(this.#moved.from)} to ${nameText(this.#moved.to)} at ${clockText(this.#moved.atMs)}`;
    return `${kind} on ${place}${moved}`;
  }
}

interface PageFacts {
  readonly model: FleetModel;
  readonly entry: ClusterEntry | undefined;
  readonly context: ClusterContext | undefined;
  readonly guest: Guest | null;
  readonly detail: GuestDetail | null;
  readonly reading: GuestReading;
  readonly nowMs: number;
}

function banners(facts: PageFacts): readonly Banner[] {
  const { entry, reading, nowMs, model } = facts;
  if (entry === undefined) return [];
  const list = pageBanners(model, [entry], nowMs);
  if (reading.state === 'failed') {
    const { tone, icon } = failureState(reading.error, null, nowMs);
    // The cluster's own banner says the same already.
    if (!list.some(({ id }) => id.endsWith(`/${reading.error.code}`))) {
      list.push(
        errorBanner(`guest/${reading.error.code}`, reading.error, tone, icon, {
          connection: entry.connection,
          clusterName: entry.record.name,
          retryAtMs: null,
          nowMs,
          dataFromMs:
            reading.detail === null
              ? null
              : model.toConsoleTime(entry.connection.id, reading.detail.serverTimeMs),
        }),
      );
    }
  }
  return orderBanners(list);
}

type HaPart = GuestPageModel['ha'];

/** Three things that are never mixed up: managed, not managed, and nobody knows. */
function haPart(facts: PageFacts, clusterId: string | null, resourceId: string | undefined): HaPart {
  const { model, guest, detail, context, entry } = facts;
  // The live list is newer than the detail: what it calls not managed is so, whatever was read before.
  const fromDetail = guest?.haManaged === 'notManaged' ? null : (detail?.resource ?? null);
  const resource = (resourceId === undefined ? undefined : model.resource(resourceId)) ?? fromDetail;
  const clusterPage: PageAction = { kind: 'open', id: clusterId ?? 'all' };
  const where = entry === undefined ? 'its cluster' : clusterDisplayName(model, entry);
  const isMemory = context === undefined || context.lastKnown !== null;
  if (resource !== null) {
    return {
      managed: 'yes',
      sentence: managedSentence(resource, where, isMemory, fateSentence(model, clusterId, resource)),
      facts: resourceFacts(facts, resource, isMemory),
      clusterPage,
    };
  }
  if (guest?.haManaged === 'managed') {
    return {
      managed: 'yes',
      sentence: `This guest is HA-managed by ${where}, but its HA rows could not be read, so its state is not known.`,
      facts: [
        { label: 'State', value: 'not told', state: notToldState('Its HA rows could not be read.') },
        { label: 'CRM state', value: guest.haState === null ? 'not told' : plainText(guest.haState, 60) },
        { label: 'Node', value: guest.node === null ? 'not told' : nameText(guest.node) },
      ],
      clusterPage,
    };
  }
  const notManaged = guest?.haManaged === 'notManaged';
  if (notManaged && !isOld(context)) {
    const node = guest.node === null ? 'its node' : nameText(guest.node);
    return {
      managed: 'no',
      sentence: `This guest is not HA-managed: if ${node} dies, it stays stopped until somebody starts it.`,
      facts: [],
      clusterPage,
    };
  }
  return { managed: 'unknown', sentence: unknownSentence(facts, notManaged), facts: [], clusterPage };
}

/** Old data can still say what was; it cannot say that nobody has put the guest into HA since. */
function isOld(context: ClusterContext | undefined): boolean {
  return context === undefined || context.lastKnown === 'stale' || context.lastKnown === 'neverRead';
}

function managedSentence(resource: HaResource, where: string, isMemory: boolean, fate: string): string {
  const node = resource.node === null ? 'its node' : nameText(resource.node);
  const wanted = wantedWord(resource);
  const then =
    wanted === 'ignored'
      ? 'HA is told to ignore it, so it is neither watched nor recovered.'
      : wanted === 'disabled'
        ? `It is wanted disabled, so it stays where it is if ${node} dies.`
        : wanted === 'stopped'
          ? `It is wanted stopped; if ${node} dies, it is moved but not started.`
          : fate;
  return `${isMemory ? 'When last read, this guest was' : 'This guest is'} HA-managed by ${where}. ${then}`;
}

function unknownSentence(facts: PageFacts, notManaged: boolean): string {
  const { context, detail, reading } = facts;
  const reason =
    reading.state === 'failed'
      ? explainFleetError(reading.error, { connectionName: '' }).what
      : detail?.haError
        ? explainFleetError(detail.haError, { connectionName: '' }).what
        : isOld(context)
          ? 'the cluster does not answer.'
          : 'this server does not tell.';
  const was =
    notManaged && context !== undefined && context.readAtMs !== null
      ? ` When last read at ${clockText(context.readAtMs)}, it was not.`
      : '';
  return `Whether this guest is HA-managed is not known: ${reason}${was} It may or may not be restarted if its node dies.`;
}

function resourceFacts(facts: PageFacts, resource: HaResource, isMemory: boolean): Fact[] {
  const { model, entry, nowMs } = facts;
  const clockOffsetMs = entry === undefined ? 0 : model.clockOffsetMs(entry.connection.id);
  const shown = (state: StateView): StateView => (isMemory ? lastKnownState(state) : state);
  const state = shown(haResourceState(resource, { nowMs, clockOffsetMs }));
  const crm = shown(crmState(resource, { nowMs, clockOffsetMs }));
  const wanted = wantedWord(resource);
  const differs = differsFromWanted(resource) === true;
  return [
    { label: 'State', value: state.label, state },
    { label: 'CRM state', value: crm.label, state: crm },
    {
      label: 'Wanted',
      value: wanted === null ? 'not told' : `${plainText(wanted, 40)}${differs ? ' · differs' : ''}`,
      hint: 'What somebody configured, not what is happening.',
    },
    {
      label: 'Node',
      value: resource.node === null ? 'not told' : nameText(resource.node),
      ...(resource.node === null || entry === undefined
        ? {}
        : { action: { kind: 'reveal', id: model.nodeId(entry.id, resource.node) } as const }),
    },
    ...placementFacts(facts, resource),
    { label: 'Max restart', value: countText(resource.maxRestart) },
    { label: 'Max relocate', value: countText(resource.maxRelocate) },
    { label: 'Failback', value: flagText(resource.failback) },
    ...(resource.comment === null ? [] : [{ label: 'Comment', value: plainText(resource.comment) }]),
  ];
}

/** The group on Proxmox VE 8, the rules on 9, both while they move. */
function placementFacts(facts: PageFacts, resource: HaResource): Fact[] {
  const { model, entry, detail } = facts;
  const placementModel = entry?.record.placementModel ?? 'unknown';
  const sections = entry?.record.sections;
  const list: Fact[] = [];
  const groups = placementModel === 'groups' || placementModel === 'both' || resource.group !== null;
  if (groups) {
    const none = sections?.haResources.state === 'read' ? 'none' : 'not told';
    list.push({ label: 'Group', value: resource.group === null ? none : nameText(resource.group) });
  }
  if (placementModel === 'groups') return list;
  const known = entry === undefined ? [] : model.rulesNaming(entry.id, resource.sid);
  const rules: readonly HaRule[] = known.length > 0 ? known : (detail?.rules ?? []);
  const state = sections?.haRules.state;
  const none = state === 'read' ? 'none' : state === 'notOffered' ? 'not offered' : 'not told';
  if (rules.length === 0) return [...list, { label: 'Rules', value: none }];
  return [
    ...list,
    ...rules.map((rule, index): Fact => {
      const verdict = entry === undefined ? undefined : model.judgement(toRuleId(entry, rule.name))?.state;
      const state = verdict ?? ruleState(rule);
      return {
        label: index === 0 ? 'Rules' : '',
        value: `${nameText(rule.name)} (${state.label})`,
        state,
        hint: ruleWords(rule),
      };
    }),
  ];
}

function toRuleId(entry: ClusterEntry, name: string): string {
  return `rule:${entry.id.slice('cluster:'.length)}/${name}`;
}

function guestPart(facts: PageFacts): GuestPageModel['guest'] {
  const { model, guest, detail, entry, context } = facts;
  const status = detail?.status ?? null;
  if (guest === null) {
    const missing = detail !== null && detail.guest === null && facts.reading.state === 'read';
    return {
      state: missing
        ? stateView(
            'no such guest',
            'unknown',
            'question',
            'No guest of this number is in the last known list.',
          )
        : notToldState('Nothing has been read about this guest yet.'),
      facts: [],
    };
  }
  const id = entry === undefined ? null : model.guestId(entry.id, guest.vmid);
  const verdict = id === null ? undefined : model.judgement(id)?.state;
  const isMemory = context === undefined || context.lastKnown !== null;
  const run = verdict ?? guestState(guest, { nodeLost: false });
  const cpu = status?.cpuRatio ?? guest.cpuRatio;
  const cores = status?.maxCpu ?? guest.maxCpu;
  const memory = status?.memoryBytes ?? guest.memoryBytes;
  const maxMemory = status?.maxMemoryBytes ?? guest.maxMemoryBytes;
  const disk = status?.maxDiskBytes ?? guest.maxDiskBytes;
  const lock = lockState(guest.lock);
  return {
    state: isMemory ? lastKnownState(run) : run,
    facts: [
      {
        label: 'Lock',
        value: lock === null ? 'none' : lock.label,
        ...(lock === null ? {} : { state: lock }),
      },
      { label: 'Uptime', value: uptimeText(status?.uptimeS ?? null, guest.status) },
      { label: 'CPU', value: `${cpu === null ? 'not told' : formatPercent(cpu)} of ${coresText(cores)}` },
      {
        label: 'Memory',
        value: `${memory === null ? 'not told' : formatBytes(memory)} of ${maxMemory === null ? 'not told' : formatBytes(maxMemory)}`,
      },
      { label: 'Disk', value: disk === null ? 'not told' : formatBytes(disk) },
      ...(guest.tags.length === 0 ? [] : [{ label: 'Tags', value: guest.tags.map(nameText).join(', ') }]),
      ...(guest.pool === null ? [] : [{ label: 'Pool', value: nameText(guest.pool) }]),
      ...(guest.template ? [{ label: 'Template', value: 'yes' }] : []),
      ...errorFact('Run state figures', detail?.statusError ?? null),
    ],
  };
}

function coresText(cores: number | null): string {
  if (cores === null) return 'an unknown number of cores';
  return cores === 1 ? '1 core' : `${cores} cores`;
}

function uptimeText(uptimeS: number | null, status: string | null): string {
  if (uptimeS === null) return 'not told';
  return uptimeS === 0 && status !== 'running' ? 'not running' : formatAge(uptimeS * 1000);
}

function errorFact(label: string, error: FleetError | null): Fact[] {
  return error === null
    ? []
    : [{ label, value: `not readable: ${explainFleetError(error, { connectionName: '' }).what}` }];
}

function loadPart(facts: PageFacts, timeframe: LoadTimeframe): GuestPageModel['load'] {
  const { detail, reading, entry, model } = facts;
  if (detail === null) return { timeframe, points: [], notice: absentNotice(reading, 'load') };
  if (detail.loadTimeframe !== timeframe)
    return { timeframe, points: [], notice: `Reading the last ${timeframe}…` };
  const offsetS = entry === undefined ? 0 : model.clockOffsetMs(entry.connection.id) / 1000;
  const points = detail.load.map((point) => ({ ...point, timeS: point.timeS + offsetS }));
  if (detail.loadError !== null) return { timeframe, points, notice: partNotice('Load', detail.loadError) };
  return {
    timeframe,
    points,
    notice: points.length === 0 ? `No load was recorded for the last ${timeframe}.` : null,
  };
}

function tasksPart(facts: PageFacts): GuestPageModel['tasks'] {
  const { detail, reading, entry, model } = facts;
  if (detail === null) return { rows: [], notice: absentNotice(reading, 'tasks') };
  const clockOffsetMs = entry === undefined ? 0 : model.clockOffsetMs(entry.connection.id);
  const rows = [...detail.tasks]
    .sort((a, b) => (b.startS ?? 0) - (a.startS ?? 0))
    .map((task) => taskRow(task, clockOffsetMs));
  if (detail.tasksError !== null) return { rows, notice: partNotice('Tasks', detail.tasksError) };
  return { rows, notice: rows.length === 0 ? 'No recent tasks.' : null };
}

function configPart(facts: PageFacts): GuestPageModel['config'] {
  const { detail, reading, guest } = facts;
  if (detail === null) return { sections: [], notice: absentNotice(reading, 'configuration') };
  const sections = detail.config === null ? [] : configSections(detail.config, guest?.kind ?? 'unknown');
  if (detail.configError !== null)
    return { sections, notice: partNotice('Configuration', detail.configError) };
  return { sections, notice: detail.config === null ? 'The configuration is not told.' : null };
}

function absentNotice(reading: GuestReading, part: string): string {
  return reading.state === 'failed'
    ? `${capitalized(part)} not readable: ${explainFleetError(reading.error, { connectionName: '' }).what}`
    : `Reading ${part}…`;
}

function partNotice(part: string, error: FleetError): string {
  const { what, next } = explainFleetError(error, { connectionName: '' });
  return `${part} not readable: ${what} ${next}`;
}

/** Zero is a figure; only an absent one reads "not told". */
function countText(count: number | null): string {
  return count === null ? 'not told' : String(count);
}

function flagText(flag: boolean | null): string {
  return flag === null ? 'not told' : flag ? 'yes' : 'no';
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
