// Measured numbers of the product: printed as a table and written to bench-results.json. Nothing is asserted here; the
// machine's own speed is in every figure, so compare figures of one run with each other.
import { statSync, writeFileSync } from 'node:fs';
import { measureActivation } from './activationBench.ts';
import { measureAggregator } from './aggregatorBench.ts';
import { measureConsole } from './consoleBench.ts';
import { measureFindings } from './findingsBench.ts';
import { measureForesight } from './foresightBench.ts';
import { measureHaEngine } from './haBench.ts';
import { measureIntent } from './intentBench.ts';
import { measurePage } from './pageBench.ts';
import { measureSizes } from './sizeBench.ts';

/** One figure, with the goal it stands against where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: number;
}

const figures: Figure[] = [];
for (const measure of [
  measureSizes,
  measureAggregator,
  measureIntent,
  measureHaEngine,
  measureForesight,
  measureFindings,
  measureConsole,
  measurePage,
  measureActivation,
])
  figures.push(...(await measure()));
for (const { name, value, unit, goal } of figures) {
  const shown = `${Number(value.toFixed(value < 10 ? 2 : 0))} ${unit}`;
  console.log(
    `${name.padEnd(72)} ${shown.padStart(12)}${goal === undefined ? '' : `   goal ≤ ${goal} ${unit}${value > goal ? '   MISSED' : ''}`}`,
  );
}
const file = new URL('../../bench-results.json', import.meta.url);
writeFileSync(file, `${JSON.stringify({ node: process.version, figures }, null, 2)}\n`);
console.log(`written: bench-results.json, ${statSync(file).size} B`);
process.exit(0);
