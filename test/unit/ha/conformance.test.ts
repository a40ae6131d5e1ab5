import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { compareRun } from '../../../src/ha/sim/conformance.ts';
import { readScenario } from '../../../src/ha/sim/scenario.ts';

/** Recorded scenarios lie beside the project on machines that have them; the others have our own below. */
const folder = new URL('../../../../shared/pve-ha/scenarios/', import.meta.url);

describe('recorded scenarios of the HA manager', () => {
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort()
    : [];
  for (const file of files)
    it(`${file} goes as recorded, event by event`, () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      assert.equal(compareRun(readScenario(JSON.parse(text))).difference, null);
    });
});
