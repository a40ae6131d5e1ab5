import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import type { PageAction } from '../../contract/panels.ts';
import type { OpenPages } from './openPages.ts';

export const haStatusType = 'proxbox.haStatus';
export const guestType = 'proxbox.guest';

export interface PagesOptions {
  readonly extensionUri: vscode.Uri;
  readonly model: FleetModel;
  readonly logger: Logger;
  readonly act: (action: PageAction) => void;
  /** Keeps data flowing; held by each page while it is seen. */
  readonly need: () => Disposable;
}

/** The way to the pages. Their code is loaded with the first page, not with the extension. */
export class Pages implements Disposable {
  readonly #options: PagesOptions;
  readonly #owned = new DisposableStore();
  #loading: Promise<OpenPages> | null = null;
  #loaded: OpenPages | null = null;

  constructor(options: PagesOptions) {
    this.#options = options;
    this.#owned.add(
      vscode.window.registerWebviewPanelSerializer(haStatusType, {
        deserializeWebviewPanel: async (panel, state: unknown) =>
          (await this.#pages()).restoreHaStatus(panel, state),
      }),
    );
    this.#owned.add(
      vscode.window.registerWebviewPanelSerializer(guestType, {
        deserializeWebviewPanel: async (panel, state: unknown) =>
          (await this.#pages()).restoreGuest(panel, state),
      }),
    );
  }

  /** The HA status page, showing this cluster, or all of them for `null`. */
  async openHaStatus(clusterId: string | null): Promise<void> {
    (await this.#pages()).openHaStatus(clusterId);
  }

  /** Whether somebody looks at the HA status of this cluster now. */
  isWatching(clusterId: string): boolean {
    return this.#loaded?.isWatching(clusterId) ?? false;
  }

  async openGuest(guestId: string): Promise<void> {
    (await this.#pages()).openGuest(guestId);
  }

  /** The page of a guest, with why it is where it is unfolded. */
  async explainPlacement(guestId: string): Promise<void> {
    (await this.#pages()).explainPlacement(guestId);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #pages(): Promise<OpenPages> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<OpenPages> {
    const { OpenPages: Loaded } = await import('./openPages.ts');
    this.#loaded = this.#owned.add(new Loaded(this.#options));
    return this.#loaded;
  }
}
