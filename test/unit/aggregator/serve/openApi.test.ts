import assert from 'node:assert/strict';
import { routes } from '../../../../src/contract/routes.ts';
import { productVersion } from '../../../../src/contract/version.ts';
import { startTestServer } from './harness.ts';

interface Operation {
  readonly parameters: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[];
  readonly responses: Record<string, { content: Record<string, { schema: Record<string, unknown> }> }>;
  readonly security: unknown[];
}
interface Document {
  readonly openapi: string;
  readonly info: { version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, { properties: Record<string, unknown> }> };
}

describe('GET /openapi.json', () => {
  let document: Document;
  before(async () => {
    document = (await startTestServer().ask('/openapi.json')).body as Document;
  });

  it('tells the version of the product, by which clients discover it', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info.version, productVersion);
  });

  it('describes every row of the route table', () => {
    for (const row of Object.values(routes)) {
      const operation = document.paths[row.path]?.[row.method.toLowerCase()];
      assert.ok(operation !== undefined, row.path);
      assert.deepEqual(operation.security, row.keyless ? [] : [{ apiKey: [] }]);
    }
  });

  it('describes lists as lists of named rows with nullable fields', () => {
    const reply = document.paths['/proxmox/cluster/ha/status']?.get?.responses['200'];
    assert.deepEqual(reply?.content['application/json']?.schema, {
      type: 'array',
      items: { $ref: '#/components/schemas/HaStatusItemSchema' },
    });
    const properties = document.components.schemas.HaStatusItemSchema?.properties;
    assert.ok(properties !== undefined && 'crm_state' in properties && 'armed_state' in properties);
    assert.match(JSON.stringify(properties.quorate), /"boolean".*"null"/);
  });

  it('describes parameters with their place and whether they are needed', () => {
    const operation = document.paths['/proxmox/cluster/ha/resources/by-vm/{vmid}']?.get;
    const parameters = operation?.parameters ?? [];
    assert.deepEqual(
      parameters.map(({ name, in: place, required }) => [name, place, required]),
      [
        ['vmid', 'path', true],
        ['source', 'query', false],
        ['proxmox_endpoint_ids', 'query', false],
        ['endpoint_ids', 'query', false],
        ['name', 'query', false],
        ['domain', 'query', false],
        ['ip_address', 'query', false],
        ['port', 'query', false],
      ],
    );
    assert.equal(parameters[0]?.schema.type, 'integer');
  });

  it('refers only to components that exist', () => {
    const wanted = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      (match) => match[1],
    );
    assert.ok(wanted.length > 10);
    for (const name of wanted) assert.ok(document.components.schemas[name ?? ''] !== undefined, name);
  });
});
