import * as vscode from 'vscode';
import * as z from 'zod';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { GuestView } from '../../console/guestPage.ts';
import { allClusters } from '../../console/haStatusPage.ts';
import { fromGuestPageSchema, fromHaStatusPageSchema } from '../../contract/panels.ts';
import { GuestController } from './guestController.ts';
import { HaStatusController } from './haStatusController.ts';
import { attachPage } from './pagePanel.ts';
import { guestType, haStatusType, type PagesOptions } from './pages.ts';
import { tabIcon } from './tabIcon.ts';

/** What a page keeps over a reload of the window: which object it is about. */
const restoredSchema = z.object({ about: z.string().max(400) });

/** Open pages, one per object; opening one again brings it to the front. Loaded with the first page. */
export class OpenPages implements Disposable {
  readonly #options: PagesOptions;
  readonly #owned = new DisposableStore();
  readonly #guests = new Map<string, { panel: vscode.WebviewPanel; controller: GuestController | null }>();
  #haStatus: { readonly panel: vscode.WebviewPanel; readonly controller: HaStatusController } | null = null;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** Fills a panel that the editor brought back after a reload of the window. */
  restoreHaStatus(panel: vscode.WebviewPanel, state: unknown): void {
    this.#attachHaStatus(panel, aboutOf(state) ?? allClusters);
  }

  restoreGuest(panel: vscode.WebviewPanel, state: unknown): void {
    const about = aboutOf(state);
    if (about === null) panel.dispose();
    else this.#attachGuest(panel, about);
  }

  /** The HA status page, showing this cluster, or all of them for `null`. */
  openHaStatus(cluster: string | null): void {
    const clusterId = cluster ?? allClusters;
    if (this.#haStatus !== null) {
      this.#haStatus.panel.reveal();
      this.#haStatus.controller.select(clusterId);
      return;
    }
    const panel = vscode.window.createWebviewPanel(haStatusType, 'HA status', vscode.ViewColumn.Active);
    this.#attachHaStatus(panel, clusterId);
  }

  /** Whether somebody looks at the HA status of this cluster now. */
  isWatching(clusterId: string): boolean {
    const open = this.#haStatus;
    if (open === null || !open.panel.active || !vscode.window.state.focused) return false;
    return open.controller.selected === clusterId || open.controller.selected === allClusters;
  }

  openGuest(guestId: string): void {
    const open = this.#guests.get(guestId);
    if (open !== undefined) {
      open.panel.reveal();
      return;
    }
    const { title } = new GuestView(this.#options.model, guestId);
    this.#attachGuest(vscode.window.createWebviewPanel(guestType, title, vscode.ViewColumn.Active), guestId);
  }

  /** The page of a guest, with why it is where it is unfolded. */
  explainPlacement(guestId: string): void {
    this.openGuest(guestId);
    this.#guests.get(guestId)?.controller?.explain(true);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #attachHaStatus(panel: vscode.WebviewPanel, clusterId: string): void {
    const { extensionUri, model, logger, act, need } = this.#options;
    panel.iconPath = tabIcon(extensionUri);
    let controller: HaStatusController | null = null;
    const attached = attachPage({
      panel,
      extensionUri,
      page: 'haStatus',
      schema: fromHaStatusPageSchema,
      logger,
      need,
      createController: (post) => {
        controller = new HaStatusController({
          model,
          selected: clusterId,
          post,
          act,
          onDidSelect: (selected) => {
            panel.title = titleOf(model, selected);
          },
        });
        return controller;
      },
    });
    if (controller !== null) this.#haStatus = { panel, controller };
    panel.title = titleOf(model, clusterId);
    this.#closeWith(panel, attached, () => {
      if (this.#haStatus?.panel === panel) this.#haStatus = null;
    });
  }

  #attachGuest(panel: vscode.WebviewPanel, guestId: string): void {
    const { extensionUri, model, logger, act, need } = this.#options;
    panel.iconPath = tabIcon(extensionUri);
    const open: { panel: vscode.WebviewPanel; controller: GuestController | null } = {
      panel,
      controller: null,
    };
    this.#guests.set(guestId, open);
    const attached = attachPage({
      panel,
      extensionUri,
      page: 'guest',
      schema: fromGuestPageSchema,
      logger,
      need,
      createController: (post) => {
        open.controller = new GuestController({
          model,
          guestId,
          post,
          act,
          onDidChangeTitle: (title) => {
            if (panel.title !== title) panel.title = title;
          },
        });
        return open.controller;
      },
    });
    this.#closeWith(panel, attached, () => {
      if (this.#guests.get(guestId) === open) this.#guests.delete(guestId);
    });
  }

  #closeWith(panel: vscode.WebviewPanel, attached: Disposable, onClosed: () => void): void {
    const closed = panel.onDidDispose(() => {
      attached.dispose();
      onClosed();
    });
    this.#owned.add(toDisposable(() => closed.dispose()));
    this.#owned.add(attached);
  }
}

function titleOf(model: FleetModel, clusterId: string): string {
  const cluster = model.cluster(clusterId);
  return cluster === undefined ? 'HA status' : `HA status: ${cluster.name}`;
}

function aboutOf(state: unknown): string | null {
  const parsed = restoredSchema.safeParse(state);
  return parsed.success ? parsed.data.about : null;
}
