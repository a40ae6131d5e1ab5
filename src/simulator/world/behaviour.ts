import type { ServiceState } from '../../ha/haRecords.ts';
import type { ShutdownKind } from '../../ha/lrm.ts';
import type { DisarmMode, QdeviceState, RequestState } from './model.ts';

/** A command the world cannot follow; the message says why. */
export class WorldCommandError extends Error {
  override readonly name = 'WorldCommandError';
}

/** What makes one cluster live: time and commands change its world, routes only read it. */
export interface WorldBehaviour {
  /** Brings the cluster to the given moment. Called at least once per `timings.stepMs`. */
  step(nowMs: number): void;
  /** Cuts or restores the power of a node. */
  setNodePower(node: string, on: boolean, nowMs: number): void;
  /** Shuts a node down as its operating system does, its HA daemons first. */
  shutDownNode(node: string, kind: ShutdownKind, nowMs: number): void;
  /** Cuts a node off from the others, or connects it again. */
  setNodeIsolated(node: string, isolated: boolean, nowMs: number): void;
  /** Asks for, or ends, HA maintenance of a node. */
  setNodeMaintenance(node: string, enabled: boolean, nowMs: number): void;
  /** Sets how busy the guests of a node are on average, as a share of their cores. */
  setNodeLoad(node: string, share: number, nowMs: number): void;
  setQdevice(state: QdeviceState, nowMs: number): void;
  /** Moves a guest; HA-managed guests go through the HA stack as on a real cluster. */
  migrateGuest(vmid: number, target: string, nowMs: number): void;
  /** Changes a resource's wanted state, or forces a CRM state on it. */
  setHaResource(sid: string, change: { state?: RequestState; crmState?: ServiceState }, nowMs: number): void;
  /** Disarms the HA stack (releases with the fencing row only). */
  disarm(mode: DisarmMode, nowMs: number): void;
  arm(nowMs: number): void;
}
