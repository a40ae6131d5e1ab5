// Sets up what is missing and then runs the console; see startConsole.ts for what that is.
import { announce, handOver, runMain } from './lib/base.mjs';
import { setUp } from './setup.mjs';

const usage = `Usage: npm start -- [options]
Runs the console in a VS Code workbench on loopback, with its embedded demo clusters.

  --json           print one line {"ready":true,"url":…} on stdout and nothing else; opens no browser
                   (npm itself adds two lines; \`npm start --silent -- --json\` or \`node scripts/start.mjs --json\` do not)
  --no-open        open no browser
  --port=N         listen on this port instead of a free one
  --data-dir=DIR   keep settings and extensions there instead of .cache/run
  --desktop        open the desktop editor (command \`code\`) instead
  --help           print this`;

const known = /^--(json|no-open|desktop|port=\d{1,5}|data-dir=.+)$/;

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== '--help' && !known.test(arg));
if (args.includes('--help')) {
  process.stdout.write(`${usage}\n`);
} else if (unknown !== undefined) {
  announce(`Unknown option: ${unknown}\n\n${usage}`);
  process.exitCode = 2;
} else {
  await runMain(async () => {
    await setUp(args.includes('--desktop') ? ['dependencies'] : ['dependencies', 'editor-host']);
    handOver('scripts/startConsole.ts', args);
  });
}
