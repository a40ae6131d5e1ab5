import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { announce, cacheDir } from './lib/base.mjs';
import {
  calmSettings,
  type EditorServer,
  hasSettings,
  installVsix,
  startEditorServer,
  writeSettings,
} from './lib/editorServer.ts';
import { markerName } from './lib/marked.mjs';
import { ensureVsix } from './lib/vsix.ts';

/** What a person finds on the first start: simulated clusters, reached through the embedded aggregator. */
const firstConnections = {
  'proxbox.connections': [{ id: 'demo', kind: 'demo', name: 'Demo', enabled: true }],
};

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'no-open': { type: 'boolean', default: false },
    desktop: { type: 'boolean', default: false },
    port: { type: 'string' },
    'data-dir': { type: 'string' },
  },
});

/** For programs that stay open when this one ends. */
const lastingEnv = { ...process.env, [markerName]: undefined };

const runDir = path.resolve(options['data-dir'] ?? path.join(cacheDir, 'run'));
const serverDir = path.join(runDir, 'server');
const workspaceDir = path.join(runDir, 'workspace');
const ownerFile = path.join(runDir, 'owner');

let server: EditorServer | undefined;
let stopping: Promise<void> | undefined;

function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    await server?.stop();
    rmSync(ownerFile, { force: true });
    rmSync(path.join(runDir, 'token'), { force: true });
    rmSync(path.join(runDir, 'open.html'), { force: true });
    announce('stopped');
    process.exit(code);
  })();
  return stopping;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Two runs would share one data folder; the second says who the first is. */
function claimRunDir(): void {
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  const owner = existsSync(ownerFile) ? Number(readFileSync(ownerFile, 'utf8')) : 0;
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new Error(
      `The console already runs (process ${owner}). Stop it with Ctrl-C there, or start a second one with --data-dir=DIR.`,
    );
  }
  writeFileSync(ownerFile, String(process.pid));
}

function prepareWorkspace(): void {
  if (!existsSync(workspaceDir)) {
    mkdirSync(workspaceDir, { recursive: true });
    writeFileSync(
      path.join(workspaceDir, 'README.md'),
      '# Sample folder\n\nThe console needs no folder. This one is open so that the workbench has something to show.\n',
    );
  }
}

/** Installs the VSIX unless exactly this one is installed already. */
async function installConsole(vsixFile: string): Promise<void> {
  const stampFile = path.join(serverDir, 'installed-vsix');
  const hash = createHash('sha256').update(readFileSync(vsixFile)).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) {
    return;
  }
  announce('start: installing the extension …');
  await installVsix(serverDir, vsixFile);
  writeFileSync(stampFile, hash);
}

function writePrivateFile(file: string, text: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
}

/**
 * Opens the browser on a file that leads to the address: an argument of a command can be read by everybody on the
 * machine, and the address carries the token.
 */
function openBrowser(url: string): void {
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasScreen) {
    return;
  }
  const file = path.join(runDir, 'open.html');
  writePrivateFile(
    file,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${url.replaceAll('&', '&amp;')}">\n`,
  );
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(command, [file], { stdio: 'ignore', detached: true, env: lastingEnv });
  child.on('error', () => announce('start: no browser could be opened; open the address above'));
  child.unref();
}

async function runWorkbench(): Promise<void> {
  claimRunDir();
  prepareWorkspace();
  const vsixFile = await ensureVsix();
  // Only on the first start: afterwards they belong to the person.
  if (!hasSettings(serverDir, 'User')) {
    writeSettings(serverDir, 'User', calmSettings);
  }
  if (!hasSettings(serverDir, 'Machine')) {
    writeSettings(serverDir, 'Machine', firstConnections);
  }
  await installConsole(vsixFile);
  const token = randomBytes(24).toString('hex');
  const tokenFile = path.join(runDir, 'token');
  writePrivateFile(tokenFile, token);
  announce('start: starting the workbench …');
  server = await startEditorServer({ dataDir: serverDir, port: Number(options.port ?? 0), tokenFile });
  const url = `${server.origin}/?tkn=${token}&folder=${encodeURIComponent(workspaceDir)}`;
  void server.process.exited.then((code) => {
    if (!stopping) {
      announce(
        `The workbench ended by itself (${code ?? 'signal'}).\n${server?.process.output().slice(-4_000)}`,
      );
      void stop(1);
    }
  });
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
    return;
  }
  process.stdout.write(`\nThe console runs at\n\n  ${url}\n\nCtrl-C stops it.\n`);
  if (!options['no-open'] && !process.env.CI) {
    openBrowser(url);
  }
}

async function runDesktop(): Promise<void> {
  if (spawnSync('code', ['--version']).status !== 0) {
    throw new Error(
      'The command `code` was not found, so there is no desktop editor to open. Install VS Code with its shell command, or run `npm start` for the workbench in a browser.',
    );
  }
  prepareWorkspace();
  const desktopDir = path.join(runDir, 'desktop');
  const vsixFile = await ensureVsix();
  const settingsFile = path.join(desktopDir, 'data', 'User', 'settings.json');
  if (!existsSync(settingsFile)) {
    mkdirSync(path.dirname(settingsFile), { recursive: true });
    writeFileSync(settingsFile, `${JSON.stringify({ ...calmSettings, ...firstConnections }, null, 2)}\n`);
  }
  // A profile of its own: the person's editor keeps its settings and extensions.
  const profile = [
    `--user-data-dir=${path.join(desktopDir, 'data')}`,
    `--extensions-dir=${path.join(desktopDir, 'extensions')}`,
  ];
  const install = spawnSync('code', [...profile, '--install-extension', vsixFile, '--force'], {
    encoding: 'utf8',
    env: lastingEnv,
  });
  if (install.status !== 0) {
    throw new Error(`Installing the extension did not work.\n${install.stdout}${install.stderr}`);
  }
  const open = spawnSync('code', [...profile, '--new-window', workspaceDir], {
    stdio: 'inherit',
    env: lastingEnv,
  });
  if (open.status !== 0) {
    throw new Error('The desktop editor did not open.');
  }
  announce('The desktop editor opens with the console installed.');
}

// A second Ctrl-C changes nothing: the first one already stops everything within seconds.
process.on('SIGINT', () => void stop(130));
process.on('SIGTERM', () => void stop(143));
process.on('SIGHUP', () => void stop(129));
process.on('disconnect', () => void stop(1));

try {
  if (options.desktop) {
    await runDesktop();
    process.exit(0);
  }
  await runWorkbench();
} catch (error) {
  announce(error instanceof Error ? error.message : String(error));
  await stop(1);
}
