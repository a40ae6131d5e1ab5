import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { Services } from '../services.ts';
import type { WhatIfPages } from './whatIfPages.ts';

export const whatIfType = 'proxbox.whatIf';

/** The way to the what-if pages, and the background foresight; their code is loaded when it is first of use. */
export class WhatIfFeature implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();
  #loading: Promise<WhatIfPages> | null = null;

  constructor(services: Services) {
    this.#services = services;
    const serializer = vscode.window.registerWebviewPanelSerializer(whatIfType, {
      deserializeWebviewPanel: async (panel, state: unknown) => (await this.load()).restore(panel, state),
    });
    this.#owned.add(toDisposable(() => serializer.dispose()));
    const firstNews = this.#owned.add(
      services.model.onDidChange(() => {
        if (services.model.clusters().length === 0) return;
        firstNews.dispose();
        void this.#watch().catch((error: unknown) =>
          services.logger.error('the loss of nodes cannot be foreseen', { error }),
        );
      }),
    );
  }

  async #watch(): Promise<void> {
    const { SurvivalWatch } = await import('../../console/foresight/survivalWatch.ts');
    this.#owned.add(new SurvivalWatch(this.#services.model, systemClock));
  }

  load(): Promise<WhatIfPages> {
    this.#loading ??= import('./whatIfPages.ts').then(({ WhatIfPages: Loaded }) =>
      this.#owned.add(new Loaded(this.#services)),
    );
    return this.#loading;
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
