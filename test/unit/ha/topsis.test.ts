import assert from 'node:assert/strict';
import { rateByTopsis } from '../../../src/ha/usage/topsis.ts';

describe('rating by several criteria', () => {
  it('gives the best of all criteria one and the worst of all nought', () => {
    assert.deepEqual(
      rateByTopsis(
        [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
        [0.5, 0.5],
      ).map((rating) => Math.round(rating * 100) / 100),
      [1, 0.5, 0],
    );
  });

  it('lets the weights decide between criteria', () => {
    const rows = [
      [1, 2],
      [2, 1],
    ];
    const [first = 0, second = 0] = rateByTopsis(rows, [0.9, 0.1]);
    assert.ok(first > second);
    const [other = 0, best = 0] = rateByTopsis(rows, [0.1, 0.9]);
    assert.ok(best > other);
  });

  it('tells equal alternatives apart in nothing, and copes with columns of zeros', () => {
    assert.deepEqual(
      rateByTopsis(
        [
          [0, 5],
          [0, 5],
        ],
        [0.5, 0.5],
      ),
      [0, 0],
    );
  });
});
