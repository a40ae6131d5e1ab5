import type { FleetError } from '../contract/model/fleetError.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import type { ClusterContext } from './clusterContext.ts';
import type { ClusterEntry, FleetModel } from './fleetModel.ts';

/** Parts of a guest's detail that fail each by themselves and keep what was read of them last. */
export const guestParts = ['config', 'status', 'tasks', 'load'] as const;
export type GuestPart = (typeof guestParts)[number];

interface KeptParts {
  /** When a part that is older than this reading was read, console clock. */
  readonly keptFromMs?: Readonly<Partial<Record<GuestPart, number>>>;
}

/** What was read for one guest beyond the fleet: the detail, or why there is none. */
export type GuestReading =
  | { readonly state: 'reading' }
  | ({ readonly state: 'read'; readonly detail: GuestDetail } & KeptParts)
  /** `detail` is the last one that was read, if any. */
  | ({
      readonly state: 'failed';
      readonly error: FleetError;
      readonly detail: GuestDetail | null;
    } & KeptParts);

/** What the parts of a guest's page are made of. */
export interface GuestPageFacts {
  readonly model: FleetModel;
  readonly entry: ClusterEntry | undefined;
  readonly context: ClusterContext | undefined;
  readonly guest: Guest | null;
  readonly detail: GuestDetail | null;
  readonly reading: GuestReading;
  readonly nowMs: number;
}
