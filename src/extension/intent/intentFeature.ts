import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { Services } from '../services.ts';
import type { IntentWorkbench } from './intentWorkbench.ts';

export const planPageType = 'proxbox.plan';
export const planScheme = 'proxbox-plan';

const intentFile = /\.proxbox-intent\.(ya?ml|json)$/i;

/**
 * Everything about intent documents, loaded when the first one is opened, a command needs it, or the editor restores a
 * page or comparison of an earlier window.
 */
export class IntentFeature implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();
  #loading: Promise<IntentWorkbench> | null = null;

  constructor(services: Services) {
    this.#services = services;
    const keep = (registration: vscode.Disposable): void => {
      this.#owned.add(toDisposable(() => registration.dispose()));
    };
    const look = (document: vscode.TextDocument): void => {
      if (intentFile.test(document.uri.path)) void this.load();
    };
    keep(vscode.workspace.onDidOpenTextDocument(look));
    keep(
      vscode.window.registerWebviewPanelSerializer(planPageType, {
        deserializeWebviewPanel: async (panel, state: unknown) =>
          (await this.load()).restorePage(panel, state),
      }),
    );
    keep(
      vscode.workspace.registerTextDocumentContentProvider(planScheme, {
        provideTextDocumentContent: async (uri) => (await this.load()).comparedText(uri),
      }),
    );
    for (const document of vscode.workspace.textDocuments) look(document);
  }

  load(): Promise<IntentWorkbench> {
    this.#loading ??= this.#loadNow().catch((error: unknown) => {
      this.#loading = null;
      this.#services.logger.error('the intent features could not be loaded', { error });
      throw error;
    });
    return this.#loading;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #loadNow(): Promise<IntentWorkbench> {
    const { IntentWorkbench } = await import('./intentWorkbench.ts');
    return this.#owned.add(await IntentWorkbench.create(this.#services));
  }
}
