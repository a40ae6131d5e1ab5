import * as z from 'zod';
import { actorSchema, permissionListSchema } from './intent/permissions.ts';

/** Upper-case or lower-case SHA-256 in hex, with or without colons. */
export const fingerprintSchema = z
  .string()
  .regex(/^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/, 'expected a SHA-256 fingerprint: 32 hex pairs');

/** A Proxmox API token in the form of its header: `user@realm!tokenid=secret`. */
export const pveTokenSchema = z
  .string()
  .regex(/^[^\s@!=]+@[^\s@!=]+![^\s@!=]+=\S+$/, 'expected a token of the form user@realm!tokenid=secret');

/** Whether a URL has nothing that would be dropped without a word: no user, password, path, query or fragment. */
function isOrigin(url: string): boolean {
  return /^https?:\/\/[^/?#@]+\/?$/i.test(url);
}

/** One address of a cluster. Exactly one of `token`, `tokenEnv`, `username` with a password, or `noCredential`. */
export const endpointConfigSchema = z
  .strictObject({
    /** `https://host:port`; port 8006 when left out. `http://` is accepted for a plain test listener. */
    url: z.url({ protocol: /^https?$/ }).refine(isOrigin, {
      error: 'give scheme, host and port only; credentials have fields of their own, and paths are not used',
    }),
    token: pveTokenSchema.optional(),
    /** Environment variable that holds the token. */
    tokenEnv: z.string().min(1).optional(),
    /** `user@realm`, for ticket authentication. */
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    passwordEnv: z.string().min(1).optional(),
    /** Whoever starts the aggregator has no credential for this address: nothing is sent there, and the lack is told. */
    noCredential: z.literal(true).optional(),
    /** Check the certificate against the system's (or `caFile`'s) authorities. Default true. */
    verifyTls: z.boolean().optional(),
    /** Accept exactly this certificate, whoever signed it. */
    fingerprint: fingerprintSchema.optional(),
    /** PEM file with the authorities to trust for this endpoint. */
    caFile: z.string().min(1).optional(),
  })
  .refine(
    (endpoint) =>
      [endpoint.token, endpoint.tokenEnv, endpoint.username, endpoint.noCredential].filter(
        (value) => value !== undefined,
      ).length === 1,
    { error: 'give exactly one of token, tokenEnv, username or noCredential' },
  )
  .refine(
    (endpoint) =>
      (endpoint.username !== undefined) ===
      ([endpoint.password, endpoint.passwordEnv].filter((value) => value !== undefined).length === 1),
    { error: 'username goes with exactly one of password or passwordEnv' },
  )
  // Somebody who pinned a certificate wants no other server to get the credential; over HTTP any server would.
  .refine((endpoint) => endpoint.fingerprint === undefined || !/^http:/i.test(endpoint.url), {
    path: ['fingerprint'],
    error: 'a certificate can only be pinned with https',
  });
export type EndpointConfig = z.infer<typeof endpointConfigSchema>;

export const clusterConfigSchema = z.strictObject({
  /** Key of the cluster in ids and routes. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'use letters, digits, dot, dash and underscore, at most 63'),
  endpoints: z.array(endpointConfigSchema).min(1),
});
export type ClusterConfig = z.infer<typeof clusterConfigSchema>;

export const apiKeyConfigSchema = z
  .strictObject({
    /** At least 32 characters, as the wire contract asks for registered keys. */
    key: z.string().min(32).optional(),
    keyEnv: z.string().min(1).optional(),
    label: z.string().max(80).optional(),
    /** Who acts with this key; two keys of one person carry the same name. Left out: the label, or the key's number. */
    actor: actorSchema.optional(),
    /** Left out: `view` alone. */
    permissions: permissionListSchema.optional(),
  })
  .refine((entry) => (entry.key === undefined) !== (entry.keyEnv === undefined), {
    error: 'give exactly one of key or keyEnv',
  });

/**
 * Where keys, settings, journal, runs and deletion requests are kept. Without a store the aggregator only reads. Exactly
 * one of the three.
 */
export const storeConfigSchema = z
  .strictObject({
    /** Path of a SQLite file; made when it is not there. */
    sqlite: z.string().min(1).optional(),
    /** Connection string of PostgreSQL, for several aggregators over one store. */
    postgres: z.string().min(1).optional(),
    /** Environment variable that holds the connection string. */
    postgresEnv: z.string().min(1).optional(),
  })
  .refine((store) => Object.values(store).filter((value) => value !== undefined).length === 1, {
    error: 'give exactly one of sqlite, postgres or postgresEnv',
  });

/** The timeline. Events are kept in the store; without one the newest are kept in memory. */
export const historyConfigSchema = z.strictObject({
  /** Older events are removed. */
  retentionDays: z.number().int().min(1).max(3_650).default(30),
  /** With more events than that the oldest are removed, however young they are. */
  maxRows: z.number().int().min(100).max(10_000_000).default(200_000),
  /** Reads the clusters all the time, so that the timeline has no hole while nobody looks. */
  readAlways: z.boolean().default(false),
});
export type HistoryConfig = z.infer<typeof historyConfigSchema>;

/** The aggregator's configuration file (YAML or JSON). Unknown keys are refused with their path. */
export const aggregatorConfigSchema = z
  .strictObject({
    clusters: z.array(clusterConfigSchema),
    apiKeys: z.array(apiKeyConfigSchema).default([]),
    store: storeConfigSchema.optional(),
    history: historyConfigSchema.prefault({}),
    /** How often a cluster is read while somebody watches, milliseconds. */
    pollIntervalMs: z.number().int().min(500).max(600_000).default(5_000),
    /** Deadline of one call to Proxmox, milliseconds. */
    callDeadlineMs: z.number().int().min(100).max(120_000).default(5_000),
    /** Requests per client address in a sliding minute (wire contract: 300). */
    rateLimitPerMinute: z.number().int().min(1).default(300),
  })
  .refine(
    (config) => new Set(config.clusters.map((cluster) => cluster.name)).size === config.clusters.length,
    {
      path: ['clusters'],
      error: 'cluster names must differ',
    },
  );
export type AggregatorConfig = z.infer<typeof aggregatorConfigSchema>;
/** What may be written into a configuration; defaults are left out. */
export type AggregatorConfigInput = z.input<typeof aggregatorConfigSchema>;
