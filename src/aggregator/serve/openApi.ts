import * as z from 'zod';
import { clusterSchema } from '../../contract/model/cluster.ts';
import { guestSchema } from '../../contract/model/guest.ts';
import { clusterNodeSchema } from '../../contract/model/node.ts';
import { haGroupSchema, haResourceSchema, haRuleSchema } from '../../contract/model/placement.ts';
import { apiKeyHeader, routes } from '../../contract/routes.ts';
import { productVersion } from '../../contract/version.ts';
import { clusterResourceSchema, clusterStatusSchema, wireNodeSchema } from '../../contract/wire/cluster.ts';
import {
  haSectionErrorSchema,
  haStatusItemSchema,
  haWireGroupSchema,
  haWireResourceSchema,
  haWireRuleSchema,
} from '../../contract/wire/ha.ts';
import type { AnyRoute } from './routeRegistrar.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Named rows. Lists of them are read leniently (row by row), which a schema generator cannot see through. */
const components = {
  HaStatusItemSchema: haStatusItemSchema,
  HaResourceSchema: haWireResourceSchema,
  HaGroupSchema: haWireGroupSchema,
  HaRuleSchema: haWireRuleSchema,
  HaSectionError: haSectionErrorSchema,
  ClusterStatusSchema: clusterStatusSchema,
  ClusterResourceSchema: clusterResourceSchema,
  NodeSchema: wireNodeSchema,
  FleetCluster: clusterSchema,
  FleetNode: clusterNodeSchema,
  FleetGroup: haGroupSchema,
  FleetRule: haRuleSchema,
  FleetResource: haResourceSchema,
  FleetGuest: guestSchema,
} as const;
type ComponentName = keyof typeof components;

const refTo = (name: ComponentName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const mapOf = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });

const replies: ReadonlyMap<AnyRoute, JsonSchema> = new Map<AnyRoute, JsonSchema>([
  [routes.haStatus, listOf(refTo('HaStatusItemSchema'))],
  [routes.haResources, listOf(refTo('HaResourceSchema'))],
  [routes.haResourceByVm, orNull(refTo('HaResourceSchema'))],
  [routes.haGroups, listOf(refTo('HaGroupSchema'))],
  [routes.haGroup, orNull(refTo('HaGroupSchema'))],
  [routes.haRules, listOf(refTo('HaRuleSchema'))],
  [
    routes.haSummary,
    {
      type: 'object',
      properties: {
        status: listOf(refTo('HaStatusItemSchema')),
        groups: listOf(refTo('HaGroupSchema')),
        resources: listOf(refTo('HaResourceSchema')),
        rules: listOf(refTo('HaRuleSchema')),
        errors: listOf(refTo('HaSectionError')),
      },
      required: ['status', 'groups', 'resources', 'rules', 'errors'],
    },
  ],
  [routes.clusterStatus, listOf(refTo('ClusterStatusSchema'))],
  [routes.clusterResources, listOf(mapOf(listOf(refTo('ClusterResourceSchema'))))],
  [routes.nodes, listOf(mapOf(refTo('NodeSchema')))],
  [
    routes.fleet,
    {
      type: 'object',
      properties: {
        schemaVersion: { type: 'number' },
        epoch: { type: 'string' },
        seq: { type: 'number' },
        serverTimeMs: { type: 'number' },
        aggregatorVersion: { type: 'string' },
        clusters: listOf(refTo('FleetCluster')),
        nodes: listOf(refTo('FleetNode')),
        groups: listOf(refTo('FleetGroup')),
        rules: listOf(refTo('FleetRule')),
        resources: listOf(refTo('FleetResource')),
        guests: listOf(refTo('FleetGuest')),
      },
    },
  ],
]);

/** OpenAPI 3.1 document of the given rows of the route table. */
export function openApiDocument(rows: readonly AnyRoute[]): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const row of rows) {
    paths[row.path] = { ...paths[row.path], [row.method.toLowerCase()]: operation(row) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Proxbox aggregator',
      version: productVersion,
      description:
        'Quorum and high-availability state of Proxmox VE clusters. Paths under /proxmox are wire-compatible with the Proxmox cluster HA reference; paths under /fleet are additive.',
    },
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(components).map(([name, schema]) => [name, toSchema(schema)]),
      ),
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'X-Proxbox-API-Key' } },
    },
  };
}

function operation(row: AnyRoute): JsonSchema {
  const isStream = row === routes.fleetStream;
  const failure = (description: string): JsonSchema => ({
    description,
    content: { 'application/json': { schema: mapOf({}) } },
  });
  return {
    summary: row.summary,
    parameters: [...parameters(row.params, 'path'), ...parameters(row.query, 'query')],
    ...(row.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(row.body, 'input') } },
          },
        }),
    responses: {
      200: {
        description: 'Successful Response',
        content: isStream
          ? { 'text/event-stream': { schema: { type: 'string' } } }
          : { 'application/json': { schema: replies.get(row) ?? toSchema(row.reply) } },
      },
      422: failure('Validation Error'),
      ...(row.keyless
        ? {}
        : {
            401: failure(`Key missing or wrong (header ${apiKeyHeader})`),
            429: failure('Rate limit or lockout'),
          }),
    },
    security: row.keyless ? [] : [{ apiKey: [] }],
  };
}

function parameters(schema: z.ZodType, place: 'path' | 'query'): JsonSchema[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !field.safeParse(undefined).success,
    schema: toSchema(field),
  }));
}

/** Lenient lists show as lists; whatever else has no JSON Schema shows as anything. */
function toSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonSchema {
  const { $schema: _dialect, ...plain } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const definition = zodSchema._zod.def;
      if (definition.type === 'pipe' && definition.in._zod.def.type === 'optional') jsonSchema.type = 'array';
    },
  });
  return plain;
}
