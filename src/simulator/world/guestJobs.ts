import { applyPending } from './guestConfig.ts';
import { clearGuestLoad, refreshGuest } from './load.ts';
import { type ClusterWorld, type GuestWorld, moveGuest } from './model.ts';
import type { Random } from './random.ts';
import type { Task } from './tasks.ts';

type JobKind = 'start' | 'stop' | 'migrate' | 'relocate';

/** Told how a job ended and when. */
export type EndOfJob = (ok: boolean, nowMs: number) => void;

/** Work in progress on one guest. */
interface GuestJob {
  readonly kind: JobKind;
  readonly guest: GuestWorld;
  readonly node: string;
  readonly target: string | null;
  endsAtMs: number;
  /** A relocation stops first, then moves. */
  stopsAtMs: number | null;
  readonly task: Task;
  readonly onEnd: EndOfJob | null;
}

/** Runs starts, stops and moves of guests: each takes its time, has a task and ends well or not. */
export class GuestJobs {
  readonly #cluster: ClusterWorld;
  readonly #random: Random;
  readonly #jobs = new Map<number, GuestJob>();

  constructor(cluster: ClusterWorld, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
  }

  isBusy(vmid: number): boolean {
    return this.#jobs.has(vmid);
  }

  start(guest: GuestWorld, nowMs: number, onEnd: EndOfJob | null = null): void {
    this.#begin('start', guest, null, nowMs, this.#cluster.timings.guestStartMs, onEnd);
  }

  stop(guest: GuestWorld, nowMs: number, onEnd: EndOfJob | null = null): void {
    this.#begin('stop', guest, null, nowMs, this.#cluster.timings.guestStopMs, onEnd);
  }

  /** Moves a guest: running VMs live, everything else by stop and move. */
  move(
    kind: 'migrate' | 'relocate',
    guest: GuestWorld,
    target: string,
    nowMs: number,
    onEnd: EndOfJob | null = null,
  ): void {
    const { migrationMinMs, migrationMaxMs } = this.#cluster.timings;
    const duration = migrationMinMs + this.#random.next() * (migrationMaxMs - migrationMinMs);
    this.#begin(kind, guest, target, nowMs, duration, onEnd);
  }

  #begin(
    kind: JobKind,
    guest: GuestWorld,
    target: string | null,
    nowMs: number,
    durationMs: number,
    onEnd: EndOfJob | null,
  ): void {
    if (this.#jobs.has(guest.vmid)) return;
    const node = this.#cluster.store.guestNodes.get(guest.vmid) ?? '';
    const task = this.#cluster.tasks.start(node, taskType(kind, guest), String(guest.vmid), nowMs);
    if (target !== null) {
      guest.lock = 'migrate';
      const ip = this.#cluster.nodes.get(target)?.ip ?? '';
      const what = guest.type === 'qemu' ? 'VM' : 'CT';
      task.log.push(
        `${localStamp(nowMs)} starting migration of ${what} ${guest.vmid} to node '${target}' (${ip})`,
      );
    } else {
      task.log.push(
        `${kind === 'start' ? 'start' : 'shutdown'} ${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}: ${task.upid}`,
      );
    }
    this.#jobs.set(guest.vmid, {
      kind,
      guest,
      node,
      target,
      endsAtMs: nowMs + durationMs,
      stopsAtMs:
        kind === 'relocate' && guest.startedAtMs !== null ? nowMs + this.#cluster.timings.guestStopMs : null,
      task,
      onEnd,
    });
  }

  step(nowMs: number): void {
    for (const job of [...this.#jobs.values()]) {
      if (job.stopsAtMs !== null && nowMs >= job.stopsAtMs) {
        job.stopsAtMs = null;
        stopGuest(job.guest);
      }
      if (nowMs >= job.endsAtMs) this.#end(job, nowMs);
    }
  }

  /** A node died: what it was doing is lost. */
  dropNode(node: string, nowMs: number): void {
    for (const job of [...this.#jobs.values()]) {
      if (job.node !== node) continue;
      this.#jobs.delete(job.guest.vmid);
      if (job.target !== null) job.guest.lock = null;
      this.#cluster.tasks.finish(job.task, nowMs, 'unexpected status');
    }
  }

  #end(job: GuestJob, nowMs: number): void {
    this.#jobs.delete(job.guest.vmid);
    const { guest } = job;
    if (job.kind === 'start') startGuest(guest, nowMs, this.#random);
    else if (job.kind === 'stop') stopGuest(guest);
    else if (!this.#arrive(job, nowMs)) {
      guest.lock = null;
      this.#cluster.tasks.finish(job.task, nowMs, 'migration aborted');
      job.onEnd?.(false, nowMs);
      return;
    }
    this.#cluster.tasks.finish(job.task, nowMs);
    job.onEnd?.(true, nowMs);
  }

  /** Ends a move: the configuration changes node, which needs quorum and a living target. */
  #arrive(job: GuestJob, nowMs: number): boolean {
    const target = this.#cluster.nodes.get(job.target ?? '');
    if (target === undefined || !target.member || !this.#cluster.quorate) return false;
    job.task.log.push(
      `${localStamp(nowMs)} migration finished successfully (duration 00:00:${String(Math.min(59, Math.round((nowMs - job.task.starttime * 1000) / 1000))).padStart(2, '0')})`,
    );
    job.guest.lock = null;
    moveGuest(this.#cluster, job.guest, target.name);
    return true;
  }
}

/** Brings a guest up at once. */
export function startGuest(guest: GuestWorld, nowMs: number, random: Random): void {
  if (guest.template || guest.startedAtMs !== null) return;
  applyPending(guest);
  guest.status = 'running';
  guest.startedAtMs = nowMs;
  guest.pid = random.between(1500, 3_900_000);
  refreshGuest(guest, nowMs, 0);
}

/** Takes a guest down at once. */
export function stopGuest(guest: GuestWorld): void {
  guest.status = 'stopped';
  guest.startedAtMs = null;
  guest.pid = 0;
  clearGuestLoad(guest);
}

function taskType(kind: JobKind, guest: GuestWorld): string {
  const isVm = guest.type === 'qemu';
  if (kind === 'start') return isVm ? 'qmstart' : 'vzstart';
  if (kind === 'stop') return isVm ? 'qmshutdown' : 'vzshutdown';
  return isVm ? 'qmigrate' : 'vzmigrate';
}

function localStamp(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
}
