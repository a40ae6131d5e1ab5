// What every script needs before anything is installed: plain JavaScript for Node 20 and no dependency.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findMarkedProcesses, markerName, nestedMarker, signalAll } from './marked.mjs';

export const rootDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const cacheDir = path.join(rootDir, '.cache');
export const resultsDir = path.join(rootDir, 'test-results');

/** The npm package that carries a whole VS Code workbench with its Node extension host. */
export const editorHostPackage = 'code-server';

/**
 * The editor hosts that tests run in. The newest one also carries `npm start`; the oldest one is VS Code 1.106, the
 * oldest that `engines.vscode` in package.json admits, on the Node it was made for.
 */
const editorHosts = {
  newest: {
    name: 'newest',
    version: '4.139.1',
    nodeMajor: 24,
    dir: path.join(cacheDir, 'editor-host'),
    // Native modules that are loaded, by the file they are built into.
    natives: {
      '@vscode/spdlog': 'spdlog.node',
      '@vscode/sqlite3': 'vscode-sqlite3.node',
      kerberos: 'kerberos.node',
    },
    pins: null,
  },
  oldest: {
    name: 'oldest',
    version: '4.106.3',
    nodeMajor: 22,
    dir: path.join(cacheDir, 'editor-host-oldest'),
    natives: {
      '@vscode/spdlog': 'spdlog.node',
      kerberos: 'kerberos.node',
      'native-watchdog': 'watchdog.node',
      'node-pty': 'pty.node',
    },
    // It names a Git commit here, which is later than the release before it and part of the one after.
    pins: { '@parcel/watcher': '2.5.6' },
  },
};

/** The editor host of this name, `newest` or `oldest`, with the paths in its folder. */
export function editorHost(name = 'newest') {
  const host = editorHosts[name];
  if (!host) {
    throw new SetupError(`There is no editor host "${name}". Known: ${Object.keys(editorHosts).join(', ')}.`);
  }
  return { ...host, ...editorHostPaths(host.dir) };
}

/** Where the programs of an editor host lie that is installed in this folder. */
export function editorHostPaths(dir) {
  const vscodeDir = path.join(dir, 'node_modules', editorHostPackage, 'lib', 'vscode');
  return { vscodeDir, serverMain: path.join(vscodeDir, 'out', 'server-main.js') };
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A failure a person can act on: printed without a stack. */
export class SetupError extends Error {}

/** Candidates for a Node of this major version, best first. The npm package `node` keeps its binary in one of them. */
function nodeCandidates(major) {
  const cached = path.join(cacheDir, `node${major}`, 'node_modules', nodePlatformPackage(), 'bin', 'node');
  if (major !== 24) {
    return [cached];
  }
  return [
    path.join(rootDir, 'node_modules', 'node', 'bin', 'node'),
    path.join(rootDir, 'node_modules', 'node', 'node_modules', nodePlatformPackage(), 'bin', 'node'),
    path.join(rootDir, 'node_modules', nodePlatformPackage(), 'bin', 'node'),
    cached,
  ];
}

/** The npm package with the Node binary and its headers for this platform. */
export function nodePlatformPackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}

/** Path of a Node of this major version (the project's own: 24) that runs, or undefined. */
export function findNode(major = 24) {
  for (const candidate of nodeCandidates(major)) {
    if (!existsSync(candidate)) {
      continue;
    }
    const result = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    if (result.status === 0 && result.stdout.startsWith(`v${major}.`)) {
      return candidate;
    }
  }
  return Number(process.versions.node.split('.')[0]) === major ? process.execPath : undefined;
}

/** Folder with `include/node/node.h` for Node of this major version, or undefined. */
export function findNodeHeaders(major = 24) {
  const folders = nodeCandidates(major).map((file) => path.dirname(path.dirname(file)));
  return folders.find((folder) => existsSync(path.join(folder, 'include', 'node', 'node.h')));
}

/**
 * The environment for a nested npm: without what an outer `npm run` put there, and without this project's bin folder
 * on PATH, whose `node` disappears while the dependencies are being replaced. The name of the outer npm goes too, because
 * packages read from it which Node they are installed for.
 */
export function cleanNpmEnv(extra = {}) {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    const dropped =
      /^npm_(package_|lifecycle_|command$|execpath$|node_execpath$)/.test(name) ||
      /^npm_config_(local_prefix|global|omit|include|only|production|ignore_scripts|nodedir|json|open|user_agent)$/i.test(
        name,
      ) ||
      ['INIT_CWD', 'NODE', 'NODE_OPTIONS', 'NODE_ENV'].includes(name);
    if (!dropped && value !== undefined) {
      env[name] = value;
    }
  }
  const separator = path.delimiter;
  env.PATH = (env.PATH ?? '')
    .split(separator)
    .filter(
      (folder) => !folder.endsWith(path.join('node_modules', '.bin')) && !folder.includes('node-gyp-bin'),
    )
    .join(separator);
  return { ...env, ...extra };
}

/** A Chromium to test with: the one PROXBOX_CHROMIUM names or the first that is installed. */
export function findBrowser() {
  const candidates = [
    process.env.PROXBOX_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return candidates.find((file) => {
    try {
      accessSync(file ?? '', constants.X_OK);
      return Boolean(file);
    } catch {
      return false;
    }
  });
}

/** Seconds with one decimal since `startedAt` (performance.now()). */
export function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** Announces on stderr, so that stdout stays free for machine-readable lines. */
export function announce(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a long step. Its output is kept and shown only when it fails; meanwhile a line says every few seconds that it is
 * still going on.
 */
export async function runStep(title, command, args, options = {}) {
  const startedAt = performance.now();
  announce(`setup: ${title} …`);
  const output = [];
  const child = spawn(command, args, {
    cwd: options.cwd ?? rootDir,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: npm's and apt's own children end with it.
    detached: true,
  });
  const keep = (data) => {
    output.push(data);
    if (output.length > 4000) {
      output.splice(0, 2000);
    }
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ticker = setInterval(() => {
    const detail = options.detail?.();
    announce(`setup: ${title}: ${secondsSince(startedAt)}${detail ? `, ${detail}` : ''}`);
  }, 5_000);
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has already ended.
    }
  };
  const interrupt = () => {
    announce(`setup: ${title}: interrupted; the next run starts this step again`);
    process.exit(130);
  };
  process.once('exit', stop);
  for (const signal of endSignals) {
    process.once(signal, interrupt);
  }
  try {
    const failure = await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? code}`));
    });
    if (failure) {
      const tail = Buffer.concat(output).toString('utf8').trimEnd().split('\n').slice(-60).join('\n');
      throw new SetupError(`${title} did not work: ${command} ${failure}.\n${tail}`);
    }
    announce(`setup: ${title}: done in ${secondsSince(startedAt)}`);
  } finally {
    clearInterval(ticker);
    process.removeListener('exit', stop);
    for (const signal of endSignals) {
      process.removeListener(signal, interrupt);
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `body` while no other process of this checkout holds the lock of this name. */
export async function withLock(name, body) {
  mkdirSync(cacheDir, { recursive: true });
  const lockDir = path.join(cacheDir, `${name}.lock`);
  const ownerFile = path.join(lockDir, 'pid');
  let announcedAt = 0;
  let ownerlessSince;
  for (;;) {
    try {
      mkdirSync(lockDir);
      writeFileSync(ownerFile, String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw error;
      }
    }
    let owner = Number.NaN;
    try {
      owner = Number.parseInt(readFileSync(ownerFile, 'utf8'), 10);
    } catch {
      // The other process has made the folder but not yet written its id, or is just giving it back.
    }
    ownerlessSince = Number.isNaN(owner) ? (ownerlessSince ?? Date.now()) : undefined;
    const ownerless = ownerlessSince !== undefined && Date.now() - ownerlessSince > 5_000;
    if (ownerless || (!Number.isNaN(owner) && !isAlive(owner))) {
      rmSync(lockDir, { recursive: true, force: true });
      continue;
    }
    if (Date.now() - announcedAt > 10_000) {
      announcedAt = Date.now();
      announce(`${name}: waiting for another run (process ${Number.isNaN(owner) ? 'unknown' : owner}) …`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const release = () => rmSync(lockDir, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await body();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/**
 * Runs a TypeScript file under the project's Node as a child that ends with this process, and ends as it ended.
 * The child gets an IPC channel: when that closes, this process is gone and the child must stop too.
 */
export function handOver(file, args) {
  const node = findNode();
  if (!node) {
    throw new SetupError('Node 24 is missing although set-up ran. Run: npm run setup');
  }
  const binDir = path.join(rootDir, 'node_modules', '.bin');
  const marker = nestedMarker();
  const env = {
    ...process.env,
    [markerName]: marker,
    PATH: `${path.dirname(node)}${path.delimiter}${binDir}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  const child = spawn(node, [path.join(rootDir, file), ...args], {
    cwd: rootDir,
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of endSignals) {
    process.on(signal, () => child.kill(signal));
  }
  const parentPid = process.ppid;
  const orphanWatch = process.env.npm_lifecycle_event
    ? setInterval(() => {
        if (process.ppid !== parentPid) {
          child.kill('SIGTERM');
        }
      }, 1_000)
    : undefined;
  child.once('error', (error) => {
    announce(`${node} did not start. ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    clearInterval(orphanWatch);
    // Normally there is nobody left; a child that was killed could not clean up itself.
    signalAll(findMarkedProcesses(marker), 'SIGKILL');
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 1));
  });
}

/** Runs a script's main function and turns its failure into a readable message and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    announce(error instanceof SetupError ? `\n${error.message}` : String(error?.stack ?? error));
    process.exit(1);
  }
}
