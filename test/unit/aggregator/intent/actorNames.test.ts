import assert from 'node:assert/strict';
import { toActor } from '../../../../src/contract/intent/actorName.ts';
import { actorSchema } from '../../../../src/contract/intent/permissions.ts';

describe('names of actors', () => {
  it('are made from whatever the operating system calls somebody', () => {
    for (const [name, expected] of [
      ['mira', 'mira'],
      ['Jürgen Groß', 'Jurgen Gro'],
      ['DOM\\mira', 'DOM-mira'],
      ['мира', 'operator'],
      ['', 'operator'],
      ['a\uFE0F\u3164', 'a'],
      ['x'.repeat(200), 'x'.repeat(80)],
    ] as const) {
      assert.equal(toActor(name), expected);
      assert.ok(actorSchema.safeParse(toActor(name)).success, name);
    }
  });
});
