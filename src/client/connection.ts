import type { Event } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { FleetEvents } from '../contract/model/fleetEvent.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../contract/model/loadTimeframe.ts';
import type { FleetStore } from './fleetStore.ts';
import type { EventsFilter, EventsQuery } from './timelineClient.ts';

/** How the console stands with one server. Data in the store outlives every state. */
export type ConnectionState =
  /** Nobody needs data, so nothing is read. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  /** Stream is open, or polling and the last poll succeeded. */
  | { readonly kind: 'live'; readonly via: 'stream' | 'polling'; readonly intervalMs: number }
  /** Will try again by itself. */
  | { readonly kind: 'waiting'; readonly error: FleetError; readonly retryAtMs: number }
  /** Trying again makes no sense before the operator changed something (wrong key, certificate, too old). */
  | { readonly kind: 'halted'; readonly error: FleetError };

/** What the server can do, learned while connecting. */
export interface ServerCapabilities {
  readonly version: string | null;
  /** Has `/fleet` and `/fleet/stream`. */
  readonly fleet: boolean;
  /** Has the HA reference routes; `false` means "too old". */
  readonly ha: boolean;
}

/** A live connection to one aggregator, or the outcome of trying. */
export interface FleetConnection extends Disposable {
  readonly store: FleetStore;
  readonly state: ConnectionState;
  /** `null` until the server was reached once. */
  readonly capabilities: ServerCapabilities | null;
  readonly onDidChangeState: Event<ConnectionState>;
  /** Connects and keeps data flowing while at least one handle is held; pauses after the last one went. */
  watch(): Disposable;
  /** Asks the server to read Proxmox now, and reconnects at once when it is waiting or halted. */
  refresh(): Promise<void>;
  /** Drops what runs and, when somebody watches, connects anew; the picture stays. For a changed key. */
  reconnect(): void;
  /** Rejects with a {@link FleetError} carried by `ClientError`. */
  guestDetail(cluster: string, vmid: number, timeframe: LoadTimeframe): Promise<GuestDetail>;
  /** One page of the timeline, newest first. Rejects with `ClientError`, `notOffered` where the server keeps none. */
  events(query: EventsQuery): Promise<FleetEvents>;
  /** The timeline as the text of a file. */
  exportEvents(filter: EventsFilter, format: 'json' | 'csv'): Promise<string>;
}
