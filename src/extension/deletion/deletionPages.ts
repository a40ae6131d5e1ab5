import * as vscode from 'vscode';
import * as z from 'zod';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import {
  type ComparisonReading,
  comparisonTexts,
  deletionPageModel,
} from '../../console/intent/deletionPage.ts';
import type { DeletionAddress } from '../../console/intent/deletionRows.ts';
import { intentSentence } from '../../console/intent/intentErrors.ts';
import {
  type FromDeletionPage,
  fromDeletionPageSchema,
  type ToDeletionPage,
} from '../../contract/deletionPanel.ts';
import type { DeletionRequest } from '../../contract/intent/deletionRequest.ts';
import { runPageAction } from '../commands/pageAction.ts';
import { attachPage, type PageController } from '../webviews/pagePanel.ts';
import { tabIcon } from '../webviews/tabIcon.ts';
import { deletionPageType, deletionScheme } from './writeFeature.ts';
import type { WriteViews } from './writeViews.ts';

const restoredSchema = z.object({ about: z.string().max(400) });

/** Pages of deletion requests, one per request, and their comparisons in the editor. */
export class DeletionPages implements Disposable {
  readonly #views: WriteViews;
  readonly #owned = new DisposableStore();
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  /** Texts of open comparisons, by the path of their address. */
  readonly #texts = new Map<string, string>();

  constructor(views: WriteViews) {
    this.#views = views;
  }

  open(address: DeletionAddress): void {
    const about = aboutOf(address);
    const known = this.#panels.get(about);
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const title = `Deletion request ${address.requestId}`;
    this.#attach(
      vscode.window.createWebviewPanel(deletionPageType, title, vscode.ViewColumn.Active),
      address,
    );
  }

  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const parsed = restoredSchema.safeParse(state);
    const address = parsed.success ? addressOf(parsed.data.about) : null;
    if (address === null) panel.dispose();
    else this.#attach(panel, address);
  }

  /** Opens the guest as it was when asked beside the guest as it is, in the editor's own comparison. */
  async compare({ connectionId, requestId }: DeletionAddress): Promise<void> {
    const active = this.#views.services.registry.active.get(connectionId);
    if (active === undefined) throw new Error('The connection of this request is off. Switch it on first.');
    const { intent, setting } = active;
    let request: DeletionRequest;
    let texts: ReturnType<typeof comparisonTexts>;
    try {
      request = await intent.deletionRequest(requestId);
      texts = comparisonTexts(request, await intent.compareDeletion(requestId));
    } catch (error) {
      throw new Error(intentSentence(error, setting.name));
    }
    // Each comparison has an address of its own, so that an older one never shows newer text.
    const stamp = systemClock.now().toString(36);
    const uri = (side: 'asked' | 'now'): vscode.Uri => {
      const path = `/${connectionId}/${requestId}/${stamp}/${request.vmid} ${side}.conf`;
      this.#texts.set(path, texts[side]);
      return vscode.Uri.from({ scheme: deletionScheme, path });
    };
    await vscode.commands.executeCommand(
      'vscode.diff',
      uri('asked'),
      uri('now'),
      `Deletion request ${requestId}: when asked ↔ now`,
      { preview: true },
    );
  }

  comparedText(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? '# This comparison is no longer there. Compare again.\n';
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #attach(panel: vscode.WebviewPanel, address: DeletionAddress): void {
    const { services, desk } = this.#views;
    const about = aboutOf(address);
    panel.iconPath = tabIcon(services.extensionUri);
    this.#panels.set(about, panel);
    const attached = attachPage({
      panel,
      extensionUri: services.extensionUri,
      page: 'deletion',
      schema: fromDeletionPageSchema,
      logger: services.logger,
      need: () => {
        const handles = [services.registry.need(), desk.watch()];
        return toDisposable(() => handles.forEach((handle) => void handle.dispose()));
      },
      createController: (post) => new DeletionController(this.#views, address, post),
    });
    const closed = panel.onDidDispose(() => {
      attached.dispose();
      this.#panels.delete(about);
    });
    this.#owned.add(toDisposable(() => closed.dispose()));
    this.#owned.add(attached);
  }
}

/** How long a comparison says something about a guest that somebody may change meanwhile, milliseconds. */
const comparedForMs = 15_000;

/**
 * Feeds one page: the request as the desk reads it, and the comparison whenever the request changed or, as long as
 * something is to be decided, the last one is old.
 */
class DeletionController implements PageController<ToDeletionPage, FromDeletionPage> {
  readonly #views: WriteViews;
  readonly #address: DeletionAddress;
  readonly #post: (message: ToDeletionPage) => void;
  readonly #subscription: Disposable;
  #request: DeletionRequest | null = null;
  #comparison: ComparisonReading = { kind: 'reading' };
  #comparedVersion = '';
  #comparedAtMs = 0;
  #sent = '';

  constructor(views: WriteViews, address: DeletionAddress, post: (message: ToDeletionPage) => void) {
    this.#views = views;
    this.#address = address;
    this.#post = post;
    this.#subscription = views.desk.onDidChange(() => this.#look());
    this.#look();
  }

  current(): ToDeletionPage {
    const message = this.#build();
    this.#sent = JSON.stringify(message.model);
    return message;
  }

  receive(message: FromDeletionPage): void {
    if (message.type === 'ready') return;
    if (message.type === 'action') {
      void runPageAction(this.#views.services, message.action).catch((error: unknown) =>
        this.#views.services.logger.error('a page action failed', { error }),
      );
      return;
    }
    void vscode.commands.executeCommand(`proxbox.deletion.${message.type}`, this.#address);
  }

  setVisible(visible: boolean): void {
    if (!visible) this.#sent = '';
    else this.#look();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #look(): void {
    const { connectionId, requestId } = this.#address;
    const known = this.#views.desk.request(connectionId, requestId);
    if (known === undefined) void this.#readOld();
    else this.#take(known);
  }

  /** Requests beyond the newest hundred are not in the list. */
  async #readOld(): Promise<void> {
    const { connectionId, requestId } = this.#address;
    try {
      const intent = this.#views.services.registry.active.get(connectionId)?.intent;
      if (intent !== undefined) this.#take(await intent.deletionRequest(requestId));
    } catch (error) {
      this.#views.services.logger.warn('a deletion request could not be read', { error });
    }
  }

  #take(request: DeletionRequest): void {
    this.#request = request;
    const version = `${request.state}/${request.updated_at}`;
    const isOpen = request.state === 'pending' || request.state === 'approved';
    const isOld = systemClock.now() - this.#comparedAtMs >= comparedForMs;
    if (version !== this.#comparedVersion || (isOpen && isOld)) {
      this.#comparedVersion = version;
      this.#comparedAtMs = systemClock.now();
      void this.#compare(version);
    }
    this.#send();
  }

  async #compare(version: string): Promise<void> {
    const { connectionId, requestId } = this.#address;
    const active = this.#views.services.registry.active.get(connectionId);
    if (active === undefined) return;
    let reading: ComparisonReading;
    try {
      reading = { kind: 'read', comparison: await active.intent.compareDeletion(requestId) };
    } catch (error) {
      reading = { kind: 'failed', message: intentSentence(error, active.setting.name) };
    }
    if (version !== this.#comparedVersion) return;
    this.#comparison = reading;
    this.#send();
  }

  #send(): void {
    const message = this.#build();
    const text = JSON.stringify(message.model);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#post(message);
  }

  #build(): ToDeletionPage {
    const { connectionId, requestId } = this.#address;
    const picture = this.#views.desk.picture(connectionId);
    const nowMs = systemClock.now();
    return {
      type: 'model',
      nowMs,
      model: deletionPageModel({
        about: aboutOf(this.#address),
        request: this.#request ?? notRead(requestId),
        comparison: this.#comparison,
        me: picture?.me ?? null,
        failure: picture?.failure ?? null,
        clockOffsetMs: this.#views.services.model.clockOffsetMs(connectionId),
        nowMs,
      }),
    };
  }
}

/** A request that was not read yet: nothing is known of it, and nothing may be done. */
function notRead(id: number): DeletionRequest {
  return {
    id,
    endpoint_id: null,
    cluster: null,
    vmid: 0,
    node: null,
    kind: 'unknown',
    name: null,
    state: 'unknown',
    created_at: null,
    updated_at: null,
    expires_at: null,
    requested_by: null,
    reason: null,
    authorizer: null,
    approved_at: null,
    reject_reason: null,
    executed_by: null,
    executed_at: null,
    run_uuid: null,
    executor_run_uuid: null,
    upid: null,
    error: null,
    tagged: null,
    metadata_snapshot: null,
    history: [],
    may: null,
  };
}

function aboutOf({ connectionId, requestId }: DeletionAddress): string {
  return `${connectionId}/${requestId}`;
}

function addressOf(about: string): DeletionAddress | null {
  const [, connectionId, requestId] = /^([a-z0-9-]+)\/(\d{1,15})$/.exec(about) ?? [];
  return connectionId === undefined || requestId === undefined
    ? null
    : { connectionId, requestId: Number(requestId) };
}
