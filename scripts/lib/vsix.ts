import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { announce, cacheDir, rootDir, secondsSince, withLock } from './base.mjs';

const activationLimitBytes = 300_000;
const vsixLimitBytes = 2_000_000;

/** What the VSIX is made from. A change in any of these makes an existing one stale. */
const sources = [
  'package.json',
  'package-lock.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.vscodeignore',
  'esbuild.mjs',
  'src',
  'webview',
  'media',
  'schemas',
];

/** What is taken over as it is. */
const shipped = ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'media', 'schemas'];

const allowedFiles = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/(package\.json|readme\.md|changelog\.md|LICENSE\.txt)$/i,
  /^extension\/dist\/(extension|aggregator|simulator)\.js$/,
  /^extension\/dist\/chunks\/[\w-]+\.js$/,
  /^extension\/dist\/webview\/[\w-]+\.(js|css)$/,
  /^extension\/dist\/webview\/codicon\.ttf$/,
  /^extension\/media\/[\w/-]+\.(svg|png|md)$/,
  /^extension\/schemas\/[\w.-]+\.json$/,
];

const requiredFiles = [
  'extension/package.json',
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
  'extension/dist/extension.js',
  'extension/dist/aggregator.js',
  'extension/dist/simulator.js',
  'extension/dist/webview/codicon.css',
  'extension/dist/webview/codicon.ttf',
];

export interface VsixEntry {
  readonly name: string;
  /** Size before compression. */
  readonly bytes: number;
}

export interface BuiltVsix {
  readonly file: string;
  readonly bytes: number;
  readonly activationBytes: number;
  readonly entries: readonly VsixEntry[];
}

export function sizeText(bytes: number): string {
  return bytes >= 1_000_000 ? `${(bytes / 1_000_000).toFixed(2)} MB` : `${(bytes / 1_000).toFixed(1)} kB`;
}

/** The central directory of a zip file: names and sizes. */
export function readZipEntries(file: string): VsixEntry[] {
  const data = readFileSync(file);
  const end = data.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) {
    throw new Error(`${file} is not a zip file.`);
  }
  const entries: VsixEntry[] = [];
  let offset = data.readUInt32LE(end + 16);
  for (let left = data.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = data.readUInt16LE(offset + 28);
    const name = data.toString('utf8', offset + 46, offset + 46 + nameLength);
    entries.push({ name, bytes: data.readUInt32LE(offset + 24) });
    offset += 46 + nameLength + data.readUInt16LE(offset + 30) + data.readUInt16LE(offset + 32);
  }
  return entries;
}

/** Paths inside the extension that its manifest names. */
function manifestReferences(value: unknown): string[] {
  if (typeof value === 'string') {
    return /^(\.\/)?(dist|media|schemas)\/[\w./-]+$/.test(value) ? [value.replace(/^\.\//, '')] : [];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).flatMap(manifestReferences);
  }
  return [];
}

function promisedPages(manifest: { activationEvents?: string[] }): string[] {
  return (manifest.activationEvents ?? [])
    .map((event) => /^onWebviewPanel:\w+\.(\w+)$/.exec(event)?.[1])
    .filter((name) => name !== undefined)
    .map((name) => `extension/dist/webview/${name}.js`);
}

function problemsOf(built: BuiltVsix, manifest: Record<string, unknown>): string[] {
  const names = new Set(built.entries.map((entry) => entry.name));
  const lowerNames = new Set([...names].map((name) => name.toLowerCase()));
  const wanted = [
    ...requiredFiles,
    ...promisedPages(manifest),
    ...manifestReferences(manifest).map((file) => `extension/${file}`),
  ];
  const problems = [
    ...[...names]
      .filter((name) => !allowedFiles.some((pattern) => pattern.test(name)))
      .map((name) => `${name} does not belong into the VSIX.`),
    ...[...new Set(wanted)]
      .filter((name) => !lowerNames.has(name.toLowerCase()))
      .map((name) => `${name} is missing in the VSIX.`),
  ];
  if (built.activationBytes === 0 || built.activationBytes > activationLimitBytes) {
    problems.push(
      `${sizeText(built.activationBytes)} are loaded at activation; the limit is ${sizeText(activationLimitBytes)}.`,
    );
  }
  if (built.bytes > vsixLimitBytes) {
    problems.push(`The VSIX has ${sizeText(built.bytes)}; the limit is ${sizeText(vsixLimitBytes)}.`);
  }
  return problems;
}

interface BundleResult {
  readonly missing: readonly string[];
  readonly activationBytes: number;
}

/**
 * Builds the production bundle and the VSIX in a folder of their own, so that neither the development bundle nor
 * somebody's running tests are disturbed. With `strict`, anything missing, too much or too big is an error.
 */
export async function buildVsix({ strict }: { strict: boolean }): Promise<BuiltVsix> {
  const startedAt = performance.now();
  const sourcesReadAt = new Date();
  const stageDir = path.join(cacheDir, 'package', 'stage');
  rmSync(stageDir, { recursive: true, force: true });
  mkdirSync(stageDir, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(rootDir, 'package.json'), 'utf8'));
  const { scripts: _scripts, devDependencies: _devDependencies, ...shippedManifest } = manifest;
  writeFileSync(path.join(stageDir, 'package.json'), `${JSON.stringify(shippedManifest, null, 2)}\n`);
  for (const name of shipped) {
    if (existsSync(path.join(rootDir, name))) {
      cpSync(path.join(rootDir, name), path.join(stageDir, name), { recursive: true });
    }
  }
  const bundler: { build(options: object): Promise<BundleResult> } = await import(
    new URL('../../esbuild.mjs', import.meta.url).href
  );
  const bundle = await bundler.build({ production: true, strict, outdir: path.join(stageDir, 'dist') });
  for (const name of bundle.missing) {
    announce(`package: ${name} does not exist yet, skipped`);
  }
  const file = path.join(cacheDir, 'package', `${manifest.name}-${manifest.version}.vsix`);
  const partFile = `${file}.part-${process.pid}`;
  const vsce = spawnSync(
    process.execPath,
    [
      path.join(rootDir, 'node_modules', '@vscode', 'vsce', 'vsce'),
      'package',
      '--no-dependencies',
      '--allow-missing-repository',
      '--no-rewrite-relative-links',
      ...(strict ? [] : ['--skip-license']),
      '--out',
      partFile,
    ],
    { cwd: stageDir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 },
  );
  if (vsce.status !== 0) {
    throw new Error(`vsce package did not work.\n${vsce.stdout}${vsce.stderr}`);
  }
  const built: BuiltVsix = {
    file,
    bytes: statSync(partFile).size,
    activationBytes: bundle.activationBytes,
    entries: readZipEntries(partFile),
  };
  const problems = problemsOf(built, shippedManifest);
  if (strict && problems.length > 0) {
    rmSync(partFile, { force: true });
    throw new Error(`The VSIX is not right.\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  // Dated to when the sources were read: a change made during the build makes it stale.
  utimesSync(partFile, sourcesReadAt, sourcesReadAt);
  renameSync(partFile, file);
  announce(`package: ${path.basename(file)}, ${sizeText(built.bytes)}, in ${secondsSince(startedAt)}`);
  return built;
}

function newestChange(file: string): number {
  if (!existsSync(file)) {
    return 0;
  }
  const stats = statSync(file);
  return stats.isDirectory()
    ? Math.max(stats.mtimeMs, ...readdirSync(file).map((name) => newestChange(path.join(file, name))))
    : stats.mtimeMs;
}

/** Path of a VSIX of the present sources; builds one when they changed since the last. */
export async function ensureVsix(): Promise<string> {
  const manifest = JSON.parse(readFileSync(path.join(rootDir, 'package.json'), 'utf8'));
  const file = path.join(cacheDir, 'package', `${manifest.name}-${manifest.version}.vsix`);
  return withLock('package', async () => {
    const builtAt = existsSync(file) ? statSync(file).mtimeMs : 0;
    const changedAt = Math.max(...sources.map((name) => newestChange(path.join(rootDir, name))));
    if (changedAt >= builtAt) {
      await buildVsix({ strict: false });
    }
    return file;
  });
}
