// A mocha reporter that writes one JSON line per event to the file named by PROXBOX_TEST_REPORT. The suites run in
// different places (plain Node, an extension host, a browser's driver); the runner reads all of them the same way.
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } =
  Mocha.Runner.constants;

function describeError(error) {
  const { message, stack, showDiff, expected, actual } = error ?? {};
  const comparable = showDiff !== false && expected !== undefined && actual !== undefined;
  const text = (value) => (typeof value === 'string' ? value : Mocha.utils.stringify(value));
  return {
    message: String(message ?? error),
    stack: typeof stack === 'string' ? stack : '',
    diff: comparable ? Mocha.reporters.Base.generateDiff(text(actual), text(expected)) : '',
  };
}

export default class JsonLinesReporter {
  constructor(runner) {
    const file = process.env.PROXBOX_TEST_REPORT;
    if (!file) {
      throw new Error('PROXBOX_TEST_REPORT names no file to report to.');
    }
    Mocha.reporters.Base.useColors = false;
    const write = (event) => appendFileSync(file, `${JSON.stringify(event)}\n`);
    const of = (test) => ({ title: test.titlePath().join(' › '), durationMs: test.duration ?? 0 });
    runner.on(EVENT_RUN_BEGIN, () => write({ kind: 'begin', total: runner.total }));
    runner.on(EVENT_TEST_PASS, (test) => write({ kind: 'pass', ...of(test) }));
    runner.on(EVENT_TEST_PENDING, (test) => write({ kind: 'pending', ...of(test) }));
    runner.on(EVENT_TEST_FAIL, (test, error) =>
      write({ kind: 'fail', ...of(test), ...describeError(error) }),
    );
    runner.on(EVENT_RUN_END, () => write({ kind: 'end' }));
  }
}
