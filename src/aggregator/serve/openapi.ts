import { z } from 'zod';
import { apiKeyHeader, routes } from '../../contract/routes.ts';
import { productVersion } from '../../contract/version.ts';

/** The contract as OpenAPI 3.1, from the same table that serves it. */
export function openApiDocument(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, row] of Object.entries(routes)) {
    const operations = paths[row.path] ?? {};
    paths[row.path] = operations;
    operations[row.method.toLowerCase()] = {
      operationId: name,
      summary: row.summary,
      parameters: [...parametersOf(row.params, 'path'), ...parametersOf(row.query, 'query')],
      ...(row.keyless ? { security: [] } : {}),
      responses: {
        200: { description: 'OK', content: { 'application/json': { schema: schemaOf(row.reply) } } },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Proxbox aggregator', version: productVersion },
    paths,
    components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: apiKeyHeader } } },
    security: [{ key: [] }],
  };
}

function schemaOf(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
}

function parametersOf(schema: z.ZodType, where: 'path' | 'query'): unknown[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const required = new Set(json.required ?? []);
  return Object.entries(json.properties ?? {}).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.has(name),
    schema: property,
  }));
}
