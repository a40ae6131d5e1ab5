import assert from 'node:assert/strict';
import { type IntentDiff, readDiff } from '../../../src/contract/intent/diff.ts';

describe('a change with its target in two places', () => {
  const read = (fields: Partial<IntentDiff>) =>
    readDiff({ op: 'update', kind: 'qemu', payload: { vmid: 105, node: 'pve1' }, ...fields }, 0);

  it('is read when both say the same', () => {
    const diff = read({ desired_vmid: 105, proxmox_node: 'pve1' });
    assert.ok('payload' in diff);
    assert.equal(diff.payload.vmid, 105);
  });

  it('is refused when they differ, because either may be the guest that was meant', () => {
    for (const [fields, path] of [
      [{ desired_vmid: 106 }, 'payload.vmid'],
      [{ proxmox_node: 'pve2' }, 'payload.node'],
    ] as const) {
      const diff = read(fields);
      assert.ok('problem' in diff);
      assert.deepEqual([diff.problem.code, diff.problem.path], ['payload_invalid', path]);
    }
  });
});
