import type { GuestWorld, NodeWorld } from './model.ts';
import { wander } from './random.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What a running guest uses at a moment; pure, so that series and present values agree. */
export interface GuestLoad {
  /** Share of its cores, 0..1. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly netInBytesPerSecond: number;
  readonly netOutBytesPerSecond: number;
  readonly diskReadBytesPerSecond: number;
  readonly diskWriteBytesPerSecond: number;
}

/** Load of a running guest at a time: a daily curve, an hourly drift and a short ripple. */
export function guestLoadAt(guest: GuestWorld, timeMs: number): GuestLoad {
  const day = 0.5 - 0.5 * Math.cos(((timeMs / (24 * hourMs)) % 1) * 2 * Math.PI - 0.6);
  const drift = wander(guest.loadKey, timeMs, 2 * hourMs);
  const ripple = wander(guest.loadKey ^ 0x5bd1, timeMs, 2 * minuteMs);
  const activity = 0.35 + 0.35 * day + 0.5 * drift + 0.6 * (ripple - 0.4);
  const cpu = clamp(guest.busyness * Math.max(0.05, activity), 0.001, 1);
  const memoryShare = clamp(0.32 + 0.35 * guest.busyness + 0.2 * drift + 0.02 * ripple, 0.08, 0.97);
  const traffic = guest.busyness * activity * guest.cores;
  return {
    cpu,
    memoryBytes: Math.floor(guest.memoryBytes * memoryShare),
    netInBytesPerSecond: Math.max(40, traffic * 260_000),
    netOutBytesPerSecond: Math.max(30, traffic * 410_000),
    diskReadBytesPerSecond: guest.type === 'qemu' || ripple > 0.3 ? Math.max(0, traffic * 90_000) : 0,
    diskWriteBytesPerSecond: Math.max(20, traffic * 150_000),
  };
}

/** Recomputes a running guest's values and moves its counters on by `elapsedMs`. */
export function refreshGuest(guest: GuestWorld, nowMs: number, elapsedMs: number): void {
  if (guest.startedAtMs === null) {
    clearGuestLoad(guest);
    return;
  }
  const load = guestLoadAt(guest, nowMs);
  const seconds = elapsedMs / 1000;
  guest.cpu = guest.status === 'paused' ? 0 : load.cpu;
  guest.usedMemoryBytes = load.memoryBytes;
  guest.netInBytes += Math.floor(load.netInBytesPerSecond * seconds);
  guest.netOutBytes += Math.floor(load.netOutBytesPerSecond * seconds);
  guest.diskReadBytes += Math.floor(load.diskReadBytesPerSecond * seconds);
  guest.diskWriteBytes += Math.floor(load.diskWriteBytesPerSecond * seconds);
}

/** What a guest that does not run shows. */
export function clearGuestLoad(guest: GuestWorld): void {
  guest.cpu = 0;
  guest.usedMemoryBytes = 0;
  guest.netInBytes = 0;
  guest.netOutBytes = 0;
  guest.diskReadBytes = 0;
  guest.diskWriteBytes = 0;
}

/** Recomputes a node's values from the guests that run on it. */
export function refreshNode(node: NodeWorld, guests: Iterable<GuestWorld>, nowMs: number): void {
  let busyCores = 0.02 * node.cores * (0.5 + wander(node.loadKey, nowMs, 5 * minuteMs));
  let memory = 2_600_000_000 + 400_000_000 * wander(node.loadKey ^ 0x77, nowMs, hourMs);
  for (const guest of guests) {
    busyCores += guest.cpu * guest.cores;
    memory += guest.usedMemoryBytes * 1.04;
  }
  node.cpu = clamp(busyCores / node.cores, 0.002, 1);
  node.usedMemoryBytes = Math.floor(Math.min(memory, node.memoryBytes * 0.985));
  node.usedRootBytes = Math.floor(
    node.rootBytes * (0.08 + 0.05 * wander(node.loadKey ^ 0x33, nowMs, 48 * hourMs)),
  );
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
