import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

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

describe('the way to destroy', () => {
  it('is taken by exactly two modules', () => {
    assert.deepEqual(filesWith(/\bdestroyer\s*\.\s*destroy\s*\(/), [
      'aggregator/intent/destroy/destroyLxc.ts',
      'aggregator/intent/destroy/destroyQemu.ts',
    ]);
  });

  it('has no side road: only the client and what chooses its endpoint pass a destroy on', () => {
    // Whoever could destroy has to name the type or the method of Proxmox's HTTP interface.
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

  it('is entered from the executor of approved requests alone', () => {
    assert.deepEqual(filesWith(/\bdestroy(Qemu|Lxc)\b/), [
      'aggregator/intent/deletion/deletionExecutor.ts',
      'aggregator/intent/destroy/destroyLxc.ts',
      'aggregator/intent/destroy/destroyQemu.ts',
    ]);
    assert.deepEqual(filesWith(/\.destroyer\b/), ['aggregator/intent/deletion/deletionExecutor.ts']);
  });

  it('is not to be had over a change: one module sends those, with the parameters that it lists', () => {
    assert.deepEqual(
      filesWith(/\.\s*write\s*\(/, (file) => file.startsWith('aggregator/intent/')),
      ['aggregator/intent/guest/sendChange.ts'],
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
