import type { HaEnvironment } from '../haEnvironment.ts';
import type { ClusterStores } from './clusterStores.ts';

type Attempt = 'start' | 'move';

/** Digits of a service that fails on purpose, `fa:abcdef`. */
interface Failures {
  readonly starts: number;
  readonly moves: number;
  readonly isUnstoppable: boolean;
  /** Only on this node; everywhere for `null`. */
  readonly node: string | null;
}

/** Which services run where, and how starting, stopping and moving them goes. */
export class SimulatedServices {
  readonly #stores: ClusterStores;
  readonly #running = new Map<string, Set<string>>();
  readonly #attempts: Readonly<Record<Attempt, Map<string, number>>> = { start: new Map(), move: new Map() };

  constructor(stores: ClusterStores) {
    this.#stores = stores;
  }

  isRunning(sid: string, node: string): boolean {
    return this.#running.get(node)?.has(sid) === true;
  }

  setRunning(sid: string, node: string, isRunning: boolean): void {
    const services = this.#running.get(node) ?? new Set();
    this.#running.set(node, services);
    if (isRunning) services.add(sid);
    else services.delete(sid);
  }

  powerOff(node: string): void {
    this.#running.delete(node);
  }

  start(sid: string, env: HaEnvironment): void {
    if (this.#fails(sid, 'start', env.node)) return;
    if (this.#isLocked(sid)) {
      env.err();
      return;
    }
    this.setRunning(sid, env.node, true);
  }

  stop(sid: string, env: HaEnvironment): void {
    if (failuresOf(sid)?.isUnstoppable === true) return;
    if (this.#isLocked(sid)) {
      env.err();
      return;
    }
    this.setRunning(sid, env.node, false);
  }

  /** Moves a service; it is started on its target by the local manager there. False when it stays. */
  transfer(sid: string, target: string, wanted: 'migrate' | 'relocate', env: HaEnvironment): boolean {
    if (this.#fails(sid, 'move', env.node)) return false;
    const isRunning = this.isRunning(sid, env.node);
    let mode = wanted;
    if (mode === 'migrate' && isRunning && sid.startsWith('ct:')) {
      // Containers cannot move while they run.
      env.warn();
      mode = 'relocate';
    }
    env.emit('transfer-start', { sid, mode, target });
    if (this.#isLocked(sid)) {
      env.err();
      return false;
    }
    if (mode === 'relocate' && isRunning) {
      env.emit('service-stop', { sid, why: 'relocate' });
      this.stop(sid, env);
      env.emit('service-status', { sid, status: 'stopped' });
    }
    const raw = this.#stores.rawService(sid);
    if (raw !== undefined) raw.node = target;
    env.emit('transfer-end', { sid, mode, target });
    this.setRunning(sid, env.node, false);
    return true;
  }

  #isLocked(sid: string): boolean {
    const lock = this.#stores.rawService(sid)?.lock;
    return lock !== undefined && lock !== '';
  }

  #fails(sid: string, attempt: Attempt, node: string): boolean {
    const failures = failuresOf(sid);
    if (failures === null) return false;
    const counts = this.#attempts[attempt];
    const count = (counts.get(sid) ?? 0) + 1;
    const isAffected = failures.node === null || failures.node === node;
    if (isAffected && (attempt === 'start' ? failures.starts : failures.moves) >= count) {
      counts.set(sid, count);
      return true;
    }
    counts.set(sid, 0);
    return false;
  }
}

function failuresOf(sid: string): Failures | null {
  const digits = /^fa:(\d+)$/.exec(sid)?.[1];
  if (digits === undefined) return null;
  const digit = (index: number): number => Number(digits[index] ?? 0);
  return {
    starts: digit(1),
    moves: digit(2),
    isUnstoppable: digit(3) !== 0,
    node: digit(5) === 0 ? null : `node${digit(5)}`,
  };
}
