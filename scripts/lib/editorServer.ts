import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EditorHostName, editorHost, findNode } from './base.mjs';
import { freePort, type OwnedProcess, startOwned, waitUntil } from './processes.ts';

/** Settings for a calm first screen: no trust question, no chat, no side bar at the right, no welcome page. */
export const calmSettings: Readonly<Record<string, unknown>> = {
  'security.workspace.trust.enabled': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
};

export type SettingsHome = 'User' | 'Machine';

function settingsFile(dataDir: string, home: SettingsHome): string {
  return path.join(dataDir, 'data', home, 'settings.json');
}

export function hasSettings(dataDir: string, home: SettingsHome): boolean {
  return existsSync(settingsFile(dataDir, home));
}

/**
 * Writes the user or the machine settings of a server data folder; a running workbench takes them over by itself.
 * Settings of machine scope belong to `Machine`, those of application scope work in `User` only.
 */
export function writeSettings(
  dataDir: string,
  home: SettingsHome,
  settings: Readonly<Record<string, unknown>>,
): void {
  const file = settingsFile(dataDir, home);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** The program of an editor host and the Node it runs on. */
function programOf(name: EditorHostName | undefined): { node: string; serverMain: string } {
  const host = editorHost(name);
  const node = host.nodeMajor === 24 ? process.execPath : findNode(host.nodeMajor);
  if (node === undefined)
    throw new Error(`Node ${host.nodeMajor} for the ${host.name} editor host is missing. Run: npm run setup`);
  return { node, serverMain: host.serverMain };
}

export interface EditorServerOptions {
  /** Which editor host; the newest one when left out. */
  readonly host?: EditorHostName;
  /** Extensions, settings and logs live here. */
  readonly dataDir: string;
  /** 0 or nothing: a free one. */
  readonly port?: number;
  /** File with the connection token, readable by its owner only. Without it the server asks for no token. */
  readonly tokenFile?: string;
  /** Lets a page load an extension from its folder and run a test suite in the extension host. */
  readonly smokeTestDriver?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface EditorServer {
  readonly origin: string;
  readonly port: number;
  readonly process: OwnedProcess;
  readonly stop: () => Promise<void>;
}

/** Variables by which an editor around us would make the server believe it runs inside that editor. */
function neutralEditorEnv(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => /^(VSCODE_|ELECTRON_)/.test(name));
  return Object.fromEntries([...names, 'NODE_OPTIONS', 'BROWSER'].map((name) => [name, undefined]));
}

/** Starts the editor host on loopback and resolves when it answers. */
export async function startEditorServer(options: EditorServerOptions): Promise<EditorServer> {
  const port = options.port || (await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const { node, serverMain } = programOf(options.host);
  const owned = startOwned(
    node,
    [
      serverMain,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--accept-server-license-terms',
      '--server-data-dir',
      options.dataDir,
      '--telemetry-level',
      'off',
      ...(options.tokenFile
        ? ['--connection-token-file', options.tokenFile]
        : ['--without-connection-token']),
      ...(options.smokeTestDriver ? ['--enable-smoke-test-driver'] : []),
    ],
    { env: { ...neutralEditorEnv(), ...options.env } },
  );
  let ended = false;
  void owned.exited.then(() => {
    ended = true;
  });
  try {
    await waitUntil(
      `the editor host on ${origin}`,
      async () => {
        if (ended) {
          return true;
        }
        const reply = await fetch(`${origin}/version`, { signal: AbortSignal.timeout(5_000) });
        return reply.ok;
      },
      60_000,
    );
    if (ended) {
      throw new Error(`The editor host ended at once.\n${owned.output().trim()}`);
    }
  } catch (error) {
    await owned.stop();
    throw error;
  }
  return { origin, port, process: owned, stop: () => owned.stop() };
}

/** Installs a VSIX into the server data folder. */
export async function installVsix(dataDir: string, vsixFile: string, host?: EditorHostName): Promise<void> {
  const { node, serverMain } = programOf(host);
  const owned = startOwned(
    node,
    [
      serverMain,
      '--accept-server-license-terms',
      '--server-data-dir',
      dataDir,
      '--install-extension',
      vsixFile,
      '--force',
    ],
    { env: neutralEditorEnv() },
  );
  const deadline = setTimeout(() => void owned.stop(), 120_000);
  const code = await owned.exited;
  clearTimeout(deadline);
  await owned.stop();
  if (code !== 0) {
    throw new Error(`Installing ${path.basename(vsixFile)} did not work.\n${owned.output().trim()}`);
  }
}
