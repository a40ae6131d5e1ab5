import * as z from 'zod';
import { lenientNumber, lenientRows } from '../lenient.ts';
import { clusterSchema } from './cluster.ts';
import { guestSchema } from './guest.ts';
import { clusterNodeSchema } from './node.ts';
import { haGroupSchema, haResourceSchema, haRuleSchema } from './placement.ts';

/** The lists of fleet records. Every record has a stable `id` that starts with its kind. */
const recordLists = {
  clusters: lenientRows(clusterSchema),
  nodes: lenientRows(clusterNodeSchema),
  groups: lenientRows(haGroupSchema),
  rules: lenientRows(haRuleSchema),
  resources: lenientRows(haResourceSchema),
  guests: lenientRows(guestSchema),
};

export const fleetRecordsSchema = z.object(recordLists);
export type FleetRecords = z.infer<typeof fleetRecordsSchema>;
/** Any record of the fleet. */
export type FleetRecord = { [List in keyof FleetRecords]: FleetRecords[List][number] }[keyof FleetRecords];

const position = {
  schemaVersion: z.number(),
  /** Names one run of the aggregator; sequence numbers of different runs do not compare. */
  epoch: z.string(),
  /** Grows by one with every change of any record. */
  seq: z.number(),
  /** The aggregator's clock when it wrote this, epoch milliseconds, so that ages survive clock differences. */
  serverTimeMs: z.number(),
};

/** Body of `GET /fleet` and of the stream event `snapshot`. */
export const fleetSnapshotSchema = z.object({
  ...position,
  aggregatorVersion: z.string().catch('unknown'),
  ...recordLists,
});
export type FleetSnapshot = z.infer<typeof fleetSnapshotSchema>;

/** Stream event `delta`: records that are new or changed, and ids that are gone. */
export const fleetDeltaSchema = z.object({
  ...position,
  upserted: fleetRecordsSchema,
  removed: z.array(z.string()).catch([]),
});
export type FleetDelta = z.infer<typeof fleetDeltaSchema>;

/** Stream event `heartbeat`, sent when nothing changed for a while. */
export const fleetHeartbeatSchema = z.object({
  epoch: z.string(),
  seq: z.number(),
  serverTimeMs: z.number(),
  /** Interval between heartbeats; a client that hears nothing for three of them reconnects. */
  intervalMs: lenientNumber,
});
export type FleetHeartbeat = z.infer<typeof fleetHeartbeatSchema>;

/** Six empty lists. */
export function emptyRecords(): FleetRecords {
  return { clusters: [], nodes: [], groups: [], rules: [], resources: [], guests: [] };
}
