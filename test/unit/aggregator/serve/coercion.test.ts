import assert from 'node:assert/strict';
import {
  coerceBool,
  coerceInt,
  coerceNumber,
  coerceText,
  eitherCase,
} from '../../../../src/aggregator/serve/coercion.ts';

describe('coercion of the HA reference', () => {
  const integers: [unknown, number | null][] = [
    [true, 1],
    [false, 0],
    [0, 0],
    [7, 7],
    [-3, -3],
    [1.5, null],
    [Number.NaN, null],
    ['0', 0],
    ['42', 42],
    ['-1', null],
    ['+1', null],
    [' 1', null],
    ['1.0', null],
    ['', null],
    ['many', null],
    [null, null],
    [undefined, null],
    [{}, null],
    [[1], null],
  ];
  for (const [input, expected] of integers) {
    it(`reads ${JSON.stringify(input) ?? 'nothing'} as the integer ${expected}`, () =>
      assert.equal(coerceInt(input), expected));
  }

  const flags: [unknown, boolean | null][] = [
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    [0.5, true],
    [-1, true],
    ['1', true],
    ['true', true],
    [' YES ', true],
    ['On', true],
    ['0', false],
    ['False', false],
    ['no', false],
    ['off', false],
    ['', false],
    ['  ', false],
    ['maybe', null],
    [null, null],
    [undefined, null],
    [{}, null],
    [Number.NaN, null],
  ];
  for (const [input, expected] of flags) {
    it(`reads ${JSON.stringify(input) ?? 'nothing'} as the flag ${expected}`, () =>
      assert.equal(coerceBool(input), expected));
  }

  it('keeps text and nothing but text', () => {
    assert.equal(coerceText('x'), 'x');
    assert.equal(coerceText(''), '');
    for (const other of [1, true, null, undefined, {}, ['x']]) assert.equal(coerceText(other), null);
  });

  it('reads figures with fractions, zero included', () => {
    assert.equal(coerceNumber(0), 0);
    assert.equal(coerceNumber(0.25), 0.25);
    assert.equal(coerceNumber('12.5'), 12.5);
    for (const other of [Number.POSITIVE_INFINITY, 'much', '', null, true, {}]) {
      assert.equal(coerceNumber(other), null);
    }
  });

  it('prefers the underscore key, zero included, and falls back to its kebab twin', () => {
    assert.equal(eitherCase({ max_restart: 0, 'max-restart': 3 }, 'max_restart'), 0);
    assert.equal(eitherCase({ 'max-restart': 3 }, 'max_restart'), 3);
    assert.equal(eitherCase({}, 'max_restart'), undefined);
  });
});
