import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/lib/browser.ts';
import { type ThemeName, themes } from './themes.ts';

export const rootDir = fileURLToPath(new URL('../../..', import.meta.url));

export type PageName = 'haStatus' | 'guest';

/** A message that the page posted to its host. */
export interface PostedMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface OpenPageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** State that the page saved before it was reloaded. */
  readonly savedState?: unknown;
  readonly reducedMotion?: boolean;
  readonly context?: BrowserContextOptions;
  /** Stops the page's clock at this moment; move it with `page.clock`. */
  readonly clockMs?: number;
}

/** An opened page of the console, with the host's side of the wire. */
export interface ConsolePage {
  readonly page: Page;
  /** Sends a message as the host does and waits until it is drawn. */
  send(message: unknown): Promise<void>;
  posted(): Promise<PostedMessage[]>;
  savedState(): Promise<unknown>;
  /** Blocked styles and scripts, and script errors; every page test ends with none. */
  troubles(): Promise<string[]>;
  setTheme(theme: ThemeName): Promise<void>;
  close(): Promise<void>;
}

/** Bundles the pages as the product does and serves them under the product's policy. */
export class PageHarness {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #origin: string;

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<PageHarness> {
    const [files, browser] = await Promise.all([bundlePages(), launchBrowser()]);
    const server = createServer((request, response) => {
      const name = new URL(request.url ?? '/', 'http://page').pathname.slice(1);
      const frame = /^(haStatus|guest)\.html$/.exec(name)?.[1];
      if (frame !== undefined) {
        response.setHeader('content-type', 'text/html');
        response.setHeader('content-security-policy', policy(`http://${request.headers.host}`));
        response.end(frameHtml(frame as PageName));
        return;
      }
      const file = files.get(name);
      if (file === undefined) response.statusCode = 404;
      else response.setHeader('content-type', contentTypes[path.extname(name)] ?? 'application/octet-stream');
      response.end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageHarness(browser, server);
  }

  async open(name: PageName, options: OpenPageOptions = {}): Promise<ConsolePage> {
    const context = await this.#browser.newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...options.context,
    });
    const page = await context.newPage();
    if (options.clockMs !== undefined) {
      await page.clock.install({ time: options.clockMs });
      await page.clock.pauseAt(options.clockMs + 1);
    }
    await page.addInitScript(editorStub(options.savedState));
    await page.addInitScript(themeScript(options.theme ?? 'dark'));
    await page.goto(`${this.#origin}/${name}.html`);
    await page.waitForFunction("stub.posted.some(({ type }) => type === 'ready')");
    await page.evaluate("document.fonts.load('16px codicon').then(() => undefined)");
    return toConsolePage(page);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function toConsolePage(page: Page): ConsolePage {
  return {
    page,
    // Messages arrive in order and the page listens first, so it has drawn by then.
    send: (message) =>
      page.evaluate(
        `new Promise((resolve) => {
          addEventListener('message', () => resolve(), { once: true });
          postMessage(JSON.parse(${JSON.stringify(JSON.stringify(message ?? null))}), '*');
        })`,
      ),
    posted: () => page.evaluate('stub.posted'),
    savedState: () => page.evaluate('stub.state'),
    troubles: () => page.evaluate('[...stub.violations, ...stub.errors]'),
    setTheme: (theme) => page.evaluate(themeScript(theme)),
    close: () => page.context().close(),
  };
}

/*
 * What runs inside the page is text: this file is a Node program and knows no DOM types.
 */

/** The editor's API, recorded, and a watch for blocked styles and scripts. */
function editorStub(savedState: unknown): string {
  return `(() => {
    const stub = { posted: [], state: ${JSON.stringify(savedState ?? null)} ?? undefined, violations: [], errors: [] };
    globalThis.stub = stub;
    globalThis.acquireVsCodeApi = () => ({
      // The editor clones messages and keeps states as JSON.
      postMessage: (message) => stub.posted.push(structuredClone(message)),
      getState: () => stub.state,
      setState: (state) => {
        stub.state = JSON.parse(JSON.stringify(state));
        return state;
      },
    });
    document.addEventListener('securitypolicyviolation', (event) =>
      stub.violations.push('policy ' + event.violatedDirective + ': ' + event.blockedURI + ' ' + event.sourceFile + ':' + event.lineNumber));
    addEventListener('error', ({ message }) => stub.errors.push('error ' + message));
    addEventListener('unhandledrejection', ({ reason }) => stub.errors.push('rejected ' + reason));
  })()`;
}

function themeScript(name: ThemeName): string {
  return `(() => {
    const { bodyClass, kind, variables } = ${JSON.stringify(themes[name])};
    const apply = () => {
      document.documentElement.style.cssText = '';
      for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty('--vscode-' + name, value);
      document.body.className = bodyClass;
      document.body.dataset.vscodeThemeKind = kind;
    };
    if (document.body !== null) apply();
    else document.addEventListener('DOMContentLoaded', apply);
  })()`;
}

const nonce = 'dGVzdC1wYWdlLW5vbmNl';

function policy(origin: string): string {
  return [
    "default-src 'none'",
    `style-src ${origin} 'nonce-${nonce}'`,
    `font-src ${origin}`,
    `img-src ${origin}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
}

/** The frame that the extension writes, see `src/extension/webviews/html.ts`. */
function frameHtml(name: PageName): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link nonce="${nonce}" rel="stylesheet" href="codicon.css">
<link nonce="${nonce}" rel="stylesheet" href="${name}.css">
<title>Proxbox</title>
</head>
<body data-page="${name}">
<div id="app"></div>
<script nonce="${nonce}" type="module" src="${name}.js"></script>
</body>
</html>`;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

async function bundlePages(): Promise<Map<string, Uint8Array>> {
  const result = await esbuild.build({
    absWorkingDir: rootDir,
    entryPoints: { haStatus: 'webview/haStatus/index.ts', guest: 'webview/guest/index.ts' },
    outdir: 'pages',
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['production'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  const files = new Map<string, Uint8Array>();
  for (const { path: file, contents } of result.outputFiles) files.set(path.basename(file), contents);
  const icons = path.join(rootDir, 'node_modules', '@vscode', 'codicons', 'dist');
  for (const name of ['codicon.css', 'codicon.ttf']) files.set(name, await readFile(path.join(icons, name)));
  return files;
}
