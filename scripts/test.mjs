// Sets up what is missing and then runs the test suites; see runSuites.ts.
import { announce, handOver, runMain } from './lib/base.mjs';
import { suiteNames, suiteNeeds, usualSuiteNames } from './lib/suites.mjs';
import { setUp } from './setup.mjs';

const usage = `Usage: npm test -- [suites…] [mocha options or test files]
Runs every suite but \`oldest\`, or the named ones: ${suiteNames.join(', ')};
\`all\` names every one. \`oldest\` is the host suite in the oldest supported editor, which is set up for it.
Ends with one line: N passed, N failed, N skipped.

  npm test -- unit --grep quorum
  npm test -- unit test/unit/ha/quorum.test.ts`;

const given = process.argv.slice(2);
const args = given[0] === 'all' ? [...suiteNames, ...given.slice(1)] : given;
const firstOther = args.findIndex((arg) => !suiteNames.includes(arg));
const named = firstOther === -1 ? args : args.slice(0, firstOther);
const rest = firstOther === -1 ? [] : args.slice(firstOther);

if (rest.includes('--help')) {
  process.stdout.write(`${usage}\n`);
} else if (rest.length > 0 && (named.length === 0 || !/^-|\.ts$/.test(rest[0]))) {
  announce(`Unknown suite: ${rest[0]}\n\n${usage}`);
  process.exitCode = 2;
} else {
  await runMain(async () => {
    const names = named.length > 0 ? suiteNames.filter((name) => named.includes(name)) : usualSuiteNames;
    await setUp([...new Set(['dependencies', ...names.flatMap((name) => suiteNeeds[name])])]);
    handOver('scripts/runSuites.ts', [...names, '--', ...rest]);
  });
}
