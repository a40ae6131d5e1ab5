import type { Event } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { FleetDelta, FleetSnapshot } from '../contract/model/fleet.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';

/** A row as Proxmox sent it: an object whose fields nobody has looked at yet. */
export type RawRow = Readonly<Record<string, unknown>>;

/** Proxmox lists the HA reference is made from. */
export type ClusterList =
  | 'status'
  | 'resources'
  | 'nodes'
  | 'haStatus'
  | 'haResources'
  | 'haGroups'
  | 'haRules';

/**
 * One list of one cluster. `notOffered`: this Proxmox version has no such model (501 for rules on PVE 8);
 * `movedToRules`: groups were migrated (PVE 9's 500). Neither is a failure, and both are different from "no rows".
 */
export type Reading =
  | {
      readonly state: 'read';
      readonly rows: readonly RawRow[];
      /** Entries of the list that were no objects at all, and are left out. */
      readonly malformed?: number;
    }
  | { readonly state: 'notOffered' | 'movedToRules' }
  | { readonly state: 'failed'; readonly error: FleetError };

/** Where a cluster can be reached, as selectors see it. */
export interface EndpointAddress {
  /** Number of the endpoint in the order of the configuration, from 1 over all clusters. */
  readonly endpointId: number;
  readonly host: string;
  readonly port: number;
}

/** Reads one cluster: failover between its endpoints, deadlines, and one shared call for simultaneous askers. */
export interface ClusterReader {
  /** Name in the configuration. */
  readonly key: string;
  readonly addresses: readonly EndpointAddress[];
  /**
   * Name for `cluster_name`: the Proxmox cluster's, the node's when standalone, the configured key when neither could be
   * learned. Costs a call only until it is known.
   */
  name(): Promise<string>;
  /** Never rejects. Those who ask while a call is under way share it. */
  read(list: ClusterList): Promise<Reading>;
  /**
   * The failure this cluster is in, when its last read failed and a new try is not due yet: askers may answer with it at
   * once rather than wait for another deadline.
   */
  readonly standingFailure: FleetError | null;
  /** What is known of how long a list takes. */
  pace(list: ClusterList): ListPace;
}

/** How long a list of a cluster takes, so that askers of several clusters know for which one waiting makes sense. */
export interface ListPace {
  /** How long it took when it was answered last, milliseconds; `null` before it ever was. */
  readonly usualMs: number | null;
  /**
   * What it failed with last, when that kept its askers waiting: nobody else need wait to hear it again while it is tried.
   * `null` once it was answered, or failed quickly.
   */
  readonly slowFailure: FleetError | null;
  /** When the call that is under way was sent, epoch milliseconds; `null` when there is none. */
  readonly underWaySinceMs: number | null;
}

/** Keeps the picture of the whole fleet. */
export interface FleetCollector extends Disposable {
  readonly readers: readonly ClusterReader[];
  /** Last known picture; does no I/O. Clusters never read are present with mode `undefined`. */
  snapshot(): FleetSnapshot;
  /** One event per change, `seq` growing by one. */
  readonly onDidChange: Event<FleetDelta>;
  /** Keeps the poll loops running while at least one handle is held. */
  watch(): Disposable;
  /** Reads one or all clusters now; resolves with the keys that answered, once each answered or failed. */
  refresh(clusterKey?: string): Promise<string[]>;
  /**
   * Makes sure the picture is at most `maxAgeMs` old where that can be had: waits for clusters that need reading, but
   * not for one that is known to fail, and not longer than `waitMs` for any.
   */
  ensureFresh(maxAgeMs: number, waitMs: number): Promise<void>;
  /** `null` when no cluster has that key. */
  guestDetail(clusterKey: string, vmid: number, timeframe: LoadTimeframe): Promise<GuestDetail | null>;
}
