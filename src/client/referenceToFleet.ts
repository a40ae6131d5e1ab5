import type { z } from 'zod';
import type { Cluster, HaFencing, HaMaster, Section, SectionName } from '../contract/model/cluster.ts';
import { sectionNames } from '../contract/model/cluster.ts';
import { emptyRecords, type FleetSnapshot } from '../contract/model/fleet.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { ClusterNode, Lrm } from '../contract/model/node.ts';
import type { HaResource, PrioritizedNode } from '../contract/model/placement.ts';
import { fleetSchemaVersion } from '../contract/version.ts';
import type { ClusterResource, ClusterStatus, clusterResourcesSchema } from '../contract/wire/cluster.ts';
import type { HaStatusItem, HaSummary, HaWireResource } from '../contract/wire/ha.ts';
import { parseHaStatusText } from '../contract/wire/haStatusText.ts';
import { fleetError } from './clientError.ts';
import type { FleetStore } from './fleetStore.ts';

/** Answers of the reference routes. */
export interface ReferenceAnswers {
  /** `null` when the server does not offer the HA routes. */
  readonly summary: HaSummary | null;
  readonly status: readonly ClusterStatus[];
  readonly resources: z.infer<typeof clusterResourcesSchema>;
}

/**
 * Fleet records from the published reference. What the reference does not tell stays untold: votes and the quorum device
 * are `null`; quorum is taken from the HA quorum row alone, because the original's cluster status reads a missing flag as
 * "has nodes, so it is quorate".
 */
export function referenceToFleet(answers: ReferenceAnswers, store: FleetStore, nowMs: number): FleetSnapshot {
  const records = emptyRecords();
  const names = new Set<string>();
  for (const row of answers.status) if (row.name !== null) names.add(row.name);
  for (const entry of answers.resources) for (const name of Object.keys(entry)) names.add(name);
  for (const row of answers.summary?.status ?? []) if (row.cluster_name !== null) names.add(row.cluster_name);
  for (const name of names) {
    const status = answers.status.find((row) => row.name === name);
    const rows = answers.resources.flatMap((entry) => entry[name] ?? []);
    const ha = (answers.summary?.status ?? []).filter((row) => row.cluster_name === name);
    const config = (answers.summary?.resources ?? []).filter((row) => row.cluster_name === name);
    const failure = failureText(ha, status);
    if (failure !== null && keepKnown(store, name, failure, nowMs, records)) continue;
    const resources = toResources(name, ha, config, rows, store, nowMs);
    records.resources.push(...resources);
    records.nodes.push(...toNodes(name, status, rows, ha, store, nowMs));
    records.guests.push(...toGuests(name, rows, resources, answers.summary !== null && failure === null));
    records.clusters.push(toCluster(name, status, ha, answers.summary !== null, failure, nowMs));
    for (const group of answers.summary?.groups ?? [])
      if (group.cluster_name === name && group.group !== null)
        records.groups.push({
          id: `group:${name}/${group.group}`,
          cluster: name,
          name: group.group,
          nodes: prioritized(group.nodes),
          restricted: group.restricted ?? false,
          nofailback: group.nofailback ?? false,
          comment: group.comment,
          digest: group.digest,
        });
    for (const rule of answers.summary?.rules ?? [])
      if (rule.cluster_name === name && rule.rule !== null)
        records.rules.push({
          id: `rule:${name}/${rule.rule}`,
          cluster: name,
          name: rule.rule,
          kind:
            rule.type === 'node-affinity'
              ? 'nodeAffinity'
              : rule.type === 'resource-affinity'
                ? 'resourceAffinity'
                : 'unknown',
          rawType: rule.type,
          affinity:
            rule.affinity === 'negative'
              ? 'negative'
              : rule.affinity === 'positive' || rule.type === 'node-affinity'
                ? 'positive'
                : 'unknown',
          nodes: prioritized(rule.nodes),
          resources: (rule.resources ?? '').split(',').filter((sid) => sid !== ''),
          strict: rule.strict,
          disabled: rule.disable ?? false,
          comment: rule.comment,
          order: null,
          errors: {},
          fromGroup: null,
          digest: null,
        });
  }
  const position = store.position;
  return {
    schemaVersion: fleetSchemaVersion,
    epoch: 'polling',
    seq: (position?.seq ?? 0) + 1,
    serverTimeMs: nowMs,
    aggregatorVersion: 'unknown',
    ...records,
  };
}

/** The text of the synthetic error row, which stands for a cluster that could not be read. */
function failureText(ha: readonly HaStatusItem[], status: ClusterStatus | undefined): string | null {
  const row = ha.find((item) => item.type === null && item.status?.startsWith('error: ') === true);
  return row?.status?.slice('error: '.length) ?? status?.error ?? null;
}

/** A failing cluster keeps its last picture, with the failure and the time of the last good read. */
function keepKnown(
  store: FleetStore,
  name: string,
  message: string,
  nowMs: number,
  records: ReturnType<typeof emptyRecords>,
): boolean {
  const known = store.list('clusters').get(`cluster:${name}`);
  if (known === undefined) return false;
  const before = known.freshness.error;
  records.clusters.push({
    ...known,
    freshness: {
      ...known.freshness,
      lastAttemptMs: nowMs,
      consecutiveFailures: known.freshness.consecutiveFailures + 1,
      error: fleetError('internal', message, { sinceMs: before?.sinceMs ?? nowMs }),
    },
  });
  const keep = <T>(ids: ReadonlySet<string>, list: ReadonlyMap<string, T>, target: T[]): void => {
    for (const id of ids) {
      const record = list.get(id);
      if (record !== undefined) target.push(record);
    }
  };
  keep(store.idsOf(name, 'nodes'), store.list('nodes'), records.nodes);
  keep(store.idsOf(name, 'groups'), store.list('groups'), records.groups);
  keep(store.idsOf(name, 'rules'), store.list('rules'), records.rules);
  keep(store.idsOf(name, 'resources'), store.list('resources'), records.resources);
  keep(store.idsOf(name, 'guests'), store.list('guests'), records.guests);
  return true;
}

function toCluster(
  name: string,
  status: ClusterStatus | undefined,
  ha: readonly HaStatusItem[],
  haOffered: boolean,
  failure: string | null,
  nowMs: number,
): Cluster {
  const read: Section = { state: 'read', readAtMs: nowMs, error: null, droppedRows: 0 };
  const notOffered: Section = { state: 'notOffered', readAtMs: nowMs, error: null, droppedRows: 0 };
  const failed: Section = {
    state: 'failed',
    readAtMs: null,
    error: fleetError('internal', failure ?? ''),
    droppedRows: 0,
  };
  const sectionOf = (section: SectionName): Section => {
    if (section === 'configNodes' || section === 'qdevice' || section === 'managerStatus') return notOffered;
    if (failure !== null) return failed;
    return section.startsWith('ha') && !haOffered ? notOffered : read;
  };
  const quorumRow = ha.find((row) => row.type === 'quorum');
  const standalone = status?.mode === 'standalone';
  return {
    id: `cluster:${name}`,
    key: name,
    name,
    mode: standalone ? 'standalone' : status?.mode === 'cluster' ? 'cluster' : 'undefined',
    pveVersion: null,
    pveMajor: null,
    configVersion: status?.version ?? null,
    freshness: {
      lastSuccessMs: failure === null ? nowMs : null,
      lastAttemptMs: nowMs,
      consecutiveFailures: failure === null ? 0 : 1,
      intervalMs: null,
      error: failure === null ? null : fleetError('internal', failure, { sinceMs: nowMs }),
    },
    sections: Object.fromEntries(
      sectionNames.map((section) => [section, sectionOf(section)]),
    ) as Cluster['sections'],
    quorum: {
      state: standalone
        ? 'standalone'
        : quorumRow?.quorate === true
          ? 'quorate'
          : quorumRow?.quorate === false
            ? 'notQuorate'
            : 'unknown',
      votes: null,
      expectedVotes: null,
      neededVotes: null,
      margin: null,
      approximate: true,
      device: { state: 'unknown', votes: null, algorithm: null, host: null, rawState: null },
      answeringNode: quorumRow?.node ?? null,
      provenance: {
        quorate: quorumRow === undefined ? null : '/cluster/ha/status/current',
        expectedVotes: null,
        votes: null,
        device: null,
      },
      views: [],
    },
    master: toMaster(
      ha.find((row) => row.type === 'master'),
      haOffered,
    ),
    fencing: toFencing(
      ha.find((row) => row.type === 'fencing'),
      nowMs,
    ),
    placementModel: 'unknown',
    endpoints: [],
    duplicateOf: null,
  };
}

const ageWords: Readonly<Record<string, 'silent' | 'clockDrift'>> = {
  'old timestamp - dead?': 'silent',
  'detected time drift!': 'clockDrift',
};

function toMaster(row: HaStatusItem | undefined, haOffered: boolean): HaMaster {
  if (row === undefined)
    return {
      node: null,
      state: haOffered ? 'never' : 'unknown',
      scheduler: 'unknown',
      timestampS: null,
      rawStatus: null,
    };
  const text = parseHaStatusText(row.status ?? '');
  const word = text?.word ?? '';
  const method = /(static|dynamic) load CRS/.exec(text?.suffix ?? '')?.[1];
  return {
    node: row.node,
    state: word === 'active' || word === 'idle' ? word : (ageWords[word] ?? 'unknown'),
    scheduler: method === 'static' || method === 'dynamic' ? method : text === null ? 'unknown' : 'basic',
    timestampS: row.timestamp,
    rawStatus: row.status,
  };
}

/** The original drops the armed state; its row's text still begins with the word. */
function toFencing(row: HaStatusItem | undefined, nowMs: number): HaFencing {
  if (row === undefined) return { state: 'notOffered', resourceMode: null, rawStatus: null, sinceMs: null };
  const word = row.armed_state ?? /^\w+/.exec(row.status ?? '')?.[0] ?? '';
  const state =
    (['armed', 'standby', 'disarming', 'disarmed'] as const).find((known) => known === word) ?? 'unknown';
  const mode = row.resource_mode ?? /resource mode: (\w+)/.exec(row.status ?? '')?.[1] ?? null;
  return {
    state,
    resourceMode: mode === 'freeze' || mode === 'ignore' ? mode : mode === null ? null : 'unknown',
    rawStatus: row.status,
    sinceMs: state === 'disarmed' || state === 'disarming' ? nowMs : null,
  };
}

const lrmWords: Readonly<Record<string, Lrm['state']>> = {
  active: 'active',
  idle: 'idle',
  wait_for_agent_lock: 'waitingForLock',
  lost_agent_lock: 'lostLock',
  maintenance: 'maintenance',
  'maintenance mode': 'maintenance',
  'restart mode': 'restarting',
  'shutdown mode': 'shuttingDown',
  'disarm mode': 'disarmed',
  'unable to read lrm status': 'unreadable',
  ...ageWords,
};

function toLrm(row: HaStatusItem | undefined): Lrm | null {
  if (row === undefined) return null;
  const text = parseHaStatusText(row.status ?? '');
  const watchdog = text?.watchdog ?? null;
  return {
    state: lrmWords[text?.word ?? ''] ?? 'unknown',
    watchdog:
      watchdog === null || watchdog === 'active' || watchdog === 'standby' || watchdog === 'released'
        ? watchdog
        : 'unknown',
    timestampS: row.timestamp,
    rawStatus: row.status,
  };
}

function toNodes(
  cluster: string,
  status: ClusterStatus | undefined,
  rows: readonly ClusterResource[],
  ha: readonly HaStatusItem[],
  store: FleetStore,
  nowMs: number,
): ClusterNode[] {
  const figures = new Map(rows.filter((row) => row.type === 'node').map((row) => [row.node, row]));
  return (status?.node_list ?? []).flatMap((member): ClusterNode[] => {
    if (member.name === null) return [];
    const row = figures.get(member.name);
    const id = `node:${cluster}/${member.name}`;
    return [
      {
        id,
        cluster,
        name: member.name,
        nodeId: member.nodeid,
        ip: member.ip === '' ? null : member.ip,
        online: member.online,
        local: member.local,
        status: row?.status ?? null,
        haState: row?.hastate ?? null,
        lrm: toLrm(ha.find((item) => item.type === 'lrm' && item.node === member.name)),
        cpuRatio: row?.cpu ?? null,
        maxCpu: row?.maxcpu ?? null,
        memoryBytes: row?.mem ?? null,
        maxMemoryBytes: row?.maxmem ?? null,
        diskBytes: row?.disk ?? null,
        maxDiskBytes: row?.maxdisk ?? null,
        uptimeS: row?.uptime ?? null,
        votes: null,
        level: member.level,
        sslFingerprint: null,
        lostSinceMs: member.online === false ? (store.list('nodes').get(id)?.lostSinceMs ?? nowMs) : null,
      },
    ];
  });
}

function toResources(
  cluster: string,
  ha: readonly HaStatusItem[],
  config: readonly HaWireResource[],
  rows: readonly ClusterResource[],
  store: FleetStore,
  nowMs: number,
): HaResource[] {
  const names = new Map(rows.map((row) => [row.vmid, row.name]));
  const services = new Map(
    ha.flatMap((row) => (row.type === 'service' && row.sid !== null ? [[row.sid, row]] : [])),
  );
  const configured = new Map(config.flatMap((row) => (row.sid === null ? [] : [[row.sid, row]])));
  return [...new Set([...services.keys(), ...configured.keys()])].map((sid): HaResource => {
    const row = services.get(sid);
    const entry = configured.get(sid);
    const [kind = '', number = ''] = sid.split(':');
    const vmid = /^\d+$/.test(number) ? Number(number) : null;
    const id = `ha:${cluster}/${sid}`;
    const known = store.list('resources').get(id);
    const state = row?.state ?? null;
    return {
      id,
      cluster,
      sid,
      kind: kind === 'vm' || kind === 'ct' ? kind : 'unknown',
      vmid,
      name: vmid === null ? null : (names.get(vmid) ?? null),
      requestState: row?.request_state ?? entry?.request_state ?? entry?.state ?? null,
      crmState: row?.crm_state ?? entry?.crm_state ?? null,
      state,
      rawStatus: row?.status ?? null,
      node: row?.node === '---' ? null : (row?.node ?? entry?.node ?? null),
      group: entry?.group ?? null,
      // The original loses zeros in the resource rows but keeps them in the status rows.
      maxRestart: row?.max_restart ?? entry?.max_restart ?? null,
      maxRelocate: row?.max_relocate ?? entry?.max_relocate ?? null,
      failback: row?.failback ?? entry?.failback ?? null,
      comment: entry?.comment ?? null,
      configured: entry !== undefined,
      stateSinceMs: known !== undefined && known.state === state ? known.stateSinceMs : nowMs,
    };
  });
}

function toGuests(
  cluster: string,
  rows: readonly ClusterResource[],
  resources: readonly HaResource[],
  haKnown: boolean,
): Guest[] {
  const managed = new Set(resources.map((resource) => resource.vmid));
  return rows.flatMap((row): Guest[] => {
    if ((row.type !== 'qemu' && row.type !== 'lxc') || row.vmid === null) return [];
    const tags = row.tags;
    return [
      {
        id: `guest:${cluster}/${row.vmid}`,
        cluster,
        vmid: row.vmid,
        kind: row.type,
        name: row.name,
        node: row.node,
        status: row.status,
        haManaged:
          managed.has(row.vmid) || row.hastate !== null ? 'managed' : haKnown ? 'notManaged' : 'unknown',
        haState: row.hastate,
        template: row.template === true || row.template === 1,
        lock: typeof row.lock === 'string' ? row.lock : null,
        tags: typeof tags === 'string' ? tags.split(/[;,\s]+/).filter((tag) => tag !== '') : [],
        pool: row.pool,
        cpuRatio: row.cpu,
        maxCpu: row.maxcpu,
        memoryBytes: row.mem,
        maxMemoryBytes: row.maxmem,
        maxDiskBytes: row.maxdisk,
      },
    ];
  });
}

function prioritized(text: string | null): PrioritizedNode[] {
  return (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', priority = '0'] = part.split(':');
      return { name, priority: /^-?\d+$/.test(priority) ? Number(priority) : null };
    });
}
