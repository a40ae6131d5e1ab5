import * as vscode from 'vscode';
import type { z } from 'zod';
import { DataNeed } from '../../base/dataNeed.ts';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { type PageName, pageHtml } from './html.ts';

/** What a page is about and how its messages are answered. */
export interface PageController<ToPage, FromPage> extends Disposable {
  /** Whole picture, sent when the page is ready or is shown again. */
  current(): ToPage;
  /** Handles one checked message of the page. */
  receive(message: FromPage): void;
  /** Called when the page becomes visible or hidden; nothing is sent to a hidden page. */
  setVisible(visible: boolean): void;
}

export interface PagePanelOptions<ToPage, FromPage> {
  readonly panel: vscode.WebviewPanel;
  readonly extensionUri: vscode.Uri;
  readonly page: PageName;
  readonly schema: z.ZodType<FromPage>;
  readonly logger: Logger;
  /** Keeps data flowing; held while the page is seen. */
  readonly need: () => Disposable;
  readonly createController: (post: (message: ToPage) => void) => PageController<ToPage, FromPage>;
}

/**
 * Joins a webview panel and its controller: sets the page, checks what comes back, sends nothing while hidden (such
 * messages would be lost) and a whole picture when shown again.
 */
export function attachPage<ToPage, FromPage extends { readonly type: string }>(
  options: PagePanelOptions<ToPage, FromPage>,
): Disposable {
  const { panel, extensionUri, page, schema, logger } = options;
  const owned = new DisposableStore();
  const held = owned.add(new DataNeed(options.need));
  const show = (visible: boolean): void => {
    held.set(visible);
    controller.setVisible(visible);
  };
  let ready = false;
  const post = (message: ToPage): void => {
    if (ready && panel.visible) void panel.webview.postMessage(message);
  };
  const controller = owned.add(options.createController(post));
  panel.webview.options = {
    enableScripts: true,
    enableCommandUris: false,
    localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')],
  };
  owned.add(
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const parsed = schema.safeParse(message);
      if (!parsed.success) {
        logger.warn(`${page} page sent a message that does not fit; it was ignored`);
        return;
      }
      if (parsed.data.type === 'ready') {
        ready = true;
        post(controller.current());
      } else controller.receive(parsed.data);
    }),
  );
  owned.add(
    panel.onDidChangeViewState(() => {
      // A hidden page is unloaded by the editor and says "ready" again when it comes back.
      if (!panel.visible) ready = false;
      show(panel.visible);
    }),
  );
  owned.add(panel.onDidDispose(() => owned.dispose()));
  show(panel.visible);
  panel.webview.html = pageHtml(panel.webview, extensionUri, page);
  return owned;
}
