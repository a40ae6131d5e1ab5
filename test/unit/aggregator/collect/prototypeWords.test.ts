import assert from 'node:assert/strict';
import { lrmWord, masterWord, parseHaStatusText } from '../../../../src/pve/haStatus.ts';

describe('state words of the HA stack', () => {
  for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'warp'])
    it(`are unknown when they are not Proxmox's, such as ${word}`, () => {
      const text = parseHaStatusText(`n1 (${word}, Thu Jan  1 00:00:00 2026)`);
      assert.equal(lrmWord(text), 'unknown');
      assert.equal(masterWord(text), 'unknown');
    });

  it("are Proxmox's own otherwise", () => {
    const text = parseHaStatusText('n1 (old timestamp - dead?, Thu Jan  1 00:00:00 2026)');
    assert.deepEqual([lrmWord(text), masterWord(text)], ['silent', 'silent']);
  });
});
