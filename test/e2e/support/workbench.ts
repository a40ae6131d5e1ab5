// A running workbench for tests: the editor host with the extension in it, and a browser that shows it. Helpers wait
// for what they need on screen and say what they waited for; nothing sleeps.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { resultsDir, rootDir } from '../../../scripts/lib/base.mjs';
import { launchBrowser } from '../../../scripts/lib/browser.ts';
import {
  calmSettings,
  type EditorServer,
  installVsix,
  startEditorServer,
  writeSettings,
} from '../../../scripts/lib/editorServer.ts';
import { waitUntil } from '../../../scripts/lib/processes.ts';
import { ensureVsix } from '../../../scripts/lib/vsix.ts';

/** Generous: two busy cores draw a first workbench in seconds, not in one. */
const waitMs = 45_000;

/** Themes by what they are, as the editor names them in its setting, and the class it then puts on its root. */
export const themes = {
  dark: { id: 'Dark Modern', cssClass: 'vs-dark' },
  light: { id: 'Light Modern', cssClass: 'vs' },
  highContrast: { id: 'Default High Contrast', cssClass: 'hc-black' },
  highContrastLight: { id: 'Default High Contrast Light', cssClass: 'hc-light' },
} as const;

export type ThemeName = keyof typeof themes;

export interface WorkbenchOptions {
  /** `vsix` (default): the installed product. `development`: straight from this folder's dist/. */
  readonly extension?: 'vsix' | 'development';
  /** Settings, of whatever scope, on top of those for a calm screen. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folder to open; an empty one when left out. */
  readonly folder?: string;
  readonly theme?: ThemeName;
  /** Pixels; 1280 × 800 when left out. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** For the editor host and with it the extension. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Keeps using this server data folder (a second start of the same installation). It is not removed by `close`. */
  readonly dataDir?: string;
}

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** 1 for the top level. */
  readonly level: number;
  /** null for a row that cannot be expanded. */
  readonly expanded: boolean | null;
  readonly selected: boolean;
  readonly ariaLabel: string;
}

export interface StatusBarItem {
  /** `publisher.name.itemId` */
  readonly id: string;
  readonly text: string;
  readonly ariaLabel: string;
  /** Such as `error-kind` or `warning-kind` for the two backgrounds an extension may ask for. */
  readonly classes: string;
}

export interface Workbench {
  readonly page: Page;
  readonly url: string;
  readonly dataDir: string;
  /** Writes test-results/e2e/NAME.png and returns its path. */
  screenshot(name: string): Promise<string>;
  setTheme(name: ThemeName): Promise<void>;
  /** Replaces the settings given at launch; the workbench takes them over while it runs. */
  setSettings(settings: Readonly<Record<string, unknown>>): void;
  /** Runs a command of the palette by its title, with or without category (`Proxbox: Refresh` or `Refresh`). */
  runCommand(title: string): Promise<void>;
  /** The open quick pick or input box. */
  quickInput(): Locator;
  /** Shows the view container with this title of the activity bar. */
  openViewContainer(title: string): Promise<void>;
  /** A tree view by its title. */
  tree(viewTitle: string): Tree;
  statusBarItems(): Promise<StatusBarItem[]>;
  /** Text of all visible status bar items, one per line. */
  statusBarText(): Promise<string>;
  /** Content of the webview panel or view with this title, when it has loaded. */
  webviewFrame(title: string): Promise<Frame>;
  /** Texts of the notices on screen. */
  notifications(): Promise<string[]>;
  /** Text of the extension host's log files of this run, for a failure's explanation. */
  readLogs(): string;
  /** Ends the browser and the editor host with everything they started. Safe to call twice. */
  close(): Promise<void>;
}

/** Escapes for a CSS attribute selector. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Rows of one tree view. The editor draws only the rows in sight, so make the window tall for long trees. */
export class Tree {
  readonly pane: Locator;
  private readonly title: string;

  constructor(page: Page, title: string) {
    this.title = title;
    this.pane = page
      .locator('.pane')
      .filter({ has: page.locator(`.pane-header[aria-label^=${quoted(title)}]`) })
      .first();
  }

  /** The row with exactly this label, in sight. */
  row(label: string): Locator {
    return this.pane
      .locator('.monaco-list-row[role="treeitem"]')
      .filter({ has: this.pane.page().locator('.label-name', { hasText: exactly(label) }) })
      .first();
  }

  async rows(): Promise<TreeRow[]> {
    // Read in one go: the list may be redrawn between two questions.
    const read = `elements => elements.map(element => ({
      index: Number(element.getAttribute('data-index')),
      label: element.querySelector('.label-name')?.textContent ?? '',
      description: element.querySelector('.label-description')?.textContent ?? '',
      level: Number(element.getAttribute('aria-level')),
      expanded: element.hasAttribute('aria-expanded') ? element.getAttribute('aria-expanded') === 'true' : null,
      selected: element.classList.contains('selected'),
      ariaLabel: element.getAttribute('aria-label') ?? '',
    })).sort((left, right) => left.index - right.index).map(({ index, ...row }) => row)`;
    return this.pane.locator('.monaco-list-row[role="treeitem"]').evaluateAll(compiled<TreeRow[]>(read));
  }

  async labels(): Promise<string[]> {
    return (await this.rows()).map((row) => row.label);
  }

  /** Waits until a row fulfils the condition and returns it; tells the rows there were when none does. */
  async waitForRow(label: string, condition: (row: TreeRow) => boolean = () => true): Promise<TreeRow> {
    let rows: TreeRow[] = [];
    return waitUntil(
      `row "${label}" in ${this.title}`,
      async () => {
        rows = await this.rows();
        const found = rows.find((row) => row.label === label && condition(row));
        if (!found) {
          throw new Error(
            `Rows: ${rows.map((row) => `${row.label} | ${row.description}`).join('; ') || 'none'}`,
          );
        }
        return found;
      },
      waitMs,
    );
  }

  async expand(label: string): Promise<void> {
    await this.toggle(label, true);
  }

  async collapse(label: string): Promise<void> {
    await this.toggle(label, false);
  }

  private async toggle(label: string, wanted: boolean): Promise<void> {
    await waitUntil(
      `row "${label}" in ${this.title} to be ${wanted ? 'expanded' : 'collapsed'}`,
      async () => {
        const row = this.row(label);
        if ((await row.getAttribute('aria-expanded', { timeout: waitMs })) === String(wanted)) {
          return true;
        }
        await row.locator('.monaco-tl-twistie').click({ timeout: 5_000 });
        await row.and(row.page().locator(`[aria-expanded="${wanted}"]`)).waitFor({ timeout: 5_000 });
        return true;
      },
      waitMs,
    );
  }

  async click(label: string): Promise<void> {
    await this.row(label).locator('.monaco-icon-label').click({ timeout: waitMs });
  }

  /** Opens the context menu of a row and chooses the entry with this label. */
  async chooseInContextMenu(label: string, entry: string): Promise<void> {
    await this.row(label).click({ button: 'right', timeout: waitMs });
    const page = this.pane.page();
    await page
      .locator('.monaco-menu .action-label')
      .filter({ hasText: exactly(entry) })
      .first()
      .click({ timeout: waitMs });
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}

/** Playwright sends functions as text; this keeps browser types out of a project without DOM types. */
function compiled<T>(source: string): (elements: unknown) => T {
  return new Function('elements', `return (${source})(elements)`) as (elements: unknown) => T;
}

function installedIn(dataDir: string): boolean {
  const folder = path.join(dataDir, 'extensions');
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('proxbox.'));
}

/** Starts the editor host with the extension and opens it in a browser. Resolves when the workbench is drawn. */
export async function launchWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const workDir = mkdtempSync(path.join(tmpdir(), 'proxbox-e2e-'));
  const dataDir = options.dataDir ?? path.join(workDir, 'data');
  const folder = options.folder ?? path.join(workDir, 'workspace');
  mkdirSync(folder, { recursive: true });
  let settings = options.settings ?? {};
  let theme: ThemeName = options.theme ?? 'dark';
  const applySettings = (): void => {
    const all = {
      ...calmSettings,
      'window.autoDetectColorScheme': false,
      'window.autoDetectHighContrast': false,
      'workbench.colorTheme': themes[theme].id,
      'workbench.reduceMotion': 'on',
      ...settings,
    };
    // In both places, so that a test need not know the scope of a setting.
    writeSettings(dataDir, 'User', all);
    writeSettings(dataDir, 'Machine', all);
  };
  applySettings();

  let server: EditorServer | undefined;
  let browser: Awaited<ReturnType<typeof launchBrowser>> | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await browser?.close().catch(() => undefined);
      await server?.stop();
      rmSync(workDir, { recursive: true, force: true, maxRetries: 5 });
    })();
    return closing;
  };

  try {
    const isDevelopment = options.extension === 'development';
    if (!isDevelopment && !installedIn(dataDir)) {
      await installVsix(dataDir, await ensureVsix());
    }
    server = await startEditorServer({ dataDir, smokeTestDriver: isDevelopment, env: options.env });
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: options.viewport ?? { width: 1280, height: 800 } });
    const query = new URLSearchParams({ folder });
    if (isDevelopment) {
      const authority = `vscode-remote://${new URL(server.origin).host}`;
      query.set(
        'payload',
        JSON.stringify([
          ['extensionDevelopmentPath', `${authority}${rootDir}`],
          ['skipWelcome', 'true'],
        ]),
      );
    }
    const url = `${server.origin}/?${query}`;
    await page.goto(url, { timeout: waitMs });

    const waitForTheme = async (): Promise<void> => {
      await page.locator(`.monaco-workbench.${themes[theme].cssClass}`).first().waitFor({ timeout: waitMs });
    };
    await page
      .locator('.monaco-workbench .part.statusbar .statusbar-item')
      .first()
      .waitFor({ timeout: waitMs });
    await waitForTheme();

    const workbench: Workbench = {
      page,
      url,
      dataDir,
      async screenshot(name) {
        const file = path.join(resultsDir, 'e2e', `${name}.png`);
        mkdirSync(path.dirname(file), { recursive: true });
        await page.screenshot({ path: file, animations: 'disabled', caret: 'hide', timeout: waitMs });
        return file;
      },
      async setTheme(name) {
        theme = name;
        applySettings();
        await waitForTheme();
      },
      setSettings(next) {
        settings = next;
        applySettings();
      },
      async runCommand(title) {
        await page.keyboard.press('F1');
        const input = workbench.quickInput().locator('input.input, input[type="text"]').first();
        await input.waitFor({ timeout: waitMs });
        await input.fill(`>${title}`);
        const name = title.replace(/^.*?: /, '');
        const row = workbench
          .quickInput()
          .locator('.monaco-list-row')
          .filter({
            has: page.locator('.label-name', {
              hasText: new RegExp(`^([^:]+: )?${exactly(name).source.slice(1)}`),
            }),
          })
          .first();
        await row.waitFor({ timeout: waitMs });
        await row.click({ timeout: waitMs });
      },
      quickInput: () => page.locator('.quick-input-widget:visible').first(),
      async openViewContainer(title) {
        const tab = page
          .locator(`.part.activitybar .action-item:has(> .action-label[aria-label^=${quoted(title)}])`)
          .first();
        await tab.waitFor({ timeout: waitMs });
        await waitUntil(
          `the view container "${title}" to show`,
          async () => {
            const classes = (await tab.getAttribute('class')) ?? '';
            if (classes.includes('checked')) {
              return true;
            }
            await tab.click({ timeout: 5_000 });
            return false;
          },
          waitMs,
          300,
        );
      },
      tree: (viewTitle) => new Tree(page, viewTitle),
      statusBarItems: () =>
        page.locator('.part.statusbar .statusbar-item:visible').evaluateAll(
          compiled<StatusBarItem[]>(`elements => elements.map(element => ({
            id: element.id,
            text: (element.textContent ?? '').trim(),
            ariaLabel: element.getAttribute('aria-label')
              ?? element.querySelector('[aria-label]')?.getAttribute('aria-label') ?? '',
            classes: element.className,
          }))`),
        ),
      async statusBarText() {
        return (await workbench.statusBarItems()).map((item) => item.text).join('\n');
      },
      async webviewFrame(title) {
        return waitUntil(
          `the page "${title}"`,
          async () => {
            const titles: string[] = [];
            for (const frame of page.frames()) {
              const element = frame.parentFrame()
                ? await frame.frameElement().catch(() => undefined)
                : undefined;
              if ((await element?.getAttribute('id').catch(() => null)) !== 'active-frame') {
                continue;
              }
              const own = (await element?.getAttribute('title').catch(() => null)) ?? '';
              titles.push(own);
              if (own === title) {
                return frame;
              }
            }
            throw new Error(`Pages open: ${titles.join(', ') || 'none'}`);
          },
          waitMs,
        );
      },
      notifications: () =>
        page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts(),
      readLogs() {
        const folder = path.join(dataDir, 'data', 'logs');
        const files = existsSync(folder)
          ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'))
          : [];
        return files.map((name) => `== ${name}\n${readFileSync(path.join(folder, name), 'utf8')}`).join('\n');
      },
      close,
    };
    return workbench;
  } catch (error) {
    await close();
    throw error;
  }
}
