// Runs inside the extension host: mocha over every bundled *.test.js beside this file. The runner outside reads the
// results from the file named by PROXBOX_TEST_REPORT; what the editor itself hears is only success or failure.
import { readdirSync } from 'node:fs';
import Mocha from 'mocha';
import JsonLinesReporter from '../../scripts/lib/reporter.mjs';

export async function run(): Promise<void> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    reporter: JsonLinesReporter,
    forbidOnly: true,
    ...(process.env.PROXBOX_TEST_GREP ? { grep: process.env.PROXBOX_TEST_GREP } : {}),
  });
  mocha.suite.emit('pre-require', globalThis, 'host', mocha);
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.js'));
  for (const file of files.sort()) {
    await import(new URL(file, import.meta.url).href);
  }
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) =>
      failures > 0 ? reject(new Error(`${failures} tests failed in the editor`)) : resolve(),
    );
  });
}
