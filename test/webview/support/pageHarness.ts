import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/lib/browser.ts';
import { waitUntil } from '../../../scripts/lib/processes.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Variables of the editor that pages use, as its themes set them. */
export const themes = {
  dark: {
    background: '#1f1f1f',
    foreground: '#cccccc',
    description: '#9d9d9d',
    border: '#454545',
    focus: '#0078d4',
    red: '#f14c4c',
    yellow: '#cca700',
    blue: '#3794ff',
    green: '#89d185',
    purple: '#b180d7',
    link: '#4daafc',
  },
  light: {
    background: '#ffffff',
    foreground: '#3b3b3b',
    description: '#616161',
    border: '#c8c8c8',
    focus: '#005fb8',
    red: '#c72e2f',
    yellow: '#855f00',
    blue: '#1a5cff',
    green: '#388a34',
    purple: '#652d90',
    link: '#005fb8',
  },
  highContrast: {
    background: '#000000',
    foreground: '#ffffff',
    description: '#ffffff',
    border: '#6fc3df',
    focus: '#f38518',
    red: '#f14c4c',
    yellow: '#cca700',
    blue: '#3794ff',
    green: '#89d185',
    purple: '#b180d7',
    link: '#21a6ff',
  },
} as const;
export type ThemeName = keyof typeof themes;

export interface PageHarness {
  readonly page: Page;
  /** Texts of everything that broke the content policy, or was thrown. */
  readonly faults: string[];
  /** What the page sent to its host. */
  sent(): Promise<unknown[]>;
  /** Resolves once the page has drawn what it makes of the message. */
  post(message: unknown): Promise<void>;
  setTheme(theme: ThemeName): Promise<void>;
  close(): Promise<void>;
}

/** Shows a page as the extension does: its own bundle, the strict policy, a stand-in for the editor's side of the wire. */
export async function openPage(
  name: 'haStatus' | 'guest' | 'plan' | 'deletion' | 'whatIf' | 'timeline',
  width = 1280,
): Promise<PageHarness> {
  const result = await build({
    entryPoints: [path.join(root, 'webview', name, 'index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outdir: path.join(root, 'dist', 'test'),
    write: false,
    logLevel: 'silent',
  });
  const text = (suffix: string): string =>
    result.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? '';
  const nonce = 'testnonce';
  const server = http.createServer((request, response) => {
    const files: Record<string, readonly [string, string]> = {
      '/page.js': ['text/javascript', text('.js')],
      '/page.css': ['text/css', text('.css')],
      '/host.js': ['text/javascript', hostScript],
      '/': [
        'text/html',
        `<!DOCTYPE html><html lang="en"><head><title>Proxbox</title><meta property="csp-nonce" content="${nonce}"><link nonce="${nonce}" rel="stylesheet" href="/page.css"><style nonce="${nonce}" id="theme"></style></head><body data-page="${name}"><div id="app"></div><script nonce="${nonce}" src="/host.js"></script><script nonce="${nonce}" type="module" src="/page.js"></script></body></html>`,
      ],
    };
    const file = files[request.url ?? ''];
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': `${file?.[0] ?? 'text/plain'}; charset=utf-8`,
      'content-security-policy': `default-src 'none'; style-src http://127.0.0.1:* 'nonce-${nonce}'; script-src 'nonce-${nonce}'; font-src http://127.0.0.1:*; img-src http://127.0.0.1:*`,
    });
    response.end(file?.[1] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser: Browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await page.exposeFunction('reportFault', (fault: string) => faults.push(fault));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await waitUntil(
    'the page to be ready',
    async () =>
      (await page.evaluate('window.sentMessages.some((message) => message.type === "ready")')) === true,
    20_000,
  );
  const harness: PageHarness = {
    page,
    faults,
    sent: () => page.evaluate('window.sentMessages'),
    // The page listens since before, so its answer to the message is drawn when ours has heard it and a frame has passed.
    post: (message) =>
      page.evaluate(
        `new Promise((resolve) => { window.addEventListener('message', () => requestAnimationFrame(() => resolve()), { once: true }); window.postMessage(${JSON.stringify(message)}, '*'); })`,
      ),
    async setTheme(theme) {
      const colors = themes[theme];
      const css = `:root{--vscode-editor-background:${colors.background};--vscode-foreground:${colors.foreground};--vscode-descriptionForeground:${colors.description};--vscode-widget-border:${colors.border};--vscode-focusBorder:${colors.focus};--vscode-charts-red:${colors.red};--vscode-charts-yellow:${colors.yellow};--vscode-list-warningForeground:${colors.yellow};--vscode-charts-blue:${colors.blue};--vscode-charts-green:${colors.green};--vscode-charts-purple:${colors.purple};--vscode-textLink-foreground:${colors.link};--vscode-input-background:${colors.background};--vscode-input-foreground:${colors.foreground};--vscode-editorWidget-background:${colors.background};--vscode-dropdown-background:${colors.background};--vscode-dropdown-foreground:${colors.foreground};--vscode-settings-dropdownBackground:${colors.background};--vscode-settings-dropdownForeground:${colors.foreground};--vscode-font-family:sans-serif;--vscode-font-size:13px;--vscode-button-secondaryBackground:${colors.background};--vscode-button-secondaryForeground:${colors.foreground}}`;
      await page.evaluate(
        `document.getElementById('theme').textContent = ${JSON.stringify(css)}; document.body.className = 'theme-${theme}';`,
      );
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await harness.setTheme('dark');
  return harness;
}

const hostScript = `
window.sentMessages = [];
let state;
window.acquireVsCodeApi = () => ({
  postMessage: (message) => window.sentMessages.push(message),
  getState: () => state,
  setState: (next) => { state = next; window.savedState = next; return next; },
});
document.addEventListener('securitypolicyviolation', (event) => window.reportFault('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
`;
