import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { Services } from '../services.ts';
import type { WhatIfPages } from './whatIfPages.ts';

export const whatIfType = 'proxbox.whatIf';

/** The way to the what-if pages; their code is loaded with the first one. */
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
