// Runs the host suite in a real extension host: starts the editor host with its test driver on loopback, opens the
// workbench in a browser and lets it load this extension and the bundled tests from their folders.
// Usage: node test/host/run.ts [--oldest] [--grep TEXT]
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { announce, resultsDir, rootDir } from '../../scripts/lib/base.mjs';
import { launchBrowser } from '../../scripts/lib/browser.ts';
import {
  calmSettings,
  type EditorServer,
  startEditorServer,
  writeSettings,
} from '../../scripts/lib/editorServer.ts';
import { noticeKinds } from '../../src/console/notices/noticeKinds.ts';

/** A notice must not take the answer that a test has ready for a question; the test of notices turns its kind on. */
const noNotices = Object.fromEntries(noticeKinds.map((kind) => [`proxbox.notifications.${kind}`, false]));

const deadlineMs = Number(process.env.PROXBOX_HOST_DEADLINE_MS) || 6 * 60_000;

const workDir = mkdtempSync(path.join(tmpdir(), 'proxbox-host-'));
const grepAt = process.argv.indexOf('--grep');
const grep = grepAt > 0 ? process.argv[grepAt + 1] : process.env.PROXBOX_TEST_GREP;

/** Which editor host: the newest one, or the oldest one that the extension supports. */
const host = process.argv.includes('--oldest') ? 'oldest' : 'newest';

let server: EditorServer | undefined;
let browser: Browser | undefined;

async function cleanUp(): Promise<void> {
  await browser?.close().catch(() => undefined);
  await server?.stop();
  rmSync(workDir, { recursive: true, force: true });
}

let ending = false;

function endWith(code: number): void {
  ending = true;
  void cleanUp().finally(() => process.exit(code));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => endWith(130));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Loads the workbench with the extension and resolves with the exit code of the suite. */
async function runInPage(page: Page, origin: string): Promise<number> {
  const problems: string[] = [];
  const exitCode = new Promise<number>((resolve) => {
    void page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
      const text = args.map(textOf).join(' ');
      if (type === 'error') {
        problems.push(text);
      }
      if (process.env.PROXBOX_HOST_LOG) {
        announce(`[${type}] ${text}`);
      }
    });
    void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
  });
  const authority = `vscode-remote://${new URL(origin).host}`;
  const payload = [
    ['extensionDevelopmentPath', `${authority}${rootDir}`],
    ['extensionTestsPath', `${authority}${path.join(rootDir, 'dist', 'test', 'host', 'index.js')}`],
    ['skipWelcome', 'true'],
  ];
  const query = new URLSearchParams({
    folder: path.join(workDir, 'workspace'),
    payload: JSON.stringify(payload),
  });
  await page.goto(`${origin}/?${query}`, { timeout: 60_000 });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      announce(`host: the suite did not end within ${deadlineMs / 1000} s`);
      resolve(1);
    }, deadlineMs);
  });
  const gone = new Promise<number>((resolve) => {
    page.once('crash', () => {
      announce('host: the page crashed');
      resolve(1);
    });
    void server?.process.exited.then((code) => {
      if (!ending) {
        announce(`host: the editor host ended with ${code ?? 'a signal'}`);
      }
      resolve(1);
    });
  });
  const code = await Promise.race([exitCode, late, gone]);
  clearTimeout(timer);
  if (code !== 0) {
    mkdirSync(resultsDir, { recursive: true });
    await page
      .screenshot({ path: path.join(resultsDir, 'host-failure.png'), timeout: 15_000 })
      .catch(() => undefined);
    announce(`host: a picture of the workbench is in test-results/host-failure.png`);
    for (const problem of problems.filter((text) => !text.includes('ENOTFOUND')).slice(-10)) {
      announce(`host: ${problem.slice(0, 1_000)}`);
    }
  }
  return code;
}

async function main(): Promise<number> {
  if (!existsSync(path.join(rootDir, 'dist', 'test', 'host', 'index.js'))) {
    throw new Error('The host tests are not bundled yet. Run: npm run test:host');
  }
  mkdirSync(path.join(workDir, 'workspace'));
  const dataDir = path.join(workDir, 'data');
  writeSettings(dataDir, 'User', calmSettings);
  writeSettings(dataDir, 'Machine', noNotices);
  server = await startEditorServer({
    host,
    dataDir,
    smokeTestDriver: true,
    env: {
      PROXBOX_TEST_REPORT: process.env.PROXBOX_TEST_REPORT ?? path.join(workDir, 'report.jsonl'),
      PROXBOX_TEST_GREP: grep,
    },
  });
  browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  return runInPage(page, server.origin);
}

try {
  endWith(await main());
} catch (error) {
  announce(error instanceof Error ? (error.stack ?? error.message) : String(error));
  endWith(1);
}
