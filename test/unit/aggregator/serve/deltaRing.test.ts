import assert from 'node:assert/strict';
import { DeltaRing } from '../../../../src/aggregator/serve/stream/deltaRing.ts';

const frame = (bytes: number): Buffer => Buffer.alloc(bytes);

describe('ring of deltas', () => {
  it('covers what it holds and nothing else', () => {
    const ring = new DeltaRing({ maxCount: 3, maxBytes: 1_000 });
    for (const seq of [5, 6, 7]) ring.push(seq, frame(10));
    assert.equal(ring.covers(4, 7), true);
    assert.equal(ring.covers(7, 7), true);
    assert.equal(ring.covers(3, 7), false);
    assert.equal(ring.covers(8, 7), false);
    assert.equal(ring.covers(6, 8), false);
  });

  it('forgets the oldest beyond its count', () => {
    const ring = new DeltaRing({ maxCount: 2, maxBytes: 1_000 });
    for (const seq of [1, 2, 3]) ring.push(seq, frame(10));
    assert.equal(ring.at(1), undefined);
    assert.deepEqual([ring.count, ring.bytes], [2, 20]);
  });

  it('forgets the oldest beyond its bytes but always keeps the newest', () => {
    const ring = new DeltaRing({ maxCount: 10, maxBytes: 100 });
    ring.push(1, frame(60));
    ring.push(2, frame(60));
    assert.deepEqual([ring.count, ring.bytes], [1, 60]);
    ring.push(3, frame(500));
    assert.equal(ring.at(3)?.length, 500);
    assert.deepEqual([ring.count, ring.bytes], [1, 500]);
  });

  it('starts over after a gap in the numbers', () => {
    const ring = new DeltaRing({ maxCount: 10, maxBytes: 1_000 });
    ring.push(1, frame(1));
    ring.push(3, frame(1));
    assert.equal(ring.covers(0, 3), false);
    assert.equal(ring.covers(2, 3), true);
    assert.equal(ring.count, 1);
  });
});
