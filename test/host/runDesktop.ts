// Runs the host suite in a desktop VS Code that is already on this machine: the one PROXBOX_VSCODE names, else `code` on
// the PATH. Nothing is downloaded. Where there is none it says so and fails, because nothing was tested.
// Usage: node test/host/runDesktop.ts
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { announce, rootDir } from '../../scripts/lib/base.mjs';

/** Path of the `code` command, or `null`. */
function findDesktop(): string | null {
  const named = process.env.PROXBOX_VSCODE;
  if (named !== undefined && named !== '') return named;
  const found = spawnSync(process.platform === 'win32' ? 'where' : 'which', ['code'], { encoding: 'utf8' });
  const [first = ''] = found.status === 0 ? found.stdout.split(/\r?\n/) : [];
  return first === '' ? null : first;
}

const executable = findDesktop();
if (executable === null) {
  announce('desktop: no VS Code on this machine. Set PROXBOX_VSCODE to its executable; nothing was tested.');
  process.exit(1);
}

const built = spawnSync(process.execPath, ['esbuild.mjs', '--tests'], { cwd: rootDir, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const dataDir = mkdtempSync(path.join(tmpdir(), 'proxbox-desktop-'));
try {
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: rootDir,
    extensionTestsPath: path.join(rootDir, 'dist', 'test', 'host', 'index.js'),
    extensionTestsEnv: { PROXBOX_TEST_REPORT: path.join(dataDir, 'report.jsonl') },
    launchArgs: ['--disable-extensions', `--user-data-dir=${dataDir}`],
  });
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
