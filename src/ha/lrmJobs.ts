import type { HaEnvironment } from './haEnvironment.ts';
import {
  byCodeUnit,
  type ExitCode,
  type JobResult,
  type ManagerRecord,
  type ServiceConfig,
  type ServiceRecord,
  type ServiceState,
  sortedKeys,
} from './haRecords.ts';

interface Job {
  readonly sid: string;
  readonly state: ServiceState;
  /** `null` for the stop of a service whose node goes down. */
  readonly uid: string | null;
  readonly target: string | null;
  readonly timeout: string | null;
}

const types = new Set(['vm', 'ct', 'fa']);

/** Jobs of a local manager: one per service, worked off in order, with restarts as often as configured. */
export class JobQueue {
  readonly #env: HaEnvironment;
  readonly #jobs = new Map<string, Job>();
  /** Begun and not at their end: a service has one job at a time. */
  readonly #underWay = new Map<string, Job>();
  readonly #retries = new Map<string, number>();
  #results: Record<string, JobResult> = {};
  /** A service could not be stopped for the shutdown. */
  hasFailedStop = false;

  constructor(env: HaEnvironment) {
    this.#env = env;
  }

  /** Results by uid. */
  get results(): Record<string, JobResult> {
    return { ...this.#results };
  }

  /** Something that was begun goes on. */
  get isWorking(): boolean {
    return this.#underWay.size > 0;
  }

  /** Queues what the record asks for; what was done already is done again only for stopped services. */
  queue(sid: string, { state, uid, target, timeout }: ServiceRecord): void {
    if (this.#underWay.has(sid)) return;
    if (this.#results[uid] !== undefined && state !== 'stopped') return;
    this.#jobs.set(sid, { sid, state, uid, target: target ?? null, timeout: timeout ?? null });
  }

  queueStop(sid: string): void {
    this.#jobs.set(sid, { sid, state: 'stopped', uid: null, target: null, timeout: null });
  }

  /** Forgets retries of services without a record. */
  forget(records: ManagerRecord['service_status']): void {
    for (const sid of this.#retries.keys()) if (records[sid] === undefined) this.#retries.delete(sid);
  }

  /**
   * Takes the results of what came to its end and works off all jobs.
   *
   * @throws StoreFailure when the configuration cannot be read.
   */
  run(records: ManagerRecord['service_status'] = {}): void {
    // Read even when nothing is queued: that the configuration can be read is part of the round.
    const services = this.#env.readServices();
    for (const [sid, job] of this.#underWay) {
      if (this.#env.isUnderWay(sid)) continue;
      this.#underWay.delete(sid);
      this.#finish(job, this.#outcome(job, services[sid]), services[sid], records);
    }
    for (const sid of [...this.#jobs.keys()].sort(byCodeUnit)) {
      const job = this.#jobs.get(sid);
      if (job === undefined || this.#underWay.has(sid)) continue;
      this.#jobs.delete(sid);
      const code = this.#execute(job, services[sid]);
      if (code === null) this.#underWay.set(sid, job);
      else this.#finish(job, code, services[sid], records);
    }
  }

  #finish(
    { sid, uid, state }: Job,
    code: ExitCode,
    config: ServiceConfig | undefined,
    records: ManagerRecord['service_status'],
  ): void {
    if (uid === null) {
      if (code !== 0) this.hasFailedStop = true;
      return;
    }
    const final = state === 'started' ? this.#restartPolicy(sid, code, config) : code;
    if (final !== 2) this.#results[uid] = { sid, state, exit_code: final };
    const known = new Set(sortedKeys(records).map((id) => records[id]?.uid));
    for (const id of Object.keys(this.#results)) if (!known.has(id)) delete this.#results[id];
  }

  /** A start that failed is tried again here until the limit; then the manager decides. */
  #restartPolicy(sid: string, code: ExitCode, config: ServiceConfig | undefined): ExitCode {
    if (code === 0) {
      this.#retries.delete(sid);
      return code;
    }
    if (code !== 1) return code;
    const count = this.#retries.get(sid) ?? 0;
    if (count >= (config?.maxRestart ?? 0)) {
      this.#env.err();
      this.#retries.delete(sid);
      return code;
    }
    this.#retries.set(sid, count + 1);
    this.#env.warn();
    return 2;
  }

  /** Does a job, or begins it: `null` while it goes on. */
  #execute(job: Job, config: ServiceConfig | undefined): ExitCode | null {
    const { sid, state } = job;
    const env = this.#env;
    const type = sid.split(':')[0] ?? '';
    if (!types.has(type)) return this.#fault(4);
    if (config === undefined) return this.#fault(7);
    if (state === 'error') return this.#fault(0);
    if (config.node !== env.node) return this.#fault(3);
    switch (state) {
      case 'started':
        return this.#start(sid);
      case 'stopped':
      case 'request_stop':
        return this.#stop(job);
      case 'migrate':
      case 'relocate':
      case 'request_start_balance':
        return this.#move(job, config);
      default:
        return this.#fault(5);
    }
  }

  #fault(code: ExitCode): ExitCode {
    this.#env.err();
    return code;
  }

  /** How a job that took its time ended. */
  #outcome({ sid, state, target }: Job, config: ServiceConfig | undefined): ExitCode {
    switch (state) {
      case 'started':
        return this.#startOutcome(sid);
      case 'stopped':
      case 'request_stop':
        return this.#stopOutcome(sid);
      default:
        return config !== undefined && config.node === target ? 0 : this.#fault(1);
    }
  }

  #start(sid: string): ExitCode | null {
    const env = this.#env;
    if (env.isRunning(sid, env.node)) return 0;
    env.emit('service-start', { sid });
    env.startService(sid);
    return env.isUnderWay(sid) ? null : this.#startOutcome(sid);
  }

  #startOutcome(sid: string): ExitCode {
    const env = this.#env;
    if (!env.isRunning(sid, env.node)) {
      env.warn();
      return 1;
    }
    env.emit('service-status', { sid, status: 'started' });
    return 0;
  }

  #stop({ sid, timeout }: Job): ExitCode | null {
    const env = this.#env;
    if (!env.isRunning(sid, env.node)) return 0;
    env.emit('service-stop', { sid, ...(timeout === null ? {} : { why: `timeout=${timeout}` }) });
    env.stopService(sid);
    return env.isUnderWay(sid) ? null : this.#stopOutcome(sid);
  }

  #stopOutcome(sid: string): ExitCode {
    const env = this.#env;
    if (env.isRunning(sid, env.node)) return 1;
    env.emit('service-status', { sid, status: 'stopped' });
    return 0;
  }

  #move({ sid, state, target }: Job, config: ServiceConfig): ExitCode | null {
    const env = this.#env;
    if (target === null || target === '') {
      env.err();
      env.err();
      return -1;
    }
    if (config.node === target) return 0;
    if (state === 'request_start_balance' && env.isRunning(sid, env.node)) return 8;
    const isMoved = env.transferService(sid, target, state === 'migrate' ? 'migrate' : 'relocate');
    if (!isMoved) return this.#fault(1);
    return env.isUnderWay(sid) ? null : 0;
  }
}
