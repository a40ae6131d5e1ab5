import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText, openEnum } from '../lenient.ts';
import { fleetErrorSchema } from './fleetError.ts';
import { type SectionName, sectionNames } from './sectionNames.ts';

const nullableError = fleetErrorSchema.nullable().catch(null).default(null);

/** How one endpoint sees quorum; several of them that disagree make a split view. */
export const quorumViewSchema = z.object({
  endpoint: z.string(),
  /** Node that answered there. */
  node: lenientText,
  quorate: lenientFlag,
  atMs: lenientNumber,
  error: nullableError,
});
export type QuorumView = z.infer<typeof quorumViewSchema>;

/**
 * Quorum as reported. `state` follows the reported flag only: `unknown` when nobody told us, never guessed from node
 * counts. Votes are worked out from configuration and membership because Proxmox reports none over the API
 * (`approximate`), and are `null` when an input is missing.
 */
export const quorumSchema = z.object({
  state: openEnum(['quorate', 'notQuorate', 'split', 'standalone']),
  /** Votes present now (nodes online and a connected quorum device). */
  votes: lenientNumber,
  /** Sum of all configured votes, quorum device included. */
  expectedVotes: lenientNumber,
  /** floor(expected / 2) + 1. */
  neededVotes: lenientNumber,
  /** votes - needed: how many single votes may still be lost. Negative without quorum. */
  margin: lenientNumber,
  /** True when votes are computed by us rather than reported. */
  approximate: z.boolean().catch(true).default(true),
  device: z
    .object({
      state: openEnum(['connected', 'notConnected', 'none']),
      votes: lenientNumber,
      algorithm: lenientText,
      host: lenientText,
      /** Proxmox's own word for the state. */
      rawState: lenientText,
    })
    .catch({ state: 'unknown', votes: null, algorithm: null, host: null, rawState: null }),
  /** Node whose view this is. */
  answeringNode: lenientText,
  /** Proxmox path each figure comes from, `null` when nobody told it. */
  provenance: z
    .object({ quorate: lenientText, expectedVotes: lenientText, votes: lenientText, device: lenientText })
    .catch({ quorate: null, expectedVotes: null, votes: null, device: null }),
  views: lenientRows(quorumViewSchema),
});
export type Quorum = z.infer<typeof quorumSchema>;

/** The CRM master row of `/cluster/ha/status/current`, parsed. */
export const haMasterSchema = z.object({
  node: lenientText,
  /** `silent`: report older than 30 s; `clockDrift`: more than 2 s in the future; `never`: no master row yet. */
  state: openEnum(['active', 'idle', 'silent', 'clockDrift', 'never']),
  /** Placement method told by the row's suffix; `basic` when there is none. */
  scheduler: openEnum(['basic', 'static', 'dynamic']),
  timestampS: lenientNumber,
  rawStatus: lenientText,
});
export type HaMaster = z.infer<typeof haMasterSchema>;

/** The fencing row (HA manager 5.1.3 and newer); `notOffered` on older servers, which is not the same as disarmed. */
export const haFencingSchema = z.object({
  state: openEnum(['armed', 'standby', 'disarming', 'disarmed', 'notOffered']),
  resourceMode: openEnum(['freeze', 'ignore']).nullable().default(null),
  rawStatus: lenientText,
  /** When the aggregator first saw disarming or disarmed, epoch milliseconds. */
  sinceMs: lenientNumber,
});
export type HaFencing = z.infer<typeof haFencingSchema>;

/** One part of a cluster's picture: read, not offered by this Proxmox version, failing, or not read yet. */
export const sectionSchema = z.object({
  state: openEnum(['read', 'notOffered', 'movedToRules', 'failed', 'never']),
  /** When it was last read successfully, epoch milliseconds. */
  readAtMs: lenientNumber,
  error: nullableError,
  /** Rows of the last reply that could not be understood and were left out. */
  droppedRows: z.number().catch(0).default(0),
});
export type Section = z.infer<typeof sectionSchema>;
export type { SectionName } from './sectionNames.ts';

const neverRead: Section = { state: 'never', readAtMs: null, error: null, droppedRows: 0 };

/** An endpoint of a cluster and how it answered last. Never carries credentials. */
export const clusterEndpointSchema = z.object({
  /** Stable number of the endpoint, the id that selectors take. */
  endpointId: z.number(),
  /** `https://host:port`. Of no other kind, because the editor opens it. */
  url: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@\\]+$/i)
    .refine((url) => url.length <= 300),
  /** Node that answers there, once known. */
  node: lenientText,
  state: openEnum(['answering', 'standby', 'failing', 'never']),
  tls: openEnum(['verified', 'pinned', 'customCa', 'notVerified', 'plain']),
  error: nullableError,
});
export type ClusterEndpoint = z.infer<typeof clusterEndpointSchema>;

/** A Proxmox cluster (or standalone node) as the aggregator sees it. */
export const clusterSchema = z.object({
  /** `cluster:<key>`. */
  id: z.string(),
  /** Name in the aggregator's configuration, unique in it. */
  key: z.string(),
  /** Name told by Proxmox (node name when standalone), or the key until it was read. */
  name: z.string(),
  mode: openEnum(['cluster', 'standalone', 'undefined']),
  pveVersion: lenientText,
  pveMajor: lenientNumber,
  /** Corosync configuration version. */
  configVersion: lenientNumber,
  freshness: z
    .object({
      lastSuccessMs: lenientNumber,
      lastAttemptMs: lenientNumber,
      consecutiveFailures: z.number().catch(0).default(0),
      /** How often the aggregator reads this cluster now, milliseconds. */
      intervalMs: lenientNumber,
      error: nullableError,
    })
    .catch({
      lastSuccessMs: null,
      lastAttemptMs: null,
      consecutiveFailures: 0,
      intervalMs: null,
      error: null,
    }),
  sections: z
    .partialRecord(z.enum(sectionNames), sectionSchema)
    .catch({})
    .transform(
      (sections) =>
        Object.fromEntries(sectionNames.map((name) => [name, sections[name] ?? neverRead])) as Record<
          SectionName,
          Section
        >,
    ),
  quorum: quorumSchema,
  master: haMasterSchema,
  fencing: haFencingSchema,
  /** Which model limits placement: groups (PVE 8 and older), rules (PVE 9), both (in between), or not told. */
  placementModel: openEnum(['groups', 'rules', 'both', 'none']),
  endpoints: lenientRows(clusterEndpointSchema),
  /** Another configured cluster that turned out to be the same Proxmox cluster. */
  duplicateOf: lenientText,
});
export type Cluster = z.infer<typeof clusterSchema>;
