import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EndpointSet } from '../../../../src/aggregator/collect/endpointSet.ts';
import { PveClient, type PveEndpoint, sendDestroy } from '../../../../src/pve/pveClient.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

const root = path.resolve(import.meta.dirname, '../../../../src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({
    file: file.replaceAll(path.sep, '/'),
    text: readFileSync(path.join(root, file), 'utf8'),
  }));

/** Files whose code, without comments, matches. */
function filesWith(pattern: RegExp, among = (file: string): boolean => file !== ''): string[] {
  return files
    .filter(({ file, text }) => among(file) && pattern.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    .map(({ file }) => file)
    .sort();
}

/** Whether a destroy could be sent from here: it needs the symbol that names the method. */
const canSend = /\bsendDestroy\b/;
/** Ways to a symbol without naming it. */
const findsSymbols = /\b(getOwnPropertySymbols|getOwnPropertyDescriptors|ownKeys)\b/;
const passesOn = [
  'aggregator/collect/createReaders.ts',
  'aggregator/collect/endpointSet.ts',
  'pve/pveClient.ts',
];

describe('the way to destroy', () => {
  it('is taken by exactly two modules', () => {
    assert.deepEqual(
      filesWith(canSend).filter((file) => !passesOn.includes(file)),
      ['aggregator/intent/destroy/destroyLxc.ts', 'aggregator/intent/destroy/destroyQemu.ts'],
    );
  });

  it('has no other entrance: what passes a destroy on has it under its symbol alone', () => {
    const endpoints = new EndpointSet(
      [{ endpointId: 1, url: 'https://pve1:8006', tls: 'verified', reader: {} as PveEndpoint }],
      new FakeClock(),
    );
    const named: Record<string, unknown> = Object.fromEntries(
      [PveClient.prototype, EndpointSet.prototype].flatMap((prototype) =>
        Object.getOwnPropertyNames(prototype).map((name) => [name, name]),
      ),
    );
    assert.deepEqual(
      Object.keys(named).filter((name) => /destroy|delete|remove/i.test(name)),
      [],
    );
    assert.equal(typeof endpoints[sendDestroy], 'function');
    assert.deepEqual(filesWith(findsSymbols), []);
  });

  it('has no side road: only the client and what chooses its endpoint pass a destroy on', () => {
    for (const file of passesOn) assert.ok(filesWith(canSend).includes(file), file);
    // Whoever could destroy otherwise has to name the type or the method of Proxmox's HTTP interface.
    assert.deepEqual(filesWith(/\bPve(Destroyer|Endpoint)\b/), [
      'aggregator/collect/createReaders.ts',
      'aggregator/collect/endpointSet.ts',
      'aggregator/intent/destroy/destroyLxc.ts',
      'aggregator/intent/destroy/destroyQemu.ts',
      'aggregator/intent/intentCluster.ts',
      'pve/pveClient.ts',
    ]);
    const talksToProxmox = (file: string): boolean =>
      /^(pve|aggregator\/(collect|intent|model))\//.test(file);
    assert.deepEqual(filesWith(/['"`]DELETE['"`]/, talksToProxmox), ['pve/pveClient.ts']);
  });

  it('finds a third destroyer, however it is written', () => {
    for (const text of [
      `readers[0]?.endpoints[sendDestroy]('/nodes/pve1/qemu/100')`,
      `const { [sendDestroy]: away } = clusters[0].destroyer; away('/x')`,
      `import { sendDestroy as other } from '../pve/pveClient.ts'`,
    ])
      assert.match(text, canSend);
    for (const text of ['Object.getOwnPropertySymbols(endpoints)', 'Reflect.ownKeys(endpoints)'])
      assert.match(text, findsSymbols);
  });

  it('is entered from the executor of approved requests alone', () => {
    assert.deepEqual(filesWith(/\bdestroy(Qemu|Lxc)\b/), [
      'aggregator/intent/deletion/deletionExecutor.ts',
      'aggregator/intent/destroy/destroyLxc.ts',
      'aggregator/intent/destroy/destroyQemu.ts',
    ]);
    assert.deepEqual(filesWith(/(?<!readonly )\bdestroyer\b(?!:)/), [
      'aggregator/intent/deletion/deletionExecutor.ts',
      'aggregator/intent/destroy/destroyLxc.ts',
      'aggregator/intent/destroy/destroyQemu.ts',
    ]);
  });

  it('is not to be had over a change: one module sends those, with the parameters that it lists', () => {
    assert.deepEqual(
      filesWith(/\.\s*write\s*\(|['"`]write['"`]/, (file) =>
        /^aggregator\/(?!cli\.ts|serve\/stream\/)/.test(file),
      ),
      [
        'aggregator/collect/createReaders.ts',
        'aggregator/collect/endpointSet.ts',
        'aggregator/intent/guest/sendChange.ts',
      ],
    );
  });

  it('is not to be had over Proxmox parameters that overwrite or remove a guest', () => {
    // Restoring with force replaces the guest of that number; forced stops pull a running one down.
    assert.deepEqual(
      filesWith(/\b(force|archive|skiplock|overruleShutdown)\b\s*[:=]/, (file) =>
        file.startsWith('aggregator/intent/'),
      ),
      [],
    );
  });
});
