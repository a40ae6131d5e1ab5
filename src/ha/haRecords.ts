/*
 * What the HA daemons keep. Field names are Proxmox's own, so that records of a real cluster (manager_status,
 * lrm_status) can be taken as they are.
 */

/** States of a service as the manager sees it. */
export const serviceStates = [
  'stopped',
  'request_stop',
  'request_start',
  'request_start_balance',
  'started',
  'fence',
  'recovery',
  'migrate',
  'relocate',
  'freeze',
  'error',
] as const;
export type ServiceState = (typeof serviceStates)[number];

/** The manager's view of a node; a node without entry is `unknown`. */
export type NodeView = 'online' | 'maintenance' | 'unknown' | 'fence' | 'gone';

/** What a local manager is up to, besides working. */
export type LrmMode = 'active' | 'restart' | 'shutdown' | 'maintenance' | 'disarm';

/** A waiting order: a move with its target, or a stop with its timeout. */
export type ServiceCommand = readonly [action: string, argument: string];

/** What the manager knows of one service. */
export interface ServiceRecord {
  state: ServiceState;
  /** Absent for a moment when the service is no longer configured. */
  node?: string;
  /** Names this state of affairs; a result counts only for the uid it was made for. Empty: no work is done for it. */
  uid: string;
  target?: string;
  timeout?: string;
  cmd?: ServiceCommand;
  /** The last start is known to have worked. */
  running?: 1;
  failed_nodes?: string[];
  /** Where the service comes back to after the node's maintenance. */
  maintenance_node?: string;
}

export interface DisarmEntry {
  mode: string;
  state: 'disarming' | 'disarmed';
}

/** The one record of the cluster, written by the manager. */
export interface ManagerRecord {
  master_node?: string;
  node_status: Record<string, NodeView>;
  service_status: Record<string, ServiceRecord>;
  node_request: Record<string, { maintenance?: number }>;
  disarm?: DisarmEntry;
  timestamp?: number;
}

/** How a job ended: 0 done, 1 failed, 2 tried again, 3 wrong node, 7 not configured, 8 ignored, −1 broke off. */
export type ExitCode = number;

export interface JobResult {
  readonly sid: string;
  readonly state: ServiceState;
  readonly exit_code: ExitCode;
}

/** Record of a node's local manager. Without a state nobody ever wrote it. */
export interface LrmRecord {
  readonly state?: string;
  readonly mode?: LrmMode;
  readonly results: Readonly<Record<string, JobResult>>;
  readonly timestamp?: number;
}

/** Configuration of a service with its defaults filled in. */
export interface ServiceConfig {
  readonly type: string;
  node: string;
  /** `started`, `stopped`, `disabled`, `ignored`, or a word nobody knows. */
  state: string;
  readonly group: string | null;
  failback: boolean;
  readonly maxRestart: number;
  readonly maxRelocate: number;
  lock: string | null;
}

/** An empty record. */
export function newManagerRecord(): ManagerRecord {
  return { node_status: {}, service_status: {}, node_request: {} };
}

/** Keys in ascending order of their code units, the order in which the manager does everything. */
export function sortedKeys(of: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(of).sort(byCodeUnit);
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Services that keep a node's local manager busy: those on it or on their way to it, except in states that need nothing
 * done (Proxmox HA manager, active services of a node).
 */
export function hasActiveServices(services: ManagerRecord['service_status'], node: string): boolean {
  const idle = new Set<ServiceState>(['stopped', 'freeze', 'error', 'request_start']);
  return Object.values(services).some(
    (record) => (record.node === node || record.target === node) && !idle.has(record.state),
  );
}
