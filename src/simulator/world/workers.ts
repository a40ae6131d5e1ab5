import { type TaskFault, TaskFaults } from '../faults/taskFault.ts';
import type { ClusterWorld } from './model.ts';
import type { Task } from './tasks.ts';

/** A part of a task's work: what is done once a share of its time has passed. What it throws ends the task. */
export interface Stage {
  /** 0 at once, 1 at the end. */
  readonly share: number;
  run(task: Task, nowMs: number): void;
}

/** Work that a write hands to a task. */
export interface NewWork {
  readonly node: string;
  /** Task type such as `qmcreate`. */
  readonly type: string;
  /** What the task's identifier names: a guest's number, as a rule. */
  readonly id: string;
  readonly user: string;
  /** Guests nobody else may work on meanwhile. */
  readonly holds: readonly number[];
  readonly durationMs: number;
  readonly stages: readonly Stage[];
  /** Cleans up when the task fails or is stopped. Not called when its node dies or loses quorum. */
  undo?(task: Task, nowMs: number): void;
}

interface Work extends NewWork {
  readonly task: Task;
  readonly startedAtMs: number;
  readonly fault: TaskFault | null;
  readonly warning: TaskFault | null;
  done: number;
}

/** Share of a task's time after which the fault `fail` ends it. */
const failsAtShare = 0.5;

/** Runs the tasks that writes start: each takes its time and ends well or with an error text. */
export class Workers {
  readonly faults = new TaskFaults();
  readonly #cluster: ClusterWorld;
  readonly #works = new Map<string, Work>();

  constructor(cluster: ClusterWorld) {
    this.#cluster = cluster;
  }

  /** Starts a task; its first stages run at once. A task that finds its guest in another's hands ends without any. */
  start(work: NewWork, nowMs: number): Task {
    const task = this.#cluster.tasks.start(work.node, work.type, work.id, nowMs, work.user);
    const busy = work.holds.find((held) => this.holds(held));
    if (busy !== undefined) {
      this.#cluster.tasks.finish(task, nowMs, lockTimeout(this.#cluster, busy));
      return task;
    }
    const vmid = work.holds[0] ?? Number(work.id);
    const slow = this.faults.take('slow', work.type, vmid);
    const running: Work = {
      ...work,
      durationMs: work.durationMs * (slow === null ? 1 : (slow.factor ?? 10)),
      task,
      startedAtMs: nowMs,
      fault: this.faults.take('fail', work.type, vmid),
      warning: this.faults.take('warn', work.type, vmid),
      done: 0,
    };
    this.#works.set(task.upid, running);
    this.#advance(running, nowMs);
    return task;
  }

  /** True while a task works on the guest. */
  holds(vmid: number): boolean {
    return [...this.#works.values()].some(({ holds }) => holds.includes(vmid));
  }

  /** Ends a task before its time; false when it does not run here. */
  stop(upid: string, nowMs: number): boolean {
    const work = this.#works.get(upid);
    if (work === undefined) return false;
    this.#fail(work, nowMs, 'interrupted by signal');
    return true;
  }

  step(nowMs: number): void {
    for (const work of [...this.#works.values()]) this.#advance(work, nowMs);
  }

  #advance(work: Work, nowMs: number): void {
    const node = this.#cluster.nodes.get(work.node);
    if (node?.power !== 'on') {
      this.#end(work, nowMs, 'unexpected status');
      return;
    }
    const share = work.durationMs <= 0 ? 1 : (nowMs - work.startedAtMs) / work.durationMs;
    for (const stage of work.stages.slice(work.done)) {
      if (work.fault !== null && stage.share > failsAtShare) break;
      if (stage.share > share) return;
      // Without quorum the cluster file system takes no writes.
      if (!node.member || !this.#cluster.quorate) {
        const path = `/etc/pve/nodes/${work.node}/${work.type.startsWith('vz') ? 'lxc' : 'qemu-server'}/${work.holds[0] ?? work.id}.conf`;
        this.#end(work, nowMs, `unable to open file '${path}.tmp.${work.task.pid}' - Permission denied`);
        return;
      }
      work.done += 1;
      try {
        stage.run(work.task, nowMs);
      } catch (error) {
        this.#fail(work, nowMs, error instanceof Error ? error.message : String(error));
        return;
      }
    }
    if (work.fault !== null && share >= failsAtShare) {
      this.#fail(work, nowMs, work.fault.error ?? 'command failed: got signal 9');
      return;
    }
    if (share < 1) return;
    if (work.warning !== null) work.task.log.push(`WARN: ${work.warning.error ?? 'something looks odd'}`);
    this.#end(work, nowMs, work.warning === null ? 'OK' : 'WARNINGS: 1');
  }

  #fail(work: Work, nowMs: number, message: string): void {
    work.undo?.(work.task, nowMs);
    this.#end(work, nowMs, message.replace(/\n$/, ''));
  }

  #end(work: Work, nowMs: number, status: string): void {
    this.#works.delete(work.task.upid);
    this.#cluster.tasks.finish(work.task, nowMs, status);
    this.#cluster.revision += 1;
  }
}

/** What a call or a task ends with that waited in vain for a guest's file lock. */
export function lockTimeout(cluster: ClusterWorld, vmid: number): string {
  const file =
    cluster.guests.get(vmid)?.type === 'lxc'
      ? `/run/lock/lxc/pve-config-${vmid}.lock`
      : `/var/lock/qemu-server/lock-${vmid}.conf`;
  return `can't lock file '${file}' - got timeout`;
}
