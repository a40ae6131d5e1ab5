import * as vscode from 'vscode';
import { DataNeed } from '../../base/dataNeed.ts';
import { Emitter } from '../../base/event.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { Services } from '../services.ts';
import type { FindingProblems } from './findingProblems.ts';

/** Scheme of the read-only documents that show a cluster's HA configuration. */
export const haDocumentScheme = 'proxbox-ha';

/**
 * The background search for faults in HA configuration, and the documents at whose lines they stand. Their code is loaded
 * with the first cluster that is told.
 */
export class FindingsFeature implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<vscode.Uri>());
  readonly #need: DataNeed;
  #loading: Promise<FindingProblems> | null = null;

  constructor(services: Services) {
    this.#services = services;
    this.#need = this.#owned.add(new DataNeed(() => services.registry.need()));
    const firstNews = this.#owned.add(
      services.model.onDidChange(() => {
        if (services.model.clusters().length === 0) return;
        firstNews.dispose();
        void this.load().catch((error: unknown) =>
          services.logger.error('HA configuration cannot be looked through', { error }),
        );
      }),
    );
    for (const registered of [
      vscode.workspace.registerTextDocumentContentProvider(haDocumentScheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: async (uri) => (await this.load()).textOf(uri),
      }),
      vscode.window.onDidChangeVisibleTextEditors((editors) => this.#followDocuments(editors)),
    ])
      this.#owned.add(toDisposable(() => registered.dispose()));
    this.#followDocuments(vscode.window.visibleTextEditors);
  }

  load(): Promise<FindingProblems> {
    this.#loading ??= import('./findingProblems.ts').then(({ FindingProblems: Loaded }) =>
      this.#owned.add(new Loaded(this.#services, (uri) => this.#changed.fire(uri))),
    );
    return this.#loading;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** A document that is seen needs data like any other view. */
  #followDocuments(editors: readonly vscode.TextEditor[]): void {
    this.#need.set(editors.some(({ document }) => document.uri.scheme === haDocumentScheme));
  }
}
