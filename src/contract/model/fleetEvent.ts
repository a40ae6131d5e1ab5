import * as z from 'zod';
import { lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';

/**
 * What an event is about. `service`: state or node of an HA resource; `guest`: run state or node of a guest; `node`:
 * membership and HA manager's node state; `fencing`: a node enters or leaves the state `fence`; `arming`: HA armed or
 * disarmed; `rule`: HA rules and groups; `reading`: our own sight of the cluster, which says nothing about the cluster
 * itself; `task`: a task of Proxmox.
 */
export const fleetEventKinds = [
  'service',
  'guest',
  'node',
  'fencing',
  'master',
  'quorum',
  'arming',
  'rule',
  'reading',
  'task',
] as const;
export type FleetEventKind = (typeof fleetEventKinds)[number];

/**
 * One thing that happened in a cluster. States are Proxmox's own words where it has one. Words of ours: a node that a node
 * without quorum does not see is `unseen`, one that is in maintenance and off `maintenanceOff`; what left a list is
 * `removed`; reading is `read`, `lost` (failed) or `paused` (nobody asked for it).
 */
export const fleetEventSchema = z.object({
  /** Unique in the fleet and the same whichever aggregator is asked. */
  id: z.string(),
  cluster: z.string(),
  kind: openEnum(fleetEventKinds),
  /** What changed: `vm:105`, `guest:105`, `node:pve1`, `rule:x`, `group:x`, `task:<UPID>`, `quorum`, `master`, … */
  subject: z.string(),
  /** Guest concerned. */
  vmid: lenientNumber,
  /** Name of the guest at that time. */
  name: lenientText,
  /** When it was first seen, for tasks when it began; epoch milliseconds. */
  atMs: z.number(),
  /** When the state before was last seen: the change lies between the two. `null`: not known. */
  afterMs: lenientNumber,
  /** End of a task; `null` while it runs. */
  endMs: lenientNumber,
  /** State and node before; `null` when the subject is new. */
  from: lenientText,
  fromNode: lenientText,
  /** State and node after; for tasks how it ended, `null` while it runs. */
  to: lenientText,
  node: lenientText,
  /** Particulars: votes, mode, type of a task, error of a reading. */
  detail: lenientText,
  /** Who started a task. */
  user: lenientText,
});
export type FleetEvent = z.infer<typeof fleetEventSchema>;

const kindList = z
  .string()
  .max(200)
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(z.enum(fleetEventKinds)).max(fleetEventKinds.length));

const filters = {
  /** Key of the cluster. */
  cluster: z.string().min(1).max(63).optional(),
  /** `vm:105`: everything about that guest, its tasks included. Wants `cluster`. */
  sid: z
    .string()
    .regex(/^(vm|ct):[1-9]\d{0,8}$/)
    .optional(),
  vmid: z.coerce.number().int().min(1).max(999_999_999).optional(),
  node: z.string().min(1).max(63).optional(),
  /** Kinds, parted by commas; empty means every kind. */
  kind: kindList.optional(),
  /** From this moment on, epoch milliseconds. */
  since: z.coerce.number().int().min(0).optional(),
  /** Up to and with this moment, epoch milliseconds. */
  until: z.coerce.number().int().min(0).optional(),
};

/** Query of `GET /fleet/events`. */
export const fleetEventsQuerySchema = z.strictObject({
  ...filters,
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  /** `next` of the page before. */
  before: z
    .string()
    .regex(/^\d{1,16}\.\d{1,16}$/)
    .optional(),
});
export type FleetEventsQuery = z.output<typeof fleetEventsQuerySchema>;

export const fleetEventsExportQuerySchema = z.strictObject({ ...filters, format: z.enum(['json', 'csv']) });

/** Body of `GET /fleet/events`, newest first. */
export const fleetEventsSchema = z.object({
  serverTimeMs: z.number(),
  /** `memory`: there is no store, so the timeline ends with the server and holds `maxRows` events at most. */
  kept: openEnum(['store', 'memory']),
  /** How long and how many events are kept. */
  retentionDays: lenientNumber,
  maxRows: lenientNumber,
  /** From when on the record of each cluster has no hole but those that `reading` events tell. */
  recorded: lenientRows(z.object({ cluster: z.string(), sinceMs: z.number() })),
  /** What should be known before trusting the list, a sentence; `null` when nothing. */
  notice: lenientText,
  events: lenientRows(fleetEventSchema),
  /** Pass as `before` for older ones; `null` at the end. */
  next: lenientText,
});
export type FleetEvents = z.infer<typeof fleetEventsSchema>;
