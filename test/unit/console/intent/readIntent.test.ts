import assert from 'node:assert/strict';
import { intentTemplate } from '../../../../src/console/intent/intentFile.ts';
import { readIntent } from '../../../../src/console/intent/readIntent.ts';

const good = `version: 1
cluster: lab
guests:
  - op: create
    kind: qemu
    vmid: 140
    node: pve2
    name: web-4
  - op: delete
    kind: lxc
    vmid: 105
    node: pve1
    reason: decommissioned
`;

/** Findings as "text in the document → message". */
function told(text: string, language: 'yaml' | 'json' = 'yaml'): string[] {
  return readIntent(text, language).findings.map(
    ({ range, message }) => `${text.slice(range.start, range.end)} → ${message}`,
  );
}

describe('reading an intent document', () => {
  it('reads a good document in both languages to the same', () => {
    const yaml = readIntent(good, 'yaml');
    assert.deepEqual(yaml.findings, []);
    assert.equal(yaml.document?.guests.length, 2);
    const json = readIntent(JSON.stringify(yaml.document, null, '\t'), 'json');
    assert.deepEqual(json.findings, []);
    assert.deepEqual(json.document, yaml.document);
  });

  it('reads its own template', () => {
    for (const language of ['yaml', 'json'] as const) {
      const read = readIntent(intentTemplate(language, 'lab', 'pve1'), language);
      assert.deepEqual(read.findings, []);
      assert.equal(read.document?.cluster, 'lab');
    }
  });

  it('names unknown keys at the key', () => {
    assert.deepEqual(told(good.replace('name: web-4', 'nmae: web-4')), [
      'nmae → "nmae" is not known for op "create".',
    ]);
    assert.deepEqual(told(`${good}colour: red\n`), ['colour → "colour" is not known here.']);
  });

  it('keeps passwords out, and says why', () => {
    const [finding = ''] = told(good.replace('name: web-4', 'password: hunter22'));
    assert.match(finding, /^password → "password" has no place in a document/);
    assert.ok(!finding.includes('hunter22'));
  });

  it('finds wrong values at the value and missing ones at the guest', () => {
    assert.deepEqual(told(good.replace('vmid: 140', 'vmid: 7')), ['7 → vmid is at least 100.']);
    assert.deepEqual(told(good.replace('vmid: 140', 'vmid: "140"')), ['"140" → vmid takes a number.']);
    assert.deepEqual(told(good.replace('    node: pve2\n', '')), ['op: create → node is missing.']);
    assert.deepEqual(told(good.replace('kind: qemu', 'kind: vm')), ['vm → kind takes qemu or lxc.']);
    assert.deepEqual(told(good.replace('op: create', 'op: make')), [
      'make → op takes create, update or delete.',
    ]);
    assert.deepEqual(told(good.replace('reason: decommissioned', 'reason: x')), [
      'x → reason has at least 3 characters.',
    ]);
  });

  it('finds a VMID that stands twice, with the first place', () => {
    const text = good.replace('vmid: 105', 'vmid: 140');
    const [finding, ...others] = readIntent(text, 'yaml').findings;
    assert.equal(others.length, 0);
    assert.equal(finding?.code, 'vmid_repeated');
    assert.ok(finding?.related !== undefined && finding.related.range.start < finding.range.start);
    assert.equal(text.slice(finding.related.range.start, finding.related.range.end), '140');
    assert.equal(readIntent(text, 'yaml').document, null);
  });

  it('gives faults of syntax their place and keeps the cluster', () => {
    const read = readIntent(good.replace('vmid: 140', 'vmid 140'), 'yaml');
    assert.equal(read.document, null);
    assert.equal(read.cluster, 'lab');
    assert.ok(read.findings.length > 0 && read.findings.every(({ origin }) => origin === 'syntax'));
  });

  it('refuses in JSON what only YAML allows', () => {
    assert.match(
      told('{"version": 1, "cluster": "lab", "guests": [],}', 'json')[0] ?? '',
      /This is not JSON/,
    );
    assert.match(told("{'version': 1}", 'json')[0] ?? '', /This is not JSON/);
  });

  it('says what an empty document needs', () => {
    assert.match(told('')[0] ?? '', /The document is empty/);
    assert.match(told('# nothing yet\n')[0] ?? '', /The document is empty/);
    assert.match(told('just words')[0] ?? '', /The document takes keys with values/);
  });

  it('does not unfold a bomb of references', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
    ].join('\n');
    const read = readIntent(bomb, 'yaml');
    assert.equal(read.document, null);
    assert.ok(read.findings.length > 0);
  });
});
