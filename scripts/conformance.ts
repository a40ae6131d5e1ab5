// Plays every scenario file of a folder through the HA engine and compares what happens with what the file expects.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compareRun } from '../src/ha/sim/conformance.ts';
import { readScenario } from '../src/ha/sim/scenario.ts';

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('Usage: npm run -s conformance -- DIR\n');
  process.exit(2);
}
let level1 = 0;
let level2 = 0;
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort();
for (const file of files) {
  let line: string;
  try {
    const outcome = compareRun(readScenario(JSON.parse(readFileSync(path.join(folder, file), 'utf8'))));
    if (outcome.isLevel1) level1 += 1;
    if (outcome.isLevel2) level2 += 1;
    const verdict = `level1 ${outcome.isLevel1 ? 'ok' : 'DIFFERS'} level2 ${outcome.isLevel2 ? 'ok' : 'DIFFERS'}`;
    line = outcome.difference === null ? verdict : `${verdict}  ${outcome.difference}`;
  } catch (error) {
    line = `not played: ${error instanceof Error ? error.message : 'unknown error'}`;
  }
  process.stdout.write(`${file}  ${line}\n`);
}
process.stdout.write(`level1 ${level1}/${files.length} level2 ${level2}/${files.length}\n`);
