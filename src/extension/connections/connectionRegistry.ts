import * as vscode from 'vscode';
import { Emitter, type Event } from '../../base/event.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { FleetConnection } from '../../client/connection.ts';
import type { IntentClient } from '../../client/intentClient.ts';
import type { ConnectionSetting, ParsedConnections, SettingProblem } from '../settings/connectionSettings.ts';
import type { ConnectionSecrets } from '../storage/connectionSecrets.ts';
import type { OpenedConnection } from './openConnection.ts';

/** Setting that holds the list. */
const section = 'proxbox';
const listKey = 'connections';

/** A connection of the list that is switched on, with what keeps its data. */
export interface ActiveConnection {
  readonly setting: ConnectionSetting;
  readonly connection: FleetConnection;
  readonly intent: IntentClient;
  readonly identities: OpenedConnection['identities'];
  /** The demo's simulator, once it runs. */
  readonly simulatorAdmin: () => Promise<{ readonly url: string; readonly token: string } | null>;
}

/** What the registry is made with. */
export interface ConnectionParts {
  parse(value: unknown): ParsedConnections;
  keepUnusable(before: unknown, setting: ConnectionSetting): unknown;
  open(setting: ConnectionSetting): OpenedConnection;
}

/**
 * The connection list of the settings, and one live connection for each entry that is on. A changed entry is closed and
 * opened anew, a changed secret is taken into use with the picture left as it is; the others do not notice.
 */
export class ConnectionRegistry implements Disposable {
  #parts: ConnectionParts | null = null;
  readonly #secrets: ConnectionSecrets;
  readonly #owned = new DisposableStore();
  readonly #active = new Map<string, ActiveConnection & { readonly opened: OpenedConnection }>();
  readonly #changed = new Emitter<void>();
  #isDisposed = false;
  #needs = 0;
  readonly #watches = new Map<string, Disposable>();
  #settings: readonly ConnectionSetting[] = [];
  #problems: readonly SettingProblem[] = [];

  /** Fired when the list, or which connections are open, changed. */
  readonly onDidChange: Event<void> = this.#changed.event;

  /** Resolves once the list was read for the first time. */
  readonly ready: Promise<void>;

  /** @param load what reads settings and opens connections; it is not needed for the activation itself. */
  constructor(secrets: ConnectionSecrets, load: () => Promise<ConnectionParts>) {
    this.#secrets = secrets;
    this.#owned.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.${listKey}`)) this.#read();
      }),
    );
    this.#owned.add(secrets.onDidChange((connectionId) => this.#active.get(connectionId)?.opened.renew()));
    this.ready = load().then((parts) => {
      this.#parts = parts;
      if (!this.#isDisposed) this.#read();
    });
  }

  /** Keeps data flowing on all open connections, and those to come, until it is disposed. Without a need nothing is read. */
  need(): Disposable {
    this.#needs += 1;
    if (this.#needs === 1) for (const active of this.#active.values()) this.#watch(active);
    return toDisposable(() => {
      this.#needs -= 1;
      if (this.#needs > 0) return;
      for (const watch of this.#watches.values()) watch.dispose();
      this.#watches.clear();
    });
  }

  /** Every entry that could be understood, on or off. */
  get settings(): readonly ConnectionSetting[] {
    return this.#settings;
  }

  /** Entries that could not be understood. */
  get problems(): readonly SettingProblem[] {
    return this.#problems;
  }

  get active(): ReadonlyMap<string, ActiveConnection> {
    return this.#active;
  }

  find(connectionId: string): ConnectionSetting | undefined {
    return this.#settings.find((setting) => setting.id === connectionId);
  }

  /** Adds an entry or replaces the one with its id. Entries that could not be understood stay as they are. */
  async save(setting: ConnectionSetting): Promise<void> {
    const list = rawList();
    const index = list.findIndex((entry) => hasId(entry, setting.id));
    if (index === -1) list.push(setting);
    else list[index] = this.#parts?.keepUnusable(list[index], setting) ?? setting;
    await writeList(list);
  }

  /** Removes the entry and its secret. */
  async remove(connectionId: string): Promise<void> {
    await writeList(rawList().filter((entry) => !hasId(entry, connectionId)));
    await this.#secrets.forget(connectionId);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#owned.dispose();
    for (const active of this.#active.values()) active.opened.dispose();
    this.#active.clear();
    this.#changed.dispose();
  }

  #read(): void {
    if (this.#parts === null) return;
    // Only the machine's own value counts: the scope keeps folders out, and reading it like this keeps them out twice.
    const inspected = vscode.workspace.getConfiguration(section).inspect<unknown>(listKey);
    const { connections, problems } = this.#parts.parse(inspected?.globalValue);
    const before = new Map(this.#settings.map((setting) => [setting.id, JSON.stringify(setting)]));
    this.#settings = connections;
    this.#problems = problems;
    const wanted = new Map(connections.filter((entry) => entry.enabled).map((entry) => [entry.id, entry]));
    for (const id of [...this.#active.keys()]) if (!wanted.has(id)) this.#close(id);
    for (const [id, setting] of wanted) {
      if (this.#active.has(id) && before.get(id) === JSON.stringify(setting)) continue;
      this.#close(id);
      this.#openNow(this.#parts.open(setting), setting);
    }
    this.#changed.fire();
  }

  #openNow(opened: OpenedConnection, setting: ConnectionSetting): void {
    const active = {
      setting,
      opened,
      connection: opened.connection,
      intent: opened.intent,
      identities: opened.identities,
      simulatorAdmin: opened.simulatorAdmin,
    };
    this.#active.set(setting.id, active);
    this.#watch(active);
  }

  #watch({ setting, connection }: ActiveConnection): void {
    this.#watches.get(setting.id)?.dispose();
    this.#watches.delete(setting.id);
    if (this.#needs > 0) this.#watches.set(setting.id, connection.watch());
  }

  #close(connectionId: string): void {
    this.#watches.get(connectionId)?.dispose();
    this.#watches.delete(connectionId);
    this.#active.get(connectionId)?.opened.dispose();
    this.#active.delete(connectionId);
  }
}

function rawList(): unknown[] {
  const value = vscode.workspace.getConfiguration(section).inspect<unknown>(listKey)?.globalValue;
  return Array.isArray(value) ? [...value] : [];
}

async function writeList(list: readonly unknown[]): Promise<void> {
  await vscode.workspace.getConfiguration(section).update(listKey, list, vscode.ConfigurationTarget.Global);
}

function hasId(entry: unknown, id: string): boolean {
  return typeof entry === 'object' && entry !== null && 'id' in entry && entry.id === id;
}
