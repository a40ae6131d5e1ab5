import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { announce, resultsDir, rootDir, secondsSince } from './lib/base.mjs';
import { type OwnedProcess, startOwned } from './lib/processes.ts';
import { ensureVsix } from './lib/vsix.ts';

/** One line of a suite's report; written by lib/reporter.mjs. */
type ReportEvent =
  | { readonly kind: 'begin'; readonly total: number }
  | { readonly kind: 'pass' | 'pending'; readonly title: string; readonly durationMs: number }
  | {
      readonly kind: 'fail';
      readonly title: string;
      readonly durationMs: number;
      readonly message: string;
      readonly stack: string;
      readonly diff: string;
    }
  | { readonly kind: 'end' };

interface Suite {
  /** Files by glob for mocha, or a program that runs mocha somewhere else. */
  readonly run:
    | { readonly files: string; readonly timeoutMs?: number }
    | { readonly program: string; readonly args?: readonly string[] };
  readonly deadlineMs: number;
  /** Lists each test while it runs: for suites that take long. */
  readonly listsTests?: boolean;
}

const minuteMs = 60_000;

const suites: Readonly<Record<string, Suite>> = {
  unit: { run: { files: 'test/unit' }, deadlineMs: 8 * minuteMs },
  store: { run: { files: 'test/store', timeoutMs: 60_000 }, deadlineMs: 8 * minuteMs },
  simulator: { run: { files: 'test/simulator' }, deadlineMs: 8 * minuteMs },
  contract: { run: { files: 'test/contract' }, deadlineMs: 8 * minuteMs },
  webview: { run: { files: 'test/webview', timeoutMs: 60_000 }, deadlineMs: 8 * minuteMs },
  service: { run: { files: 'test/service', timeoutMs: 60_000 }, deadlineMs: 8 * minuteMs, listsTests: true },
  host: { run: { program: 'test/host/run.ts' }, deadlineMs: 8 * minuteMs, listsTests: true },
  oldest: {
    run: { program: 'test/host/run.ts', args: ['--oldest'] },
    deadlineMs: 8 * minuteMs,
    listsTests: true,
  },
  e2e: { run: { files: 'test/e2e', timeoutMs: 180_000 }, deadlineMs: 15 * minuteMs, listsTests: true },
};

/** How long a suite may take to end by itself after its last test. */
const endGraceMs = 20_000;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Suites that need the bundle, respectively the VSIX. */
const needsBundle = new Set(['webview', 'service', 'host', 'oldest', 'e2e']);
const needsVsix = new Set(['e2e']);

let current: OwnedProcess | undefined;
let interrupted = false;
const totals: Counts = { passed: 0, failed: 0, skipped: 0 };

const separator = process.argv.indexOf('--', 2);
const names = process.argv.slice(2, separator);
const passedOn = process.argv.slice(separator + 1);
const isAlone = names.length === 1;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function listTestFiles(folder: string): string[] {
  try {
    return readdirSync(path.join(rootDir, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => path.join(folder, name))
      .sort();
  } catch {
    return [];
  }
}

function commandOf(suite: Suite): string[] | undefined {
  if ('program' in suite.run) {
    return [path.join(rootDir, suite.run.program), ...(suite.run.args ?? []), ...passedOn];
  }
  const namedFiles = passedOn.filter((arg) => arg.endsWith('.ts'));
  const files = namedFiles.length > 0 ? [] : listTestFiles(suite.run.files);
  if (files.length + namedFiles.length === 0) {
    return undefined;
  }
  return [
    path.join(rootDir, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    '--reporter',
    path.join(rootDir, 'scripts', 'lib', 'reporter.mjs'),
    '--forbid-only',
    ...(suite.run.timeoutMs ? ['--timeout', String(suite.run.timeoutMs)] : []),
    ...passedOn,
    ...files,
  ];
}

function printFailure(event: Extract<ReportEvent, { kind: 'fail' }>): void {
  const stack = event.stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/node_modules[\\/]mocha|node:internal/.test(line))
    .slice(0, 8)
    .map((line) => line.replaceAll(`${rootDir}${path.sep}`, '').replaceAll(`file://${rootDir}/`, ''));
  say(`  ✖ ${event.title}`);
  say(`      ${event.message.split('\n').join('\n      ')}`);
  if (event.diff.trim()) {
    say(event.diff.replaceAll(/^\n+|\n+$/g, ''));
  }
  say(stack.join('\n'));
}

/** Reads what a suite has reported since the last call. */
function createReportReader(file: string): () => ReportEvent[] {
  let offset = 0;
  return () => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return [];
    }
    const end = text.lastIndexOf('\n') + 1;
    const fresh = text.slice(offset, end);
    offset = Math.max(offset, end);
    return fresh
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ReportEvent);
  };
}

async function runSuite(name: string): Promise<Counts> {
  const suite = suites[name];
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const command = suite && commandOf(suite);
  if (!suite || !command) {
    say(`${name}: no tests found, which counts as a failure`);
    return { ...counts, failed: 1 };
  }
  const startedAt = performance.now();
  const deadlineMs = Number(process.env.PROXBOX_SUITE_DEADLINE_MS) || suite.deadlineMs;
  const folder = mkdtempSync(path.join(tmpdir(), `proxbox-${name}-`));
  const reportFile = path.join(folder, 'report.jsonl');
  const readReport = createReportReader(reportFile);
  let endedAt: number | undefined;
  const takeIn = (): void => {
    for (const event of readReport()) {
      switch (event.kind) {
        case 'pass':
          counts.passed++;
          if (suite.listsTests || isAlone) {
            say(`  ✔ ${event.title} (${Math.round(event.durationMs)} ms)`);
          }
          break;
        case 'pending':
          counts.skipped++;
          say(`  - ${event.title} (skipped)`);
          break;
        case 'fail':
          counts.failed++;
          printFailure(event);
          break;
        case 'end':
          endedAt = performance.now();
          break;
        case 'begin':
          break;
      }
    }
  };
  say(`${name} …`);
  const owned = startOwned(process.execPath, command, {
    cwd: rootDir,
    env: {
      PROXBOX_TEST_REPORT: reportFile,
      PROXBOX_SUITE: name,
      NODE_OPTIONS: undefined,
      FORCE_COLOR: undefined,
    },
    onOutput: (text, stream) => process[stream].write(text),
  });
  current = owned;
  let exit: { readonly code: number | null } | undefined;
  void owned.exited.then((code) => {
    exit = { code };
  });
  let problem: string | undefined;
  while (!exit) {
    takeIn();
    if (performance.now() - startedAt > deadlineMs) {
      problem = `did not end within ${Math.round(deadlineMs / 1000)} s and was stopped`;
      break;
    }
    if (endedAt !== undefined && performance.now() - endedAt > endGraceMs) {
      problem = 'ran its last test but did not end by itself: something is still open';
      break;
    }
    await delay(100);
  }
  await owned.stop();
  current = undefined;
  takeIn();
  rmSync(folder, { recursive: true, force: true });
  if (!problem && exit && exit.code !== 0 && counts.failed === 0) {
    problem = `ended with ${exit.code ?? 'a signal'} although no test failed`;
  }
  if (!problem && endedAt === undefined && !interrupted) {
    problem = 'ended before its report was complete';
  }
  if (!problem && counts.passed + counts.failed === 0) {
    problem = 'ran no test, which counts as a failure';
  }
  if (problem) {
    counts.failed++;
    say(`  ✖ ${name} ${problem}`);
  }
  say(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${secondsSince(startedAt)})`,
  );
  return counts;
}

/** The bundle and the VSIX; a failure is told by the suites that need them. */
async function prepare(): Promise<string | undefined> {
  try {
    if (names.some((name) => needsBundle.has(name))) {
      const bundler: { build(options: object): Promise<{ missing: readonly string[] }> } = await import(
        new URL('../esbuild.mjs', import.meta.url).href
      );
      const { missing } = await bundler.build({ tests: true });
      for (const file of missing) {
        say(`bundle: ${file} does not exist yet`);
      }
    }
    if (names.some((name) => needsVsix.has(name))) {
      await ensureVsix();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function finish(): never {
  mkdirSync(resultsDir, { recursive: true });
  writeFileSync(path.join(resultsDir, 'summary.json'), `${JSON.stringify({ suites: names, ...totals })}\n`);
  say(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
}

function interrupt(): void {
  if (interrupted) {
    return;
  }
  interrupted = true;
  announce('test: interrupted, stopping');
  totals.failed++;
  void (current?.stop() ?? Promise.resolve()).then(finish);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, interrupt);
}

const preparationProblem = await prepare();
for (const name of names) {
  if (interrupted) {
    break;
  }
  let counts: Counts;
  if (preparationProblem && needsBundle.has(name)) {
    say(`${name}: the bundle could not be built\n${preparationProblem}`);
    counts = { passed: 0, failed: 1, skipped: 0 };
  } else {
    counts = await runSuite(name);
  }
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  totals.skipped += counts.skipped;
}
if (!interrupted) {
  finish();
}
