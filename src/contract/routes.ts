import * as z from 'zod';
import type { Permission } from './intent/permissions.ts';
import { lenientRows } from './lenient.ts';
import { fleetSnapshotSchema } from './model/fleet.ts';
import {
  fleetEventsExportQuerySchema,
  fleetEventsQuerySchema,
  fleetEventsSchema,
} from './model/fleetEvent.ts';
import { guestDetailSchema } from './model/guestDetail.ts';
import { loadTimeframes } from './model/loadTimeframe.ts';
import { maintenanceReadinessSchema, maintenanceRequestSchema } from './model/maintenance.ts';
import { placementExplanationSchema, placementRequestSchema } from './model/placementExplanation.ts';
import { whatIfRequestSchema, whatIfSchema } from './model/whatIf.ts';
import { clusterResourcesSchema, clusterStatusSchema, wireNodesSchema } from './wire/cluster.ts';
import {
  haStatusItemSchema,
  haSummarySchema,
  haWireGroupSchema,
  haWireResourceSchema,
  haWireRuleSchema,
} from './wire/ha.ts';

/** Header that carries the key on every route but the keyless ones. */
export const apiKeyHeader = 'x-proxbox-api-key';

/** One row of the HTTP contract; server, client, OpenAPI document and tests read the same row. */
export interface Route<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Reply extends z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with `{name}` for parameters. */
  readonly path: string;
  readonly keyless: boolean;
  /** What the key must permit. Left out: `view`; `null`: any valid key. */
  readonly permission?: Permission | null;
  readonly summary: string;
  /** Strict: unknown keys are refused with their path. */
  readonly params: Params;
  readonly query: Query;
  /** Strict, as JSON. A route without it ignores whatever body is sent. */
  readonly body?: Body;
  /** Lenient: read by clients with an unknown arm. */
  readonly reply: Reply;
}

/** Checks a row of a route table against {@link Route} and keeps its exact types. */
export function route<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Reply extends z.ZodType,
  Body extends z.ZodType = z.ZodNever,
>(row: Route<Params, Query, Reply, Body>): Route<Params, Query, Reply, Body> {
  return row;
}

/** For routes without path or query parameters. */
export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

/** Text form of a list of endpoint ids: comma list, at most 255 characters and 100 parts, empty means no filter. */
const endpointIds = z.string().max(255).optional();

/**
 * The endpoint selectors of the wire contract. `port` is accepted and ignored, as published. Values are checked again by
 * the server, which answers 400 for malformed id lists and for selectors that match nothing.
 */
export const selectorQuery = z.strictObject({
  source: z.string().optional(),
  proxmox_endpoint_ids: endpointIds,
  endpoint_ids: endpointIds,
  name: z.string().max(255).optional(),
  domain: z.string().max(255).optional(),
  ip_address: z.string().max(45).optional(),
  port: z.coerce.number().int().min(1).max(65535).optional(),
});
export type SelectorQuery = z.infer<typeof selectorQuery>;

/** Path parameter of a guest. */
export const vmid = z.coerce.number().int().min(1).max(999_999_999);
/** The same where the wire contract takes any integer; one that no guest can have is found nowhere. */
export const anyVmid = z.coerce.number().int();
/** Path parameter of a name. */
export const segment = z.string().min(1).max(255);

export const routes = {
  root: route({
    method: 'GET',
    path: '/',
    keyless: true,
    summary: 'What this server is',
    params: noParams,
    query: noQuery,
    reply: z.object({ message: z.string() }),
  }),
  health: route({
    method: 'GET',
    path: '/health',
    keyless: true,
    summary: 'Whether the server is up; always 200',
    params: noParams,
    query: noQuery,
    reply: z.object({ status: z.string(), init_ok: z.boolean().catch(false) }),
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    keyless: false,
    summary: 'This contract as OpenAPI 3.1',
    params: noParams,
    query: noQuery,
    reply: z.looseObject({
      info: z.looseObject({ version: z.string() }),
      paths: z.record(z.string(), z.unknown()),
    }),
  }),
  version: route({
    method: 'GET',
    path: '/version',
    keyless: false,
    summary: 'Version of the server',
    params: noParams,
    query: noQuery,
    reply: z.object({ version: z.string() }),
  }),
  haStatus: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/status',
    keyless: false,
    summary: 'HA status rows of every cluster',
    params: noParams,
    query: selectorQuery,
    reply: lenientRows(haStatusItemSchema),
  }),
  haResources: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/resources',
    keyless: false,
    summary: 'Configured HA resources with their runtime state',
    params: noParams,
    query: selectorQuery,
    reply: lenientRows(haWireResourceSchema),
  }),
  haResourceByVm: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/resources/by-vm/{vmid}',
    keyless: false,
    summary: 'HA resource of one guest, null when it is not HA-managed',
    params: z.strictObject({ vmid: anyVmid }),
    query: selectorQuery,
    reply: haWireResourceSchema.nullable(),
  }),
  haGroups: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/groups',
    keyless: false,
    summary: 'HA groups of every cluster',
    params: noParams,
    query: selectorQuery,
    reply: lenientRows(haWireGroupSchema),
  }),
  haGroup: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/groups/{group}',
    keyless: false,
    summary: 'One HA group, null when no cluster has it',
    params: z.strictObject({ group: segment }),
    query: selectorQuery,
    reply: haWireGroupSchema.nullable(),
  }),
  haRules: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/rules',
    keyless: false,
    summary: 'HA rules of every cluster',
    params: noParams,
    query: selectorQuery,
    reply: lenientRows(haWireRuleSchema),
  }),
  haSummary: route({
    method: 'GET',
    path: '/proxmox/cluster/ha/summary',
    keyless: false,
    summary: 'Status, groups, resources and rules in one reply',
    params: noParams,
    query: selectorQuery,
    reply: haSummarySchema,
  }),
  clusterStatus: route({
    method: 'GET',
    path: '/proxmox/cluster/status',
    keyless: false,
    summary: 'Mode, quorum and members of every cluster',
    params: noParams,
    query: selectorQuery,
    reply: lenientRows(clusterStatusSchema),
  }),
  clusterResources: route({
    method: 'GET',
    path: '/proxmox/cluster/resources',
    keyless: false,
    summary: 'Guests, nodes and storage of every cluster',
    params: noParams,
    query: selectorQuery.extend({ type: z.enum(['vm', 'storage', 'node', 'sdn']).optional() }),
    reply: clusterResourcesSchema,
  }),
  nodes: route({
    method: 'GET',
    path: '/proxmox/nodes/',
    keyless: false,
    summary: 'Nodes of every cluster with their load',
    params: noParams,
    query: selectorQuery,
    reply: wireNodesSchema,
  }),
  fleet: route({
    method: 'GET',
    path: '/fleet',
    keyless: false,
    summary: 'Typed snapshot of the whole fleet',
    params: noParams,
    query: noQuery,
    reply: fleetSnapshotSchema,
  }),
  fleetStream: route({
    method: 'GET',
    path: '/fleet/stream',
    keyless: false,
    summary: 'Server-sent events: snapshot, then deltas and heartbeats',
    params: noParams,
    query: noQuery,
    reply: z.unknown(),
  }),
  fleetRefresh: route({
    method: 'POST',
    path: '/fleet/refresh',
    keyless: false,
    summary: 'Reads Proxmox now and answers when every cluster answered or failed',
    params: noParams,
    query: z.strictObject({ cluster: segment.optional() }),
    reply: z.object({ refreshed: z.array(z.string()).catch([]) }),
  }),
  whatIf: route({
    method: 'POST',
    path: '/fleet/what-if',
    keyless: false,
    summary: 'What happens when nodes of a cluster die; nothing is changed',
    params: noParams,
    query: noQuery,
    body: whatIfRequestSchema,
    reply: whatIfSchema,
  }),
  maintenanceReadiness: route({
    method: 'POST',
    path: '/fleet/maintenance-readiness',
    keyless: false,
    summary: 'What happens when a node is drained and switched off; nothing is changed',
    params: noParams,
    query: noQuery,
    body: maintenanceRequestSchema,
    reply: maintenanceReadinessSchema,
  }),
  fleetEvents: route({
    method: 'GET',
    path: '/fleet/events',
    keyless: false,
    summary: 'What happened in the clusters, newest first',
    params: noParams,
    query: fleetEventsQuerySchema,
    reply: fleetEventsSchema,
  }),
  fleetEventsExport: route({
    method: 'GET',
    path: '/fleet/events/export',
    keyless: false,
    summary: 'What happened in the clusters as a file, newest first: JSON or CSV',
    params: noParams,
    query: fleetEventsExportQuerySchema,
    reply: z.unknown(),
  }),
  explainPlacement: route({
    method: 'POST',
    path: '/fleet/placement',
    keyless: false,
    summary: 'Why an HA resource is on its node, and whether it would move; nothing is changed',
    params: noParams,
    query: noQuery,
    body: placementRequestSchema,
    reply: placementExplanationSchema,
  }),
  guestDetail: route({
    method: 'GET',
    path: '/fleet/clusters/{cluster}/guests/{vmid}',
    keyless: false,
    summary: 'One guest: HA, configuration, run state, tasks and load series',
    params: z.strictObject({ cluster: segment, vmid }),
    query: z.strictObject({ timeframe: z.enum(loadTimeframes).optional() }),
    reply: guestDetailSchema,
  }),
} as const;
export type RouteName = keyof typeof routes;

/** Fills `{name}` parameters of a route's path, percent-encoded. */
export function routePath(path: string, params: Readonly<Record<string, string | number>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(String(params[name] ?? '')));
}

/** Error body for authentication, rate limit and validation: `{detail}`. */
export const detailErrorSchema = z.looseObject({ detail: z.unknown() });

/** Error body of application errors. */
export const messageErrorSchema = z.looseObject({
  message: z.string(),
  detail: z.unknown(),
  python_exception: z.unknown(),
});
