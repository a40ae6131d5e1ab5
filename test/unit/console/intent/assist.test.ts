import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { completionsAt, hoverAt, type IntentFacts } from '../../../../src/console/intent/assist.ts';
import { intentJsonSchema } from '../../../../src/console/intent/documentSchema.ts';

const schema = intentJsonSchema();
const facts: IntentFacts = {
  clusters: () => [
    { value: 'lab', detail: '3 nodes' },
    { value: 'prod', detail: '5 nodes' },
  ],
  nodes: (cluster) => (cluster === 'lab' ? [{ value: 'pve1', detail: 'online' }] : []),
  guests: (cluster) =>
    cluster === 'lab'
      ? [
          { value: '105', detail: 'db-01', template: false },
          { value: '9000', detail: 'debian', template: true },
        ]
      : [],
};

/** Labels offered where the text has "|". */
function offers(marked: string, language: 'yaml' | 'json' = 'yaml'): string[] {
  return found(marked, language).map(({ label }) => label);
}

function found(marked: string, language: 'yaml' | 'json' = 'yaml') {
  const offset = marked.indexOf('|');
  return completionsAt(marked.replace('|', ''), language, offset, schema, facts);
}

const head = 'version: 1\ncluster: lab\nguests:\n';

describe('completion in an intent document', () => {
  it('offers the keys of the document that are not there yet', () => {
    assert.deepEqual(offers('|'), ['version', 'cluster', 'guests']);
    assert.deepEqual(offers('version: 1\nc|\n'), ['cluster', 'guests']);
  });

  it('offers the keys of the operation that is written', () => {
    const keys = offers(`${head}  - op: delete\n    |\n`);
    assert.deepEqual([...keys].sort(), ['kind', 'node', 'reason', 'vmid']);
    assert.ok(offers(`${head}  - op: create\n    kind: qemu\n    |\n`).includes('template_vmid'));
    assert.ok(!offers(`${head}  - op: update\n    kind: qemu\n    |\n`).includes('template_vmid'));
  });

  it('offers keys at the start of an entry, with or without a space, and within a word', () => {
    assert.ok(offers(`${head}  - |`).includes('op'));
    assert.ok(offers(`${head}  -|`).includes('op'));
    const [first] = found(`${head}  - op: create\n    me|m\n    kind: lxc\n`).filter(
      ({ label }) => label === 'memory_mib',
    );
    assert.equal(first?.insert, 'memory_mib: $0');
    assert.equal(first.range.end - first.range.start, 3);
  });

  it('goes into lists and mappings', () => {
    assert.deepEqual(offers(`${head}  - op: create\n    cloud_init:\n      network:\n        g|\n`), [
      'ipconfig0',
      'ip',
      'cidr',
      'gw',
      'gateway',
    ]);
    assert.deepEqual(offers(`${head}  - op: create\n    disks:\n      - |\n`), ['key', 'value']);
  });

  it('offers choices as values', () => {
    assert.deepEqual(offers(`${head}  - op: |\n`), ['create', 'update', 'delete']);
    assert.deepEqual(offers(`${head}  - op: create\n    kind: q|\n`), ['qemu', 'lxc']);
    assert.deepEqual(offers(`${head}  - op: create\n    onboot: |\n`), ['true', 'false']);
  });

  it('offers what is known of the clusters', () => {
    assert.deepEqual(offers('version: 1\ncluster: |\n'), ['lab', 'prod']);
    assert.deepEqual(offers(`${head}  - op: create\n    node: |\n`), ['pve1']);
    assert.deepEqual(offers(`${head}  - op: update\n    vmid: |\n`), ['105']);
    assert.deepEqual(offers(`${head}  - op: create\n    vmid: |\n`), []);
    assert.deepEqual(offers(`${head}  - op: create\n    template_vmid: 9|\n`), ['9000']);
    assert.deepEqual(offers('{"version": 1, "cluster": "|"}', 'json'), ['lab', 'prod']);
    assert.equal(found('{"version": 1, "cluster": "|"}', 'json')[0]?.insert, '"lab"');
  });

  it('stays silent in comments and texts', () => {
    assert.deepEqual(offers(`${head}  # o|\n`), []);
    assert.deepEqual(offers(`${head}  - op: create\n    description: some wo|\n`), []);
  });
});

describe('hover in an intent document', () => {
  const text = `${head}  - op: delete\n    vmid: 105\n`;
  const hover = (word: string) => hoverAt(text, 'yaml', text.indexOf(word) + 1, schema)?.markdown ?? '';

  it('says what a key and a value mean', () => {
    assert.match(hover('vmid'), /^\*\*vmid\*\* · whole number, 100 to 999999999\n\nNumber of the guest/);
    assert.match(hover('105'), /Number of the guest/);
    assert.match(hover('delete'), /second person/);
    assert.equal(hoverAt(`${text}\n`, 'yaml', text.length, schema), null);
  });
});

describe('the schema that ships', () => {
  it('is what the contract says; run node scripts/writeSchemas.ts', () => {
    const file = new URL('../../../../schemas/proxbox-intent.schema.json', import.meta.url);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(schema)));
  });

  it('describes every field, and knows no password', () => {
    const text = JSON.stringify(schema);
    assert.ok(!text.includes('password"'));
    for (const form of schema.properties?.guests?.items?.oneOf ?? [])
      for (const [key, field] of Object.entries(form.properties ?? {}))
        assert.notEqual(field.description, undefined, key);
  });
});
