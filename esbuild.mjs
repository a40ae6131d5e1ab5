// Bundles the extension, the two programs it starts and the pages into dist/.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const usage = `Usage: node esbuild.mjs [options]
  --dev            not minified, with source maps (default)
  --production     minified, without source maps
  --strict         fail when an expected entry does not exist yet
  --tests          also bundle the tests that run inside the editor
  --watch          build again whenever a file changes
  --meta           print what is loaded at activation and how big each file is
  --outdir=FOLDER  write there instead of dist`;

const rootDir = path.dirname(fileURLToPath(import.meta.url));

/** CommonJS dependencies inside an ES module bundle still ask for these. */
const nodeBanner = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join('\n');

function pageEntries() {
  const folder = path.join(rootDir, 'webview');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name !== 'shared' && existsSync(path.join(folder, name, 'index.ts'))).sort();
}

/** Pages the manifest promises: the editor restores a panel of such a type by itself. */
function promisedPages() {
  const manifest = JSON.parse(readFileSync(path.join(rootDir, 'package.json'), 'utf8'));
  return (manifest.activationEvents ?? [])
    .map((event) => /^onWebviewPanel:\w+\.(\w+)$/.exec(event)?.[1])
    .filter((name) => name !== undefined);
}

/** Build configurations of the entries that exist, and the names of those that do not. */
function configurations({ production, tests, outdir }) {
  const missing = [];
  const present = (file) => {
    const exists = existsSync(path.join(rootDir, file));
    if (!exists) {
      missing.push(file);
    }
    return exists;
  };
  const common = {
    absWorkingDir: rootDir,
    bundle: true,
    minify: production,
    sourcemap: production ? false : 'linked',
    metafile: true,
    logLevel: 'warning',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
  };
  const node = {
    ...common,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: nodeBanner },
  };
  const list = [];
  if (present('src/extension/extension.ts')) {
    list.push({
      name: 'extension',
      options: {
        ...node,
        entryPoints: { extension: 'src/extension/extension.ts' },
        outdir,
        splitting: true,
        chunkNames: 'chunks/[name]-[hash]',
        external: ['vscode'],
      },
    });
  }
  for (const program of ['aggregator', 'simulator']) {
    if (present(`src/${program}/cli.ts`)) {
      list.push({
        name: program,
        options: { ...node, entryPoints: { [program]: `src/${program}/cli.ts` }, outdir },
      });
    }
  }
  for (const name of promisedPages()) {
    present(`webview/${name}/index.ts`);
  }
  const pages = pageEntries();
  if (pages.length > 0) {
    list.push({
      name: 'pages',
      options: {
        ...common,
        entryPoints: Object.fromEntries(pages.map((name) => [name, `webview/${name}/index.ts`])),
        outdir: path.join(outdir, 'webview'),
        platform: 'browser',
        target: 'es2023',
        format: 'esm',
        conditions: production ? ['production'] : ['development'],
        loader: { '.svg': 'text', '.ttf': 'file' },
      },
    });
  }
  if (tests && existsSync(path.join(rootDir, 'test', 'host', 'index.ts'))) {
    const folder = path.join(rootDir, 'test', 'host');
    const files = readdirSync(folder).filter((name) => name === 'index.ts' || name.endsWith('.test.ts'));
    list.push({
      name: 'host tests',
      options: {
        ...node,
        sourcemap: 'inline',
        entryPoints: files.map((name) => `test/host/${name}`),
        outdir: path.join(outdir, 'test', 'host'),
        outbase: 'test/host',
        splitting: true,
        chunkNames: 'chunks/[name]-[hash]',
        packages: 'external',
        external: ['vscode'],
      },
    });
  }
  return { list, missing };
}

function copyIcons(outdir) {
  const from = path.join(rootDir, 'node_modules', '@vscode', 'codicons', 'dist');
  const to = path.join(outdir, 'webview');
  mkdirSync(to, { recursive: true });
  for (const name of ['codicon.css', 'codicon.ttf']) {
    copyFileSync(path.join(from, name), path.join(to, name));
  }
}

/** Removes chunks and tests of earlier builds, but leaves young ones to an editor that may still load them. */
function removeStale(folder, written) {
  if (!existsSync(folder)) {
    return;
  }
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const isOld = Date.now() - statSync(file).mtimeMs > 30 * 60_000 || name.includes('.test.');
    if (!written.has(file) && statSync(file).isFile() && isOld) {
      rmSync(file, { force: true });
    }
  }
}

/** The output files that run when the extension activates: its entry and everything that imports statically. */
function activationFiles(metafile) {
  const entry = Object.keys(metafile.outputs).find(
    (file) => metafile.outputs[file].entryPoint === 'src/extension/extension.ts',
  );
  const found = new Set();
  const visit = (file) => {
    if (found.has(file) || !metafile.outputs[file]) {
      return;
    }
    found.add(file);
    for (const imported of metafile.outputs[file].imports) {
      if (imported.kind === 'import-statement') {
        visit(imported.path);
      }
    }
  };
  if (entry) {
    visit(entry);
  }
  return [...found];
}

/**
 * Builds everything once.
 * @returns {Promise<{missing: string[], activationBytes: number, files: {file: string, bytes: number}[]}>}
 */
export async function build(options = {}) {
  const settings = { production: false, tests: false, strict: false, ...options };
  const outdir = path.resolve(rootDir, settings.outdir ?? 'dist');
  const { list, missing } = configurations({ ...settings, outdir });
  if (settings.strict && missing.length > 0) {
    throw new Error(`Missing entries: ${missing.join(', ')}`);
  }
  const results = await Promise.all(list.map(({ options: one }) => esbuild.build(one)));
  copyIcons(outdir);
  const written = new Set();
  const files = [];
  let activationBytes = 0;
  for (const [index, { metafile }] of results.entries()) {
    for (const [file, output] of Object.entries(metafile.outputs)) {
      written.add(path.resolve(rootDir, file));
      files.push({ file: path.relative(outdir, path.resolve(rootDir, file)), bytes: output.bytes });
    }
    if (list[index].name === 'extension') {
      activationBytes = activationFiles(metafile).reduce(
        (sum, file) => sum + metafile.outputs[file].bytes,
        0,
      );
    }
  }
  removeStale(path.join(outdir, 'chunks'), written);
  if (settings.tests) {
    removeStale(path.join(outdir, 'test', 'host'), written);
    removeStale(path.join(outdir, 'test', 'host', 'chunks'), written);
  }
  return { missing, activationBytes, files };
}

async function watch(options) {
  const outdir = path.resolve(rootDir, options.outdir ?? 'dist');
  const { list } = configurations({ ...options, outdir });
  copyIcons(outdir);
  for (const { options: one } of list) {
    const context = await esbuild.context({ ...one, logLevel: 'info' });
    await context.watch();
  }
}

const say = (text) => process.stderr.write(`${text}\n`);

async function main(args) {
  const known = /^--(dev|production|strict|tests|watch|meta|help|outdir=.+)$/;
  const unknown = args.find((arg) => !known.test(arg));
  if (unknown || args.includes('--help')) {
    say(unknown ? `Unknown option: ${unknown}\n${usage}` : usage);
    process.exit(unknown ? 2 : 0);
  }
  const options = {
    production: args.includes('--production'),
    tests: args.includes('--tests'),
    strict: args.includes('--strict'),
    outdir: args.find((arg) => arg.startsWith('--outdir='))?.slice('--outdir='.length),
  };
  if (args.includes('--watch')) {
    await watch(options);
    return;
  }
  const startedAt = performance.now();
  const result = await build(options);
  for (const file of result.missing) {
    say(`bundle: ${file} does not exist yet, skipped`);
  }
  if (args.includes('--meta')) {
    for (const { file, bytes } of result.files.sort((left, right) => right.bytes - left.bytes)) {
      process.stdout.write(`${(bytes / 1000).toFixed(1).padStart(9)} kB  ${file}`);
    }
    process.stdout.write(
      `${(result.activationBytes / 1000).toFixed(1).padStart(9)} kB  loaded at activation\n`,
    );
  }
  say(`bundle: ${result.files.length} files in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!error.errors) {
      say(error.message);
    }
    process.exit(1);
  }
}
