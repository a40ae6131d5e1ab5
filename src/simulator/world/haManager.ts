import type { GuestJobs } from './guestJobs.ts';
import { stopGuest } from './guestJobs.ts';
import {
  type ClusterWorld,
  type DisarmMode,
  guestOfSid,
  type LrmStatus,
  type ManagerStatus,
  moveGuest,
  type NodeWorld,
  type ServiceRecord,
} from './model.ts';
import {
  feasibleRules,
  hasFailback,
  homeOf,
  type PlacementInput,
  partnersOf,
  selectNode,
} from './placement.ts';
import type { Random } from './random.ts';

const idleRoundsOfLrm = 60;
const idleRoundsOfCrm = 90;
const maxPasses = 8;
const nodeForgottenMs = 3_600_000;

interface LrmDaemon {
  nextRoundAtMs: number;
  idleRounds: number;
  /** Started anew with its node: whatever its status file says, it holds no lock. */
  isFresh: boolean;
}

type Command =
  | {
      readonly kind: 'move';
      readonly action: 'migrate' | 'relocate';
      readonly sid: string;
      readonly node: string;
    }
  | { readonly kind: 'disarm'; readonly mode: DisarmMode }
  | { readonly kind: 'arm' };

/**
 * A simple HA stack: one manager round every ten seconds on the master, one local round per node. It keeps the states,
 * the order and the delays of the real one, and leaves out start failures, shutdown policies and balancing.
 */
export class HaManager {
  readonly #cluster: ClusterWorld;
  readonly #jobs: GuestJobs;
  readonly #random: Random;
  readonly #lrms = new Map<string, LrmDaemon>();
  readonly #offlineSince = new Map<string, number>();
  readonly #queue: Command[] = [];
  #nextCrmRoundAtMs = 0;
  #idleRounds = 0;

  constructor(cluster: ClusterWorld, jobs: GuestJobs, random: Random) {
    this.#cluster = cluster;
    this.#jobs = jobs;
    this.#random = random;
  }

  step(nowMs: number): void {
    const { timings } = this.#cluster;
    for (const node of this.#cluster.nodes.values()) {
      if (!isAtWork(node)) continue;
      const daemon = this.#lrmOf(node, nowMs);
      if (nowMs < daemon.nextRoundAtMs) continue;
      this.#localRound(node, daemon, nowMs);
      const idle = this.#cluster.store.lrmStatus.get(node.name)?.state === 'wait_for_agent_lock';
      daemon.nextRoundAtMs = nowMs + (idle ? timings.lrmIdleRoundMs : timings.lrmActiveRoundMs);
    }
    if (nowMs < this.#nextCrmRoundAtMs) return;
    this.#nextCrmRoundAtMs = nowMs + timings.crmRoundMs;
    this.#managerRound(nowMs);
  }

  /** A node starts anew: its local daemon has no lock and no work. */
  onNodeBooted(node: NodeWorld, nowMs: number): void {
    const nextRoundAtMs = nowMs + this.#cluster.timings.stepMs * 2;
    this.#lrms.set(node.name, { nextRoundAtMs, idleRounds: 0, isFresh: true });
  }

  queueMove(sid: string, node: string, action: 'migrate' | 'relocate'): void {
    this.#queue.push({ kind: 'move', action, sid, node });
  }

  queueDisarm(mode: DisarmMode): void {
    this.#queue.push({ kind: 'disarm', mode });
  }

  queueArm(): void {
    this.#queue.push({ kind: 'arm' });
  }

  #lrmOf(node: NodeWorld, nowMs: number): LrmDaemon {
    let daemon = this.#lrms.get(node.name);
    if (daemon === undefined) {
      const spread = (node.nodeId % 10) * (this.#cluster.timings.lrmActiveRoundMs / 10);
      daemon = { nextRoundAtMs: nowMs + spread, idleRounds: 0, isFresh: false };
      this.#lrms.set(node.name, daemon);
    }
    return daemon;
  }

  // Local resource manager

  #localRound(node: NodeWorld, daemon: LrmDaemon, nowMs: number): void {
    const { store } = this.#cluster;
    const manager = store.managerStatus;
    const status: LrmStatus = store.lrmStatus.get(node.name) ?? {
      state: 'wait_for_agent_lock',
      mode: 'active',
      timestamp: 0,
      results: {},
    };
    if (daemon.isFresh) {
      daemon.isFresh = false;
      status.state = 'wait_for_agent_lock';
      status.results = {};
    }
    const records = Object.entries(manager?.service_status ?? {});
    const active = records.filter(([, record]) => isActiveOn(record, node.name));
    const inMaintenance = manager?.node_request?.[node.name]?.maintenance === 1;
    const fenced = records.some(([, record]) => record.state === 'fence' && record.node === node.name);
    if (manager?.disarm !== undefined && !active.some(([, record]) => isMoving(record))) {
      status.mode = 'disarm';
      status.state = 'wait_for_agent_lock';
    } else {
      status.mode = inMaintenance ? 'maintenance' : 'active';
      if (active.length > 0 && !fenced) {
        status.state = inMaintenance ? 'maintenance' : 'active';
        daemon.idleRounds = 0;
      } else if (inMaintenance) {
        status.state = 'wait_for_agent_lock';
      } else if (status.state !== 'wait_for_agent_lock') {
        daemon.idleRounds += 1;
        if (daemon.idleRounds > idleRoundsOfLrm || status.state === 'maintenance')
          status.state = 'wait_for_agent_lock';
      }
    }
    const uids = new Set(records.map(([, record]) => record.uid));
    for (const uid of Object.keys(status.results)) if (!uids.has(uid)) delete status.results[uid];
    status.timestamp = Math.floor(nowMs / 1000);
    store.lrmStatus.set(node.name, status);
    if (status.state === 'wait_for_agent_lock') return;
    for (const [sid, record] of records) {
      if (record.node === node.name) this.#work(status, sid, record, nowMs);
    }
  }

  #work(status: LrmStatus, sid: string, record: ServiceRecord, nowMs: number): void {
    const guest = guestOfSid(this.#cluster, sid);
    if (guest === undefined || this.#jobs.isBusy(guest.vmid) || status.results[record.uid] !== undefined)
      return;
    const { uid } = record;
    const report = (state: string, ok: boolean): void => {
      status.results[uid] = { sid, state, exit_code: ok ? 0 : 1 };
    };
    if (record.state === 'started') {
      if (guest.startedAtMs !== null) report('started', true);
      else this.#jobs.start(guest, nowMs, (ok) => report('started', ok));
    } else if (record.state === 'request_stop') {
      if (guest.startedAtMs === null) report('request_stop', true);
      else this.#jobs.stop(guest, nowMs, (ok) => report('request_stop', ok));
    } else if (record.state === 'stopped') {
      if (guest.startedAtMs !== null) this.#jobs.stop(guest, nowMs);
    } else if ((record.state === 'migrate' || record.state === 'relocate') && record.target !== undefined) {
      const state = record.state;
      const live = state === 'migrate' && guest.startedAtMs !== null;
      this.#jobs.move(live ? 'migrate' : 'relocate', guest, record.target, nowMs, (ok) => report(state, ok));
    }
  }

  // Cluster resource manager

  #managerRound(nowMs: number): void {
    const { store, timings } = this.#cluster;
    if (store.managerStatus === null) {
      if (store.resources.size === 0) return;
      store.managerStatus = {
        master_node: this.#firstMember(),
        timestamp: 0,
        node_status: {},
        service_status: {},
      };
    }
    const manager = store.managerStatus;
    const master = this.#cluster.nodes.get(manager.master_node);
    if (master === undefined || !isAtWork(master)) {
      const lostAt = master?.lostAtMs ?? manager.timestamp * 1000;
      if (nowMs - lostAt < timings.lockTimeoutMs) return;
      manager.master_node = this.#firstMember();
      this.#offlineSince.clear();
    }
    if (
      store.resources.size === 0 &&
      Object.keys(manager.service_status).length === 0 &&
      manager.disarm === undefined
    ) {
      this.#idleRounds += 1;
      if (this.#idleRounds > idleRoundsOfCrm) return;
    } else this.#idleRounds = 0;

    this.#updateNodeViews(manager, nowMs);
    this.#takeCommands(manager);
    if (manager.disarm === undefined) this.#takeConfiguration(manager);
    if (!this.#isHeldByDisarm(manager)) {
      const input = this.#placementInput(manager);
      for (let pass = 0; pass < maxPasses; pass += 1) {
        if (!this.#servicePass(manager, input, nowMs)) break;
      }
    }
    manager.timestamp = Math.floor(nowMs / 1000);
  }

  #firstMember(): string {
    const members = [...this.#cluster.nodes.values()].filter(isAtWork).map((node) => node.name);
    return members.sort()[0] ?? '';
  }

  #updateNodeViews(manager: ManagerStatus, nowMs: number): void {
    for (const node of this.#cluster.nodes.values()) {
      const view = manager.node_status[node.name];
      if (node.member) {
        this.#offlineSince.delete(node.name);
        const drained = this.#cluster.store.lrmStatus.get(node.name)?.mode === 'maintenance';
        if (view !== 'fence') manager.node_status[node.name] = drained ? 'maintenance' : 'online';
      } else {
        if (!this.#offlineSince.has(node.name)) this.#offlineSince.set(node.name, nowMs);
        if (view === 'online' || view === undefined) manager.node_status[node.name] = 'unknown';
        if (view === 'maintenance' && this.#cluster.store.lrmStatus.get(node.name)?.mode !== 'maintenance') {
          manager.node_status[node.name] = 'unknown';
        }
      }
    }
    for (const name of Object.keys(manager.node_status)) {
      if (this.#cluster.nodes.has(name)) continue;
      const since = this.#offlineSince.get(name) ?? nowMs;
      this.#offlineSince.set(name, since);
      manager.node_status[name] = 'gone';
      if (nowMs - since > nodeForgottenMs) delete manager.node_status[name];
    }
  }

  #takeCommands(manager: ManagerStatus): void {
    for (const command of this.#queue.splice(0)) {
      if (command.kind === 'disarm') manager.disarm ??= { mode: command.mode, state: 'disarming' };
      else if (command.kind === 'arm') this.#arm(manager);
      else this.#takeMove(manager, command);
    }
  }

  #takeMove(manager: ManagerStatus, command: Extract<Command, { kind: 'move' }>): void {
    const record = manager.service_status[command.sid];
    if (
      record === undefined ||
      manager.node_status[command.node] !== 'online' ||
      record.node === command.node
    )
      return;
    const rules = feasibleRules(this.#cluster);
    const blocked = partnersOf({ rules }, command.sid, 'negative').some((partner) => {
      const other = manager.service_status[partner];
      return other !== undefined && (other.node === command.node || other.target === command.node);
    });
    if (blocked) return;
    record.cmd = [command.action, command.node];
    for (const partner of partnersOf({ rules }, command.sid, 'positive')) {
      const other = manager.service_status[partner];
      if (other !== undefined && other.node !== command.node) other.cmd = [command.action, command.node];
    }
  }

  #arm(manager: ManagerStatus): void {
    if (manager.disarm === undefined) return;
    for (const [sid, record] of Object.entries(manager.service_status)) {
      if (manager.disarm.mode === 'ignore') {
        record.node = homeOf(this.#cluster, sid) ?? record.node;
        record.uid = this.#newUid();
      }
    }
    delete manager.disarm;
  }

  /** While disarming, services are frozen or left alone; true when services must not be processed. */
  #isHeldByDisarm(manager: ManagerStatus): boolean {
    const { disarm } = manager;
    if (disarm === undefined) {
      for (const [sid, record] of Object.entries(manager.service_status)) {
        if (record.state === 'freeze')
          this.#enter(record, this.#isWantedRunning(sid) ? 'started' : 'request_stop');
      }
      return false;
    }
    const records = Object.values(manager.service_status);
    if (records.some((record) => isMoving(record) || record.state === 'fence' || record.state === 'recovery'))
      return false;
    if (disarm.mode === 'freeze') {
      for (const record of records) {
        if (record.state !== 'freeze' && record.state !== 'error') this.#enter(record, 'freeze');
      }
    }
    const waiting = [...this.#cluster.nodes.values()].some(
      (node) => node.member && this.#cluster.store.lrmStatus.get(node.name)?.mode !== 'disarm',
    );
    disarm.state = waiting ? 'disarming' : 'disarmed';
    return true;
  }

  #takeConfiguration(manager: ManagerStatus): void {
    const { store } = this.#cluster;
    for (const [sid, resource] of store.resources) {
      if (resource.state === 'ignored' || manager.service_status[sid] !== undefined) continue;
      const node = homeOf(this.#cluster, sid);
      if (node === undefined) continue;
      const state = this.#isWantedRunning(sid) ? 'request_start' : 'request_stop';
      manager.service_status[sid] = { state, node, uid: this.#newUid() };
    }
    for (const sid of Object.keys(manager.service_status)) {
      const resource = store.resources.get(sid);
      if (resource === undefined || resource.state === 'ignored') delete manager.service_status[sid];
    }
  }

  #placementInput(manager: ManagerStatus): PlacementInput {
    const serviceCount = new Map<string, number>();
    for (const record of Object.values(manager.service_status)) {
      const at = record.target ?? record.node;
      serviceCount.set(at, (serviceCount.get(at) ?? 0) + 1);
    }
    return {
      cluster: this.#cluster,
      online: Object.keys(manager.node_status)
        .filter((name) => manager.node_status[name] === 'online')
        .sort(),
      rules: feasibleRules(this.#cluster),
      services: manager.service_status,
      serviceCount,
    };
  }

  #servicePass(manager: ManagerStatus, input: PlacementInput, nowMs: number): boolean {
    let changed = false;
    for (const sid of Object.keys(manager.service_status).sort()) {
      const record = manager.service_status[sid];
      if (record === undefined) continue;
      const before = record.state;
      this.#next(manager, input, sid, record, nowMs);
      if (record.state !== before) changed = true;
    }
    return this.#settleFencing(manager, nowMs) || changed;
  }

  /** One step of one service. */
  #next(
    manager: ManagerStatus,
    input: PlacementInput,
    sid: string,
    record: ServiceRecord,
    nowMs: number,
  ): void {
    const wanted = this.#cluster.store.resources.get(sid)?.state ?? 'started';
    const result = this.#cluster.store.lrmStatus.get(record.node)?.results[record.uid];
    if (record.state !== 'recovery' && record.state !== 'fence' && record.state !== 'error') {
      const mayFence = !(record.state === 'stopped' && wanted === 'disabled') && record.state !== 'freeze';
      if (mayFence && this.#isLost(manager, record.node, nowMs)) {
        this.#enter(record, 'fence');
        manager.node_status[record.node] = 'fence';
        return;
      }
    }
    switch (record.state) {
      case 'request_start':
      case 'request_start_balance':
        this.#enter(record, 'started');
        return;
      case 'request_stop':
        if (result?.state === 'request_stop')
          this.#enter(record, result.exit_code === 0 ? 'stopped' : 'error');
        return;
      case 'stopped':
        if (record.cmd !== undefined) this.#move(record, 'relocate', record.cmd[1]);
        else if (wanted === 'started' || wanted === 'enabled') this.#enter(record, 'request_start');
        return;
      case 'started':
        this.#nextStarted(manager, input, sid, record, wanted, result);
        return;
      case 'migrate':
      case 'relocate':
        if (result === undefined) return;
        this.#arrived(sid, record, result.exit_code === 0);
        return;
      case 'recovery':
        this.#recover(input, sid, record, wanted);
        return;
      case 'error':
        if (wanted === 'disabled') this.#enter(record, 'stopped');
        return;
      default:
        return;
    }
  }

  #nextStarted(
    manager: ManagerStatus,
    input: PlacementInput,
    sid: string,
    record: ServiceRecord,
    wanted: string,
    result: { exit_code: number } | undefined,
  ): void {
    if (wanted === 'stopped' || wanted === 'disabled') {
      this.#enter(record, 'request_stop');
      return;
    }
    const moveKind = sid.startsWith('vm:') ? 'migrate' : 'relocate';
    if (record.cmd !== undefined) {
      const [action, target] = record.cmd;
      delete record.cmd;
      if (manager.node_status[target] === 'online' && target !== record.node) {
        this.#move(record, sid.startsWith('vm:') ? action : 'relocate', target);
        return;
      }
    }
    if (result !== undefined) {
      if (result.exit_code === 0) record.running = 1;
      record.uid = this.#newUid();
    }
    if (manager.node_status[record.node] === 'maintenance') {
      const target = selectNode(input, sid, record.node, { stay: false, failback: true });
      if (target === null) return;
      record.maintenance_node ??= record.node;
      this.#move(record, moveKind, target);
      this.#count(input, record);
      return;
    }
    const origin = record.maintenance_node;
    if (origin === record.node) delete record.maintenance_node;
    else if (origin !== undefined && manager.node_status[origin] === 'online') {
      this.#move(record, moveKind, origin);
      return;
    }
    if (origin !== undefined || manager.node_status[record.node] !== 'online') return;
    const target = selectNode(input, sid, record.node, {
      stay: true,
      failback: hasFailback(this.#cluster, sid),
    });
    if (target !== null && target !== record.node) {
      this.#move(record, moveKind, target);
      this.#count(input, record);
    }
  }

  #arrived(sid: string, record: ServiceRecord, ok: boolean): void {
    if (ok && record.target !== undefined) record.node = record.target;
    if (record.maintenance_node === record.node) delete record.maintenance_node;
    this.#enter(record, this.#isWantedRunning(sid) ? 'started' : 'request_stop');
  }

  #recover(input: PlacementInput, sid: string, record: ServiceRecord, wanted: string): void {
    if (wanted === 'disabled') {
      this.#enter(record, 'stopped');
      return;
    }
    const node = selectNode(input, sid, record.node, { stay: false, failback: true });
    const guest = guestOfSid(this.#cluster, sid);
    if (node === null || guest === undefined) return;
    stopGuest(guest);
    guest.lock = null;
    moveGuest(this.#cluster, guest, node);
    record.node = node;
    this.#count(input, record);
    this.#enter(record, wanted === 'stopped' ? 'request_stop' : 'started');
  }

  /** Fenced nodes whose lock is free are taken over: their services go into recovery. */
  #settleFencing(manager: ManagerStatus, nowMs: number): boolean {
    let changed = false;
    for (const [name, view] of Object.entries(manager.node_status)) {
      if (view !== 'fence') continue;
      const lastSeenMs = (this.#cluster.store.lrmStatus.get(name)?.timestamp ?? 0) * 1000;
      const node = this.#cluster.nodes.get(name);
      const lockFreeAt = Math.max(lastSeenMs, node?.lostAtMs ?? 0) + this.#cluster.timings.lockTimeoutMs;
      if (nowMs < lockFreeAt && !(node?.member === true)) continue;
      manager.node_status[name] = node?.member === true ? 'online' : 'unknown';
      for (const record of Object.values(manager.service_status)) {
        if (record.state === 'fence' && record.node === name) this.#enter(record, 'recovery');
      }
      changed = true;
    }
    return changed;
  }

  #isLost(manager: ManagerStatus, node: string, nowMs: number): boolean {
    const view = manager.node_status[node];
    if (view === 'fence') return true;
    if (view !== 'unknown' && view !== 'gone' && view !== undefined) {
      if (view !== 'maintenance' || this.#cluster.nodes.get(node)?.member === true) return false;
    }
    const since = this.#offlineSince.get(node);
    return since !== undefined && nowMs - since >= this.#cluster.timings.fenceDelayMs;
  }

  #isWantedRunning(sid: string): boolean {
    const state = this.#cluster.store.resources.get(sid)?.state ?? 'started';
    return state === 'started' || state === 'enabled';
  }

  #move(record: ServiceRecord, action: 'migrate' | 'relocate', target: string): void {
    this.#enter(record, action);
    record.target = target;
  }

  #count(input: PlacementInput, record: ServiceRecord): void {
    const at = record.target ?? record.node;
    input.serviceCount.set(at, (input.serviceCount.get(at) ?? 0) + 1);
  }

  #enter(record: ServiceRecord, state: ServiceRecord['state']): void {
    record.state = state;
    record.uid = this.#newUid();
    delete record.running;
    delete record.target;
    delete record.cmd;
  }

  #newUid(): string {
    return newUid(this.#random);
  }
}

/** Identifier of one state of one service, as the manager makes them: 16 random bytes in base64 without padding. */
export function newUid(random: Random): string {
  return Buffer.from(random.hex(32), 'hex').toString('base64').replaceAll('=', '');
}

/** A daemon works only on a node that runs and hears the others, even before membership notices otherwise. */
function isAtWork(node: NodeWorld): boolean {
  return node.member && node.lostAtMs === null;
}

function isActiveOn(record: ServiceRecord, node: string): boolean {
  if (record.node !== node && record.target !== node) return false;
  return !['stopped', 'freeze', 'error', 'request_start'].includes(record.state);
}

function isMoving(record: ServiceRecord): boolean {
  return record.state === 'migrate' || record.state === 'relocate';
}
