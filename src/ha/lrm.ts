import { agentLock } from './clusterLocks.ts';
import { type HaEnvironment, StoreFailure } from './haEnvironment.ts';
import { hasActiveServices, type LrmMode, type ManagerRecord, type ServiceState } from './haRecords.ts';
import { JobQueue } from './lrmJobs.ts';

export type LrmState = 'startup' | 'wait_for_agent_lock' | 'active' | 'maintenance' | 'lost_agent_lock';

/** What a node is shut down for. */
export type ShutdownKind = 'shutdown' | 'reboot';

/** Rounds without a service after which the lock is let go. */
const idleRounds = 60;
/** How long a restarting local manager waits for its lost lock before it gives up, seconds. */
const restartPatienceS = 90;

const noJobStates = new Set<ServiceState>(['recovery', 'freeze', 'request_start']);

/** Local resource manager of one node: does what the manager's record says, guarded by a watchdog. */
export class Lrm {
  readonly #env: HaEnvironment;
  readonly #jobs: JobQueue;
  readonly #hasAnyWritten: () => boolean;
  #state: LrmState = 'startup';
  #mode: LrmMode = 'active';
  #services: ManagerRecord['service_status'] = {};
  #view = 'unknown';
  #watchdog: number | null = null;
  #idle = 0;
  #wantsExit = false;
  #stateSinceS = 0;

  /** @param hasAnyWritten whether any local manager of the cluster ever wrote its record. */
  constructor(env: HaEnvironment, hasAnyWritten: () => boolean) {
    this.#env = env;
    this.#hasAnyWritten = hasAnyWritten;
    this.#jobs = new JobQueue(env);
    this.#become('wait_for_agent_lock');
  }

  get state(): LrmState {
    return this.#state;
  }

  get mode(): LrmMode {
    return this.#mode;
  }

  /**
   * Asks it to end, for a restart of the daemon (`null`) or because its node goes down. What becomes of the services is
   * the shutdown policy's choice.
   */
  requestShutdown(kind: ShutdownKind | null): void {
    if (this.#wantsExit) return;
    this.#wantsExit = true;
    const policy = this.#shutdownPolicy();
    if (kind !== null && policy !== 'migrate')
      for (const [sid, { node }] of Object.entries(this.#services))
        if (node === this.#env.node) this.#jobs.queueStop(sid);
    if (this.#mode !== 'maintenance') {
      if (kind === null) this.#mode = 'restart';
      else if (policy === 'migrate') this.#mode = 'maintenance';
      else if (policy === 'freeze' || (policy === 'conditional' && kind === 'reboot')) this.#mode = 'restart';
      else this.#mode = 'shutdown';
    }
    if (!this.#write()) this.#env.err();
  }

  /** One iteration; true when the daemon ends. */
  iterate(): boolean {
    const isUpdated = this.#env.isClusterUpdated();
    if (!this.#hasAnyWritten() && !this.#write()) return this.#wantsExit;
    this.#refresh();
    this.#transition();
    return this.#work(isUpdated);
  }

  #shutdownPolicy(): string {
    const policy = this.#env.datacenter().shutdownPolicy ?? 'conditional';
    if (['conditional', 'freeze', 'failover', 'migrate'].includes(policy)) return policy;
    this.#env.err();
    return 'conditional';
  }

  /** Reads what the manager wants; false when that cannot be read, and then the last reading stands. */
  #refresh(): boolean {
    let record: ManagerRecord;
    try {
      record = this.#env.readManager();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#env.err();
      return false;
    }
    const { node } = this.#env;
    this.#services = record.service_status;
    this.#view = record.node_status[node] ?? 'unknown';
    if (this.#wantsExit) return true;
    if (record.node_request[node]?.maintenance) this.#mode = 'maintenance';
    else if (record.disarm !== undefined) this.#mode = 'disarm';
    else if (this.#mode === 'maintenance' || this.#mode === 'disarm') this.#mode = 'active';
    return true;
  }

  #transition(): void {
    switch (this.#state) {
      case 'wait_for_agent_lock':
        if (this.#mode === 'disarm' || this.#isToBeFenced() || !this.#isBusy() || !this.#env.isQuorate())
          return;
        if (this.#takeLock()) this.#become('active');
        return;
      case 'lost_agent_lock':
        if (!this.#isToBeFenced() && this.#env.isQuorate() && this.#takeLock()) this.#become('active');
        return;
      case 'active':
        this.#transitionActive();
        return;
      case 'maintenance':
        this.#transitionMaintenance();
        return;
      default:
    }
  }

  #transitionActive(): void {
    if (this.#isToBeFenced()) {
      this.#env.err();
      this.#become('lost_agent_lock');
      return;
    }
    if (!this.#takeLock()) {
      this.#become('lost_agent_lock');
      return;
    }
    if (this.#mode === 'maintenance') {
      this.#become('maintenance');
      return;
    }
    if (this.#mode === 'disarm') {
      this.#jobs.run();
      if (this.#jobs.isWorking) return;
      this.#letGo();
      this.#become('wait_for_agent_lock');
      return;
    }
    const hasRecord = Object.values(this.#services).some(({ node }) => node === this.#env.node);
    if (hasRecord) {
      this.#idle = 0;
      return;
    }
    this.#jobs.run();
    this.#idle += 1;
    if (this.#idle <= idleRounds || this.#jobs.isWorking) return;
    this.#idle = 0;
    this.#letGo();
    this.#become('wait_for_agent_lock');
  }

  #transitionMaintenance(): void {
    if (this.#isToBeFenced()) {
      this.#env.err();
      this.#become('lost_agent_lock');
      return;
    }
    if (this.#mode === 'disarm' && !this.#isBusy()) {
      this.#jobs.run();
      if (this.#jobs.isWorking) return;
      this.#letGo();
      this.#become('wait_for_agent_lock');
      return;
    }
    if (this.#isBusy() && !this.#takeLock()) {
      this.#become('lost_agent_lock');
      return;
    }
    if (this.#mode !== 'maintenance') this.#become(this.#takeLock() ? 'active' : 'lost_agent_lock');
  }

  #work(isUpdated: boolean): boolean {
    switch (this.#state) {
      case 'wait_for_agent_lock':
        if (this.#wantsExit) return true;
        this.#write();
        return false;
      case 'active':
        return this.#workActive(isUpdated);
      case 'lost_agent_lock':
        return this.#workLost();
      case 'maintenance':
        return this.#workMaintenance();
      default:
        return false;
    }
  }

  #workActive(isUpdated: boolean): boolean {
    let ends = false;
    try {
      if (this.#refresh()) {
        if (!this.#wantsExit) {
          if (isUpdated) this.#manageResources();
        } else ends = this.#endActive();
      }
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#env.err();
    }
    this.#write();
    return ends;
  }

  #endActive(): boolean {
    this.#jobs.run();
    if (this.#jobs.isWorking) return false;
    if (this.#mode === 'restart') {
      if (this.#isBusy()) return false;
      this.#letGo();
      return true;
    }
    // Something still runs: the watchdog stays, so that the node is reset for sure.
    if (!this.#jobs.hasFailedStop) this.#letGo();
    return true;
  }

  #workLost(): boolean {
    if (!this.#wantsExit) return false;
    if (this.#isBusy()) {
      this.#env.err();
      if (this.#mode !== 'restart' || this.#env.now() - this.#stateSinceS <= restartPatienceS) return false;
      this.#env.err();
      return true;
    }
    this.#closeWatchdog();
    return true;
  }

  #workMaintenance(): boolean {
    if (!this.#refresh()) return true;
    let ends = false;
    if (!this.#isBusy()) {
      this.#letGo();
      ends = this.#wantsExit;
    }
    if (!ends) this.#manageResources();
    this.#write();
    return ends;
  }

  /** Queues a job for every service of this node and works them off. */
  #manageResources(): void {
    this.#jobs.forget(this.#services);
    for (const [sid, record] of Object.entries(this.#services))
      if (record.node === this.#env.node && record.uid !== '' && !noJobStates.has(record.state))
        this.#jobs.queue(sid, record);
    this.#jobs.run(this.#services);
  }

  /** Writes the record; false when that could not be done. */
  #write(): boolean {
    if (this.#state === 'lost_agent_lock' || !this.#env.isQuorate()) return false;
    try {
      this.#env.writeLrm({
        state: this.#state,
        mode: this.#mode,
        results: this.#jobs.results,
        timestamp: this.#env.now(),
      });
      return true;
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#env.err();
      return false;
    }
  }

  #isToBeFenced(): boolean {
    if (this.#view === 'fence') return true;
    return Object.values(this.#services).some(
      ({ state, node }) => state === 'fence' && node === this.#env.node,
    );
  }

  #isBusy(): boolean {
    return hasActiveServices(this.#services, this.#env.node);
  }

  get #lock(): string {
    return agentLock(this.#env.node);
  }

  #takeLock(): boolean {
    if (!this.#env.acquire(this.#lock)) return false;
    if (this.#watchdog === null) this.#watchdog = this.#env.openWatchdog();
    else this.#env.refreshWatchdog(this.#watchdog);
    return true;
  }

  #letGo(): void {
    this.#env.release(this.#lock);
    this.#closeWatchdog();
  }

  #closeWatchdog(): void {
    if (this.#watchdog !== null) this.#env.closeWatchdog(this.#watchdog);
    this.#watchdog = null;
  }

  #become(state: LrmState): void {
    if (state === this.#state) return;
    this.#env.emit('agent-state', { from: this.#state, to: state });
    this.#state = state;
    this.#stateSinceS = this.#env.now();
  }
}
