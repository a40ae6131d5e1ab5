import assert from 'node:assert/strict';
import { plainCopy } from '../../../src/base/plainCopy.ts';

describe('copy of plain data', () => {
  it('is equal and shares nothing', () => {
    const value = { list: [{ a: 1 }, null], text: 'x', none: undefined };
    const copy = plainCopy(value);
    assert.deepEqual(copy, value);
    assert.notEqual(copy.list, value.list);
    assert.notEqual(copy.list[0], value.list[0]);
  });
});
