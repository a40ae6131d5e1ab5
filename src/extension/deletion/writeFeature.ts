import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { Services } from '../services.ts';
import type { WriteViews } from './writeViews.ts';

export const deletionPageType = 'proxbox.deletion';
export const deletionScheme = 'proxbox-deletion';
export const journalScheme = 'proxbox-journal';

/** Deletion requests and activity, loaded when the first connection answers or a command or page needs them. */
export class WriteFeature implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();
  readonly #journalChanged = new vscode.EventEmitter<vscode.Uri>();
  #loading: Promise<WriteViews> | null = null;

  constructor(services: Services) {
    this.#services = services;
    const keep = (registration: vscode.Disposable): void => {
      this.#owned.add(toDisposable(() => registration.dispose()));
    };
    this.#owned.add(services.model.onDidChange(() => this.#look()));
    keep(
      vscode.window.registerWebviewPanelSerializer(deletionPageType, {
        deserializeWebviewPanel: async (panel, state: unknown) =>
          (await this.load()).pages.restore(panel, state),
      }),
    );
    keep(
      vscode.workspace.registerTextDocumentContentProvider(deletionScheme, {
        provideTextDocumentContent: async (uri) => (await this.load()).pages.comparedText(uri),
      }),
    );
    keep(this.#journalChanged);
    keep(
      vscode.workspace.registerTextDocumentContentProvider(journalScheme, {
        onDidChange: this.#journalChanged.event,
        provideTextDocumentContent: async (uri) =>
          (await import('./journalDocument.ts')).readJournal(services, uri),
      }),
    );
  }

  load(): Promise<WriteViews> {
    this.#loading ??= this.#loadNow().catch((error: unknown) => {
      this.#loading = null;
      this.#services.logger.error('the views of the write side could not be loaded', { error });
      throw error;
    });
    return this.#loading;
  }

  /** Has an open journal read again. */
  renewJournal(uri: vscode.Uri): void {
    this.#journalChanged.fire(uri);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #look(): void {
    if (this.#loading !== null) return;
    const isAnswered = [...this.#services.registry.active.values()].some(
      ({ connection }) => connection.state.kind === 'live' && connection.capabilities?.fleet === true,
    );
    if (isAnswered) void this.load().catch(() => undefined);
  }

  async #loadNow(): Promise<WriteViews> {
    const { WriteViews: Loaded } = await import('./writeViews.ts');
    return this.#owned.add(new Loaded(this.#services));
  }
}
