import * as z from 'zod';
import { connectionUrl } from '../../client/connectionUrl.ts';
import { fingerprintSchema } from '../../contract/aggregatorConfig.ts';

/*
 * The connection list as it stands in the settings. It holds no secrets: tokens and keys lie in SecretStorage under the
 * connection's id. The setting has machine scope, so a folder that somebody opens cannot add a server and have a stored
 * key sent there.
 */

const idSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'use lower-case letters, digits and dashes, at most 40');
const nameSchema = z.string().min(1).max(60);
const hostSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\s/?#@]+$/, 'give a host name or address without scheme, path or user')
  .refine((host) => URL.canParse(connectionUrl({ host, port: 1, useHttps: true })), {
    error: 'this is no host name or address; a port goes into "port"',
  });
const portSchema = z.number().int().min(1).max(65535);

const tlsChoices = {
  /** Check the certificate. Off skips the check. */
  verifySsl: z.boolean().default(true),
  /** SHA-256 of the one certificate to accept. */
  fingerprint: fingerprintSchema.optional(),
  /** PEM file with authorities to trust. */
  caFile: z.string().min(1).optional(),
};

const proxmoxEndpointSchema = z.strictObject({
  host: hostSchema,
  port: portSchema.default(8006),
  ...tlsChoices,
});
export type ProxmoxEndpointSetting = z.infer<typeof proxmoxEndpointSchema>;

const clusterSettingSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'use letters, digits, dot, dash and underscore, at most 63'),
  /** Several addresses of one cluster; the first that answers is used. */
  endpoints: z.array(proxmoxEndpointSchema).min(1),
});
export type ClusterSetting = z.infer<typeof clusterSettingSchema>;

const common = { id: idSchema, name: nameSchema, enabled: z.boolean().default(true) };

/** One entry of `proxbox.connections`. */
export const connectionSettingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('demo') }),
  z.strictObject({
    ...common,
    kind: z.literal('proxmox'),
    clusters: z
      .array(clusterSettingSchema)
      .min(1)
      .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
        error: 'cluster names must differ',
      }),
  }),
  z
    .strictObject({
      ...common,
      kind: z.literal('aggregator'),
      host: hostSchema,
      port: portSchema,
      useHttps: z.boolean().default(false),
      ...tlsChoices,
    })
    .refine(({ useHttps, fingerprint }) => useHttps || fingerprint === undefined, {
      path: ['fingerprint'],
      error:
        'a pinned certificate needs "useHttps"; without HTTPS nothing checks it and the key travels readable',
    }),
]);
export type ConnectionSetting = z.infer<typeof connectionSettingSchema>;
export type AggregatorSetting = Extract<ConnectionSetting, { kind: 'aggregator' }>;
export type ProxmoxSetting = Extract<ConnectionSetting, { kind: 'proxmox' }>;

/** An entry that could not be used, in words for the operator. */
export interface SettingProblem {
  /** Place in the list, from 0; `null` when it is no list at all. */
  readonly index: number | null;
  /** `id` of the entry where it has one. */
  readonly id: string | null;
  readonly message: string;
}

export interface ParsedConnections {
  readonly connections: readonly ConnectionSetting[];
  readonly problems: readonly SettingProblem[];
}

/** Each connection that is on keeps a server or a process of its own busy, so a list has an end. */
export const maxConnections = 100;

/** Reads the setting entry by entry: nonsense in one costs that one, with a message that names the field. */
export function parseConnectionSettings(value: unknown): ParsedConnections {
  if (value === undefined || value === null) return { connections: [], problems: [] };
  if (!Array.isArray(value)) {
    return {
      connections: [],
      problems: [{ index: null, id: null, message: 'expected a list of connections' }],
    };
  }
  const connections: ConnectionSetting[] = [];
  const problems: SettingProblem[] = [];
  const ids = new Set<string>();
  for (const [index, entry] of value.entries()) {
    const id = entryId(entry);
    if (connections.length === maxConnections) {
      const left = value.length - index;
      problems.push({
        index,
        id,
        message: `the list ends here, after ${maxConnections} connections: ${left} more are left out`,
      });
      break;
    }
    const sorted = sortClusters(entry);
    for (const message of sorted.problems) problems.push({ index, id, message });
    const parsed = connectionSettingSchema.safeParse(sorted.entry);
    if (!parsed.success) problems.push({ index, id, message: issueText(parsed.error) });
    else if (ids.has(parsed.data.id))
      problems.push({ index, id, message: `id "${parsed.data.id}" is used by an earlier entry` });
    else {
      ids.add(parsed.data.id);
      connections.push(parsed.data);
    }
  }
  return { connections, problems };
}

/**
 * An entry without those of its clusters that cannot be used, and why: a cluster that is written wrongly costs itself, not
 * the connection. An entry of which nothing could be used stays whole, so that its faults are told.
 */
function sortClusters(entry: unknown): { readonly entry: unknown; readonly problems: readonly string[] } {
  const list = clustersOf(entry);
  if (list === null) return { entry, problems: [] };
  const faults = clusterFaults(list);
  const usable = list.filter((_, place) => faults[place] === null);
  if (usable.length === 0 || usable.length === list.length) return { entry, problems: [] };
  return {
    entry: { ...(entry as object), clusters: usable },
    problems: faults.flatMap((fault, place) => (fault === null ? [] : [`clusters.${place}: ${fault}`])),
  };
}

/** Fault of each cluster in a list; `null` for one that can be used. */
function clusterFaults(list: readonly unknown[]): (string | null)[] {
  const names = new Set<string>();
  return list.map((cluster) => {
    const parsed = clusterSettingSchema.safeParse(cluster);
    if (!parsed.success) return issueText(parsed.error);
    const { name } = parsed.data;
    if (names.has(name)) return `the name "${name}" is used by an earlier cluster of this connection`;
    names.add(name);
    return null;
  });
}

function clustersOf(entry: unknown): readonly unknown[] | null {
  if (typeof entry !== 'object' || entry === null || !('clusters' in entry)) return null;
  return Array.isArray(entry.clusters) ? entry.clusters : null;
}

/** What is written for a changed connection: clusters of the old entry that could not be used stay in it as they are. */
export function keepUnusable(before: unknown, setting: ConnectionSetting): unknown {
  const list = clustersOf(before);
  if (setting.kind !== 'proxmox' || list === null) return setting;
  const faults = clusterFaults(list);
  if (faults.every((fault) => fault !== null)) return setting;
  return {
    ...setting,
    clusters: [...setting.clusters, ...list.filter((_, place) => faults[place] !== null)],
  };
}

function entryId(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null || !('id' in entry)) return null;
  return typeof entry.id === 'string' ? entry.id : null;
}

/** First few faults of an entry, each with its path. */
export function issueText(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}

/** A free id made from a name: "Prod API" becomes `prod-api`, a taken one gets a number. */
export function freeConnectionId(name: string, taken: ReadonlySet<string>): string {
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 30) || 'connection';
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) {
    const candidate = `${base}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}
