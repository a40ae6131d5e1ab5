import type { Random } from './random.ts';

/** One worker task; times in seconds since the epoch. */
export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  endtime?: number;
  /** `OK`, `WARNINGS: n` or an error text; absent while running. */
  status?: string;
  readonly log: string[];
}

const maxTasksPerNode = 1000;

/** Tasks by node, newest first, bounded. */
export class TaskStore {
  readonly #byNode = new Map<string, Task[]>();
  readonly #byUpid = new Map<string, Task>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Starts a task that runs until {@link finish} is called for it. */
  start(node: string, type: string, id: string, nowMs: number, user = 'root@pam'): Task {
    const pid = this.#random.between(1200, 3_900_000);
    const pstart = Math.floor(nowMs / 10) % 0x7fffffff;
    const starttime = Math.floor(nowMs / 1000);
    const upid = `UPID:${node}:${hex8(pid)}:${hex8(pstart)}:${hex8(starttime)}:${type}:${id}:${user}:`;
    const task: Task = { upid, node, pid, pstart, starttime, type, id, user, log: [] };
    const list = this.#byNode.get(node) ?? [];
    list.unshift(task);
    this.#byNode.set(node, list);
    this.#byUpid.set(upid, task);
    // The oldest go, but never one that still runs.
    const oldest =
      list.length > maxTasksPerNode ? list.findLastIndex(({ endtime }) => endtime !== undefined) : -1;
    if (oldest >= 0) for (const dropped of list.splice(oldest, 1)) this.#byUpid.delete(dropped.upid);
    return task;
  }

  finish(task: Task, nowMs: number, status = 'OK'): void {
    task.endtime = Math.max(task.starttime, Math.floor(nowMs / 1000));
    task.status = status;
    const isGood = status === 'OK' || status.startsWith('WARNINGS: ');
    task.log.push(isGood ? `TASK ${status}` : `TASK ERROR: ${status}`);
  }

  /** Newest first. */
  ofNode(node: string): readonly Task[] {
    return this.#byNode.get(node) ?? [];
  }

  byUpid(upid: string): Task | undefined {
    return this.#byUpid.get(upid);
  }
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
