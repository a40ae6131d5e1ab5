// Sets up a fresh machine step by step. Each step first checks whether there is anything to do, so running it again
// costs a moment. Plain JavaScript for Node 20: nothing is installed yet when this runs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  announce,
  cacheDir,
  cleanNpmEnv,
  editorHost,
  editorHostPackage,
  editorHostPaths,
  findBrowser,
  findNode,
  findNodeHeaders,
  nodePlatformPackage,
  rootDir,
  runMain,
  runStep,
  SetupError,
  secondsSince,
  withLock,
} from './lib/base.mjs';
import { findPostgres, postgresDir, postgresPlatformPackage, postgresVersion } from './lib/postgres.mjs';

const usage = `Usage: node scripts/setup.mjs [needs…]
Sets up what is missing. Needs: dependencies, editor-host, editor-host-oldest, browser, postgres.
Without any: everything but the oldest editor host.`;

const usualNeeds = ['dependencies', 'editor-host', 'browser', 'postgres'];
const allNeeds = ['dependencies', 'editor-host', 'editor-host-oldest', 'browser', 'postgres'];

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether what npm says it installed is what the lock file asks for on this platform. */
function dependenciesMatch(lockText) {
  const wanted = JSON.parse(lockText).packages;
  const installed = readJson(path.join(rootDir, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) {
    return false;
  }
  return Object.entries(wanted).every(([name, entry]) => {
    const found = installed[name];
    return name === '' || (found ? found.version === entry.version : entry.optional === true);
  });
}

async function setUpDependencies() {
  const lockText = readFileSync(path.join(rootDir, 'package-lock.json'), 'utf8');
  const lockHash = createHash('sha256').update(lockText).digest('hex');
  const stampFile = path.join(rootDir, 'node_modules', '.setup-stamp');
  const stamp = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
  if (stamp !== lockHash) {
    if (!dependenciesMatch(lockText)) {
      await runStep('npm dependencies', 'npm', ['ci', '--ignore-scripts=false', '--no-audit', '--no-fund'], {
        env: cleanNpmEnv(),
      });
    }
    writeFileSync(stampFile, lockHash);
  }
  await setUpNode24();
}

function wantedNodeVersion(major) {
  return major === 24
    ? (readJson(path.join(rootDir, 'package.json'))?.devDependencies?.node ?? '24')
    : String(major);
}

async function installNodePackage(title, major = 24) {
  const folder = path.join(cacheDir, `node${major}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), `{"name":"node${major}","private":true}\n`);
  await runStep(
    title,
    'npm',
    [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      `${nodePlatformPackage()}@${wantedNodeVersion(major)}`,
    ],
    { cwd: folder, env: cleanNpmEnv() },
  );
}

async function setUpNode24() {
  let node = findNode();
  if (!node) {
    await installNodePackage('Node 24');
    node = findNode();
  }
  if (!node) {
    throw new SetupError(
      `Node 24 could not be set up for ${process.platform} ${process.arch}. Install Node 24 and run the command again with it.`,
    );
  }
  // `npm run` finds `node` in the bin folder; install scripts that were not allowed to run leave it dangling.
  const link = path.join(rootDir, 'node_modules', '.bin', 'node');
  if (!existsSync(link)) {
    rmSync(link, { force: true });
    symlinkSync(node, link);
  }
}

function hasCommand(name) {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** Debian packages of which the thing they bring is not there. */
function missingPackages(wanted) {
  const checks = {
    chromium: () => findBrowser() !== undefined,
    'fonts-dejavu-core': () => existsSync('/usr/share/fonts'),
    'libkrb5-dev': () => existsSync('/usr/include/gssapi/gssapi.h'),
    'g++': () => hasCommand('g++'),
    make: () => hasCommand('make'),
    python3: () => hasCommand('python3'),
  };
  return wanted.filter((name) => !checks[name]());
}

let aptListsAreFresh = false;

/** Installs Debian packages as root or through a sudo that asks nothing. */
async function setUpPackages(wanted) {
  const missing = missingPackages(wanted);
  if (missing.length === 0) {
    return;
  }
  const names = missing.join(' ');
  if (process.platform !== 'linux' || !hasCommand('apt-get')) {
    throw new SetupError(
      `Missing on this machine: ${names}. There is no apt here: install them by hand (for the browser, PROXBOX_CHROMIUM may name an executable), then run the command again.`,
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) {
    throw new SetupError(
      `Missing on this machine: ${names}. Installing them needs root. Run this, then run the command again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`,
    );
  }
  const apt = async (title, args) => {
    const full = [
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-q',
      '-y',
      '-o',
      'DPkg::Lock::Timeout=300',
      '-o',
      'Acquire::Retries=3',
      ...args,
    ];
    await runStep(title, isRoot ? full[0] : 'sudo', isRoot ? full.slice(1) : ['-n', ...full]);
  };
  if (!aptListsAreFresh) {
    await apt('Debian package lists', ['update']);
    aptListsAreFresh = true;
  }
  await apt(`Debian packages ${names}`, ['install', '--no-install-recommends', ...missing]);
  const still = missingPackages(missing);
  if (still.length > 0) {
    throw new SetupError(`Still missing after the installation: ${still.join(' ')}.`);
  }
}

/** Files without which an editor host does not run: its programs and the native modules built here. */
function editorHostFiles(folder, host) {
  const { vscodeDir, serverMain } = editorHostPaths(folder);
  const modules = path.join(vscodeDir, 'node_modules');
  return [
    path.join(vscodeDir, 'product.json'),
    serverMain,
    path.join(vscodeDir, 'out', 'vs', 'code', 'browser', 'workbench', 'workbench.js'),
    path.join(vscodeDir, 'out', 'vs', 'workbench', 'api', 'node', 'extensionHostProcess.js'),
    path.join(vscodeDir, 'extensions', 'theme-defaults', 'package.json'),
    path.join(vscodeDir, 'extensions', 'node_modules'),
    ...Object.entries(host.natives).map(([name, file]) => path.join(modules, name, 'build', 'Release', file)),
  ];
}

/** Why the editor host in this folder cannot be used, or undefined when it can. */
function editorHostProblem(folder, host) {
  if (!existsSync(folder)) {
    return 'not installed';
  }
  const version = readJson(path.join(folder, 'node_modules', editorHostPackage, 'package.json'))?.version;
  if (version !== host.version) {
    return `version ${version ?? 'unknown'} instead of ${host.version}`;
  }
  const missing = editorHostFiles(folder, host).find((file) => !existsSync(file));
  return missing ? `${path.relative(folder, missing)} is missing` : undefined;
}

/** Starts the installed server far enough to print its version; a damaged program fails here. */
function editorHostRuns(folder, host) {
  const node = findNode(host.nodeMajor);
  if (!node) {
    return `Node ${host.nodeMajor} is missing`;
  }
  const { vscodeDir, serverMain } = editorHostPaths(folder);
  const modules = path.join(vscodeDir, 'node_modules');
  const result = spawnSync(node, [serverMain, '--version'], { encoding: 'utf8', timeout: 60_000 });
  const requires = Object.keys(host.natives)
    .filter((name) => name.startsWith('@vscode/'))
    .map((name) => `require(${JSON.stringify(path.join(modules, name))})`);
  const natives = spawnSync(node, ['-e', requires.join(';')], { encoding: 'utf8', timeout: 60_000 });
  return result.status === 0 && natives.status === 0
    ? undefined
    : `${result.stdout}${result.stderr}${natives.stderr}`.trim() || 'it does not start';
}

function megabytesIn(folder) {
  const result = spawnSync('du', ['-sm', folder], { encoding: 'utf8' });
  return result.status === 0 ? `${Number.parseInt(result.stdout, 10)} MB of about 620 MB` : undefined;
}

/** Replaces what a package file or its lock takes from elsewhere by a version of the registry. */
function pinToRegistry(file, pins) {
  const content = readJson(file);
  const lists = [content, ...Object.values(content.packages ?? {})].flatMap((entry) => [
    entry.dependencies,
    entry.devDependencies,
  ]);
  for (const [name, version] of Object.entries(pins)) {
    for (const list of lists) {
      if (list?.[name]) {
        list[name] = version;
      }
    }
    delete content.packages?.[`node_modules/${name}`];
  }
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Does what the package's own installation does, with two differences: what it takes from elsewhere comes from the
 * registry, and no module downloads anything by itself (the search program that one of them brings is not needed).
 */
async function installEditorParts(folder, host, { install, env }) {
  const { vscodeDir } = editorHostPaths(folder);
  const extensionsDir = path.join(vscodeDir, 'extensions');
  for (const cwd of [vscodeDir, extensionsDir]) {
    for (const name of ['package.json', 'npm-shrinkwrap.json']) {
      pinToRegistry(path.join(cwd, name), host.pins);
    }
    await runStep(
      `modules of the ${host.name} editor host`,
      'npm',
      [...install, '--ignore-scripts', '--omit=dev'],
      {
        cwd,
        env,
      },
    );
  }
  await runStep(
    `native modules of the ${host.name} editor host`,
    'npm',
    ['rebuild', ...Object.keys(host.natives)],
    {
      cwd: vscodeDir,
      env,
    },
  );
  symlinkSync('node_modules', path.join(vscodeDir, 'node_modules.asar'));
}

async function setUpEditorHost(host) {
  const stampFile = path.join(host.dir, 'complete.json');
  const problem = editorHostProblem(host.dir, host);
  const hasNode = findNode(host.nodeMajor) !== undefined;
  if (!problem && hasNode && readJson(stampFile)?.version === host.version) {
    return;
  }
  // An installation somebody made by hand counts when it is whole and starts.
  if (!problem && !editorHostRuns(host.dir, host)) {
    writeFileSync(stampFile, `${JSON.stringify({ version: host.version })}\n`);
    return;
  }
  announce(
    `setup: ${host.name} editor host: ${problem ?? 'it does not start'}; installing ${editorHostPackage} ${host.version}`,
  );
  await setUpPackages(['libkrb5-dev', 'g++', 'make', 'python3']);
  if (!findNodeHeaders(host.nodeMajor) || !hasNode) {
    await installNodePackage(`Node ${host.nodeMajor} with its headers`, host.nodeMajor);
  }
  const headers = findNodeHeaders(host.nodeMajor);
  const node = findNode(host.nodeMajor);
  if (!headers || !node) {
    throw new SetupError(
      `Node ${host.nodeMajor} and its headers could not be set up, and the ${host.name} editor host needs them to build.`,
    );
  }
  const partPrefix = `${path.basename(host.dir)}.part`;
  for (const name of readdirSync(cacheDir)) {
    if (name.startsWith(partPrefix)) {
      rmSync(path.join(cacheDir, name), { recursive: true, force: true });
    }
  }
  const partDir = path.join(cacheDir, `${partPrefix}-${process.pid}`);
  mkdirSync(partDir, { recursive: true });
  writeFileSync(path.join(partDir, 'package.json'), '{"name":"editor-host","private":true}\n');
  const env = cleanNpmEnv({
    npm_config_nodedir: headers,
    npm_config_ignore_scripts: 'false',
  });
  env.PATH = `${path.dirname(node)}${path.delimiter}${env.PATH}`;
  const title = `${host.name} editor host (${editorHostPackage} ${host.version})`;
  const install = ['install', '--no-audit', '--no-fund', '--loglevel=warn'];
  const wanted = `${editorHostPackage}@${host.version}`;
  if (host.pins === null) {
    await runStep(title, 'npm', [...install, wanted], {
      cwd: partDir,
      env,
      detail: () => megabytesIn(partDir),
    });
  } else {
    await runStep(title, 'npm', [...install, '--ignore-scripts', wanted], { cwd: partDir, env });
    await installEditorParts(partDir, host, { install, env });
  }
  const left = editorHostProblem(partDir, host) ?? editorHostRuns(partDir, host);
  if (left) {
    throw new SetupError(`The ${host.name} editor host was installed but does not work. ${left}`);
  }
  writeFileSync(path.join(partDir, 'complete.json'), `${JSON.stringify({ version: host.version })}\n`);
  rmSync(host.dir, { recursive: true, force: true });
  renameSync(partDir, host.dir);
}

/** PostgreSQL's programs, for tests that start a server of their own; no service is installed. */
async function setUpPostgres() {
  if (findPostgres()) {
    return;
  }
  mkdirSync(postgresDir, { recursive: true });
  writeFileSync(path.join(postgresDir, 'package.json'), '{"name":"postgres","private":true}\n');
  await runStep(
    'PostgreSQL programs',
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', `${postgresPlatformPackage()}@${postgresVersion}`],
    // Its install script makes the links between its libraries, without which nothing starts.
    { cwd: postgresDir, env: cleanNpmEnv({ npm_config_ignore_scripts: 'false' }) },
  );
  if (!findPostgres()) {
    throw new SetupError(
      `PostgreSQL could not be set up for ${process.platform} ${process.arch}. Install it, name the folder with initdb and postgres in PROXBOX_POSTGRES_BIN, and run the command again.`,
    );
  }
}

const steps = {
  dependencies: setUpDependencies,
  'editor-host': () => setUpEditorHost(editorHost('newest')),
  'editor-host-oldest': () => setUpEditorHost(editorHost('oldest')),
  browser: () => setUpPackages(['chromium', 'fonts-dejavu-core']),
  postgres: setUpPostgres,
};

/** Sets up the named needs, in a fixed order. `dependencies` always belongs to them. */
export async function setUp(needs = usualNeeds) {
  const startedAt = performance.now();
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    throw new SetupError(`Node ${process.versions.node} is too old. Node 20.19 or newer is needed.`);
  }
  mkdirSync(cacheDir, { recursive: true });
  await withLock('setup', async () => {
    for (const need of allNeeds) {
      if (need === 'dependencies' || needs.includes(need)) {
        await steps[need]();
      }
    }
  });
  announce(`setup: ready (${secondsSince(startedAt)})`);
}

if (
  process.argv[1] &&
  statSync(process.argv[1]).isFile() &&
  path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)
) {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
  } else if (args.some((arg) => !allNeeds.includes(arg))) {
    announce(`Unknown argument: ${args.find((arg) => !allNeeds.includes(arg))}\n${usage}`);
    process.exit(2);
  } else {
    await runMain(() => setUp(args.length > 0 ? args : usualNeeds));
  }
}
