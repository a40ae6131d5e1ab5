import assert from 'node:assert/strict';
import { diffRecords } from '../../../../src/aggregator/model/diff.ts';
import { steady } from '../../../../src/aggregator/model/rounding.ts';
import { emptyRecords } from '../../../../src/contract/model/fleet.ts';
import { buildCluster, buildGuest } from '../../../support/fleetBuilders.ts';

describe('difference of two pictures', () => {
  it('is nothing for equal ones, even when they are other objects', () => {
    const before = { ...emptyRecords(), clusters: [buildCluster()], guests: [buildGuest(100)] };
    assert.equal(diffRecords(before, structuredClone(before)), null);
  });
  it('holds what is new, what changed and what is gone, and nothing else', () => {
    const before = { ...emptyRecords(), guests: [buildGuest(100), buildGuest(101), buildGuest(102)] };
    const after = {
      ...emptyRecords(),
      guests: [buildGuest(100), buildGuest(101, { node: 'pve2' }), buildGuest(103)],
    };
    const diff = diffRecords(before, after);
    assert.deepEqual(
      diff?.upserted.guests.map((guest) => guest.vmid),
      [101, 103],
    );
    assert.deepEqual(diff?.removed, ['guest:prod/102']);
  });
});

describe('steady figures', () => {
  it('do not change while the new one is less than a step away', () => {
    assert.equal(steady(0.1234, null, 0.01), 0.12);
    assert.equal(steady(0.1279, 0.12, 0.01), 0.12);
    assert.equal(steady(0.135, 0.12, 0.01), 0.14);
  });
  it('keep zero as zero and unknown as unknown', () => {
    assert.equal(steady(0, null, 0.01), 0);
    assert.equal(steady(null, 0.5, 0.01), null);
  });
});
