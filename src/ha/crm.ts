import { managerLock } from './clusterLocks.ts';
import { type HaEnvironment, RoundFailure, StoreFailure } from './haEnvironment.ts';
import type { ManagerRecord } from './haRecords.ts';
import { Manager } from './manager/manager.ts';

export type CrmState = 'startup' | 'wait_for_quorum' | 'slave' | 'master' | 'lost_manager_lock';

/** Rounds without anything to do after which a master steps down. */
const idleRounds = 90;

/** Cluster resource manager of one node: waits for quorum, wants to be master, and as master runs the manager. */
export class Crm {
  readonly #env: HaEnvironment;
  readonly #newUid: () => string;
  #state: CrmState = 'startup';
  #manager: Manager | null = null;
  #watchdog: number | null = null;
  #idle = 0;
  /** HA is disarmed: the master needs no watchdog. */
  #isDisarmed = false;
  #wantsExit = false;

  constructor(env: HaEnvironment, newUid: () => string) {
    this.#env = env;
    this.#newUid = newUid;
    this.#become('wait_for_quorum');
  }

  get state(): CrmState {
    return this.#state;
  }

  /** Asks it to end; it does so in its next iteration. */
  requestExit(): void {
    this.#wantsExit = true;
  }

  /** One iteration; true when the daemon ends. */
  iterate(): boolean {
    const isUpdated = this.#env.isClusterUpdated();
    this.#transition(isUpdated);
    return this.#work(isUpdated);
  }

  #transition(isUpdated: boolean): void {
    switch (this.#state) {
      case 'wait_for_quorum':
        if (this.#mayBecomeActive(isUpdated)) this.#become(this.#takeLock() ? 'master' : 'slave');
        return;
      case 'slave':
        if (!this.#mayBecomeActive(isUpdated)) this.#become('wait_for_quorum');
        else if (this.#takeLock()) this.#become('master');
        return;
      case 'lost_manager_lock':
        if (this.#healthyRecord(isUpdated) !== null && this.#takeLock()) this.#become('master');
        return;
      case 'master':
        if (!this.#takeLock()) this.#become('lost_manager_lock');
        else this.#countIdle(isUpdated);
        return;
      default:
    }
  }

  #work(isUpdated: boolean): boolean {
    switch (this.#state) {
      case 'master':
        if (this.#wantsExit) {
          this.#closeWatchdog();
          this.#env.release(managerLock);
          return true;
        }
        if (isUpdated) this.#runManager();
        return false;
      case 'lost_manager_lock':
        this.#closeWatchdog();
        if (this.#wantsExit) return true;
        this.#become('wait_for_quorum');
        return false;
      default:
        return this.#wantsExit;
    }
  }

  #runManager(): void {
    const manager = this.#manager;
    if (manager === null) return;
    try {
      manager.round();
    } catch (error) {
      if (!(error instanceof StoreFailure || error instanceof RoundFailure)) throw error;
      this.#env.err();
      return;
    }
    if (manager.isFullyDisarmed && !this.#isDisarmed) {
      this.#closeWatchdog();
      this.#isDisarmed = true;
    } else if (!manager.isFullyDisarmed) this.#isDisarmed = false;
  }

  #countIdle(isUpdated: boolean): void {
    if (!this.#mayGoIdle(isUpdated)) {
      this.#idle = 0;
      return;
    }
    this.#idle += 1;
    if (this.#idle <= idleRounds) return;
    this.#idle = 0;
    this.#env.release(managerLock);
    this.#closeWatchdog();
    this.#become('wait_for_quorum');
  }

  /** The stored record when this node may act on it; `null` when it may not. */
  #healthyRecord(isUpdated: boolean): ManagerRecord | null {
    let record: ManagerRecord;
    try {
      record = this.#env.readManager();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#env.err();
      return null;
    }
    if (!this.#env.isQuorate() || !isUpdated) return null;
    const isBeingFenced = Object.values(record.service_status).some(
      ({ state, node }) => state === 'fence' && node === this.#env.node,
    );
    return isBeingFenced ? null : record;
  }

  /** Number of configured services; `null` when the configuration cannot be read. */
  #serviceCount(): number | null {
    try {
      return Object.keys(this.#env.readServices()).length;
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#env.err();
      return null;
    }
  }

  #mayBecomeActive(isUpdated: boolean): boolean {
    const record = this.#healthyRecord(isUpdated);
    if (record === null) return false;
    const count = this.#serviceCount();
    if (count === null) return false;
    if (count > 0) return true;
    // Without services somebody is needed only to finish what was begun, and only if nobody else is at it.
    const { master_node: master, node_status: views, node_request: requests } = record;
    const isLeft = master === undefined || views[master] !== 'online' || master === this.#env.node;
    if (!isLeft) return false;
    const wasMaintained = Object.keys(views).some(
      (node) => views[node] === 'maintenance' && !requests[node]?.maintenance,
    );
    return (
      wasMaintained ||
      this.#env.hasQueued() ||
      Object.keys(record.service_status).length > 0 ||
      record.disarm !== undefined
    );
  }

  #mayGoIdle(isUpdated: boolean): boolean {
    const record = this.#healthyRecord(isUpdated);
    if (record === null || record.disarm !== undefined) return false;
    return this.#serviceCount() === 0 && Object.keys(record.service_status).length === 0;
  }

  #takeLock(): boolean {
    if (!this.#env.acquire(managerLock)) return false;
    if (this.#watchdog !== null) this.#env.refreshWatchdog(this.#watchdog);
    else if (!this.#isDisarmed) {
      if (this.#isStoredDisarmed()) this.#isDisarmed = true;
      else this.#watchdog = this.#env.openWatchdog();
    }
    return true;
  }

  #isStoredDisarmed(): boolean {
    try {
      return this.#env.readManager().disarm?.state === 'disarmed';
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return false;
    }
  }

  #closeWatchdog(): void {
    if (this.#watchdog !== null) this.#env.closeWatchdog(this.#watchdog);
    this.#watchdog = null;
  }

  #become(state: CrmState): void {
    if (state === this.#state) return;
    this.#env.emit('agent-state', { from: this.#state, to: state });
    this.#state = state;
    this.#manager = state === 'master' ? new Manager(this.#env, this.#newUid) : null;
  }
}
