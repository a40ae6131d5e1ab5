import * as vscode from 'vscode';
import * as z from 'zod';
import { systemClock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { planPageModel } from '../../console/intent/planPage.ts';
import { RunFollower } from '../../console/intent/runFollower.ts';
import type { PageAction } from '../../contract/panels.ts';
import {
  type FromPlanPage,
  fromPlanPageSchema,
  type PlanPageModel,
  type ToPlanPage,
} from '../../contract/planPanel.ts';
import { runPageAction } from '../commands/pageAction.ts';
import { showError } from '../messages.ts';
import { attachPage, type PageController } from '../webviews/pagePanel.ts';
import { tabIcon } from '../webviews/tabIcon.ts';
import { openComparison } from './comparison.ts';
import { planPageType } from './intentFeature.ts';
import type { IntentWorkbench, OpenIntent } from './intentWorkbench.ts';

/** What a page keeps over a reload of the window: which document or run it is about. */
const restoredSchema = z.object({ about: z.string().max(2_000) });

/** What a plan page shows and does: the plan of a document, or a run by itself. */
interface PlanSource {
  readonly onDidChange: Event<void>;
  model(): PlanPageModel;
  receive(message: Exclude<FromPlanPage, { type: 'ready' | 'action' }>): Promise<void>;
  dispose(): void;
}

/** A run of which this window may have no document. */
export interface RunAddress {
  readonly connectionId: string;
  readonly runUuid: string;
}

/** Opens plan and run pages, one per document or run. */
export class PlanPages implements Disposable {
  readonly #workbench: IntentWorkbench;
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  constructor(workbench: IntentWorkbench) {
    this.#workbench = workbench;
  }

  dispose(): void {
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }

  isOpen(about: string): boolean {
    return this.#panels.has(about);
  }

  isVisible(about: string): boolean {
    return this.#panels.get(about)?.visible === true;
  }

  /** The plan of a document, beside it. */
  openPlan(open: OpenIntent): void {
    this.#open(open.uri.toString(), vscode.ViewColumn.Beside);
  }

  /** A run: on the page of its document where there is one. */
  openRun(address: RunAddress): void {
    const own = this.#workbench.sessions.find(({ session }) => session.follower?.uuid === address.runUuid);
    if (own !== undefined) this.openPlan(own);
    else this.#open(runAbout(address), vscode.ViewColumn.Active);
  }

  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = restoredSchema.safeParse(state);
    if (!parsed.success || this.#panels.has(parsed.data.about)) {
      panel.dispose();
      return;
    }
    const { about } = parsed.data;
    if (runOf(about) === null) {
      // The document may not be shown by any editor, but its plan needs its text.
      try {
        this.#workbench.sessionOf(await vscode.workspace.openTextDocument(vscode.Uri.parse(about, true)));
      } catch {
        panel.dispose();
        return;
      }
    }
    this.#attach(panel, about);
  }

  #open(about: string, column: vscode.ViewColumn): void {
    const known = this.#panels.get(about);
    if (known !== undefined) {
      known.reveal(undefined, true);
      return;
    }
    const panel = vscode.window.createWebviewPanel(planPageType, 'Plan', {
      viewColumn: column,
      preserveFocus: column === vscode.ViewColumn.Beside,
    });
    this.#attach(panel, about);
  }

  #attach(panel: vscode.WebviewPanel, about: string): void {
    const source = this.#sourceOf(about);
    if (source === null) {
      panel.dispose();
      return;
    }
    const { services } = this.#workbench;
    const { extensionUri, logger } = services;
    panel.iconPath = tabIcon(extensionUri);
    this.#panels.set(about, panel);
    attachPage({
      panel,
      extensionUri,
      page: 'plan',
      schema: fromPlanPageSchema,
      logger,
      need: () => services.registry.need(),
      createController: (post) =>
        new PlanController({
          source,
          post,
          onDidChangeTitle: (title) => {
            if (panel.title !== title) panel.title = title;
          },
          act: (action) =>
            void runPageAction(services, action).catch((error: unknown) =>
              logger.error('a page action failed', { error }),
            ),
          fail: (error) => {
            logger.error('the plan page could not do what was asked', { error });
            void showError(error instanceof Error ? error.message : 'An unexpected failure.');
          },
        }),
    });
    panel.onDidDispose(() => {
      this.#panels.delete(about);
      this.#workbench.release(about);
    });
  }

  #sourceOf(about: string): PlanSource | null {
    const address = runOf(about);
    if (address !== null) return this.#runSource(about, address);
    const open = this.#workbench.find(about);
    return open === undefined ? null : this.#documentSource(open);
  }

  #documentSource(open: OpenIntent): PlanSource {
    const { session, uri } = open;
    const run = (command: string): Thenable<unknown> => vscode.commands.executeCommand(command, uri);
    return {
      onDidChange: (listener) => session.onDidChange(listener),
      model: () => session.pageModel(),
      dispose: () => undefined,
      receive: async (message) => {
        switch (message.type) {
          case 'planAgain':
            await run('proxbox.intent.plan');
            return;
          case 'apply':
            await run('proxbox.intent.apply');
            return;
          case 'cancelRest':
            await run('proxbox.intent.cancelRest');
            return;
          case 'openDiff':
            await openComparison(open, message.index);
            return;
          case 'goToLine': {
            const offset = session.offsetOf(message.index);
            if (offset === null) return;
            const document = await vscode.workspace.openTextDocument(uri);
            const at = document.positionAt(offset);
            await vscode.window.showTextDocument(document, {
              selection: new vscode.Range(at, at),
              viewColumn: columnOf(uri) ?? vscode.ViewColumn.One,
            });
            return;
          }
          case 'openGuest':
            await this.#openGuest(session.target()?.id ?? null, session.verdict(message.index)?.vmid ?? null);
            return;
          case 'openRequest': {
            const item = session.follower?.run?.results.find(({ index }) => index === message.index);
            const connectionId = session.target()?.connection.id;
            if (item?.deletion_request_id != null && connectionId !== undefined)
              await openRequest(connectionId, item.deletion_request_id);
          }
        }
      },
    };
  }

  #runSource(about: string, { connectionId, runUuid }: RunAddress): PlanSource {
    const { model } = this.#workbench.services;
    const changed = new Emitter<void>();
    const port = this.#workbench.portOf(connectionId);
    const follower =
      port === null
        ? null
        : new RunFollower({
            uuid: runUuid,
            cluster: '',
            port,
            clock: systemClock,
            clockOffsetMs: model.clockOffsetMs(connectionId),
            first: null,
          });
    follower?.onDidChange(() => changed.fire());
    const picture = () =>
      follower?.picture() ?? {
        uuid: runUuid,
        run: null,
        trouble: 'The connection of this run is off.',
        cancelling: false,
        cluster: '',
        clockOffsetMs: 0,
      };
    const item = (index: number) => follower?.run?.results.find((known) => known.index === index);
    return {
      onDidChange: changed.event,
      model: () =>
        planPageModel({
          about,
          fileName: null,
          cluster: follower?.run?.cluster ?? null,
          plan: null,
          standing: { kind: 'applied' },
          failure: null,
          refusals: [],
          fault: null,
          expiresAtMs: null,
          lineOf: () => null,
          run: picture(),
        }),
      dispose: () => {
        follower?.dispose();
        changed.dispose();
      },
      receive: async (message) => {
        if (message.type === 'cancelRest') await follower?.cancelRest();
        if (message.type === 'openGuest') {
          const entry = model
            .clustersOf(connectionId)
            .find(({ record }) => record.key === follower?.run?.cluster);
          await this.#openGuest(entry?.id ?? null, item(message.index)?.vmid ?? null);
        }
        if (message.type === 'openRequest') {
          const requestId = item(message.index)?.deletion_request_id;
          if (requestId != null) await openRequest(connectionId, requestId);
        }
      },
    };
  }

  async #openGuest(clusterId: string | null, vmid: number | null): Promise<void> {
    if (clusterId === null || vmid === null) return;
    const { model } = this.#workbench.services;
    await vscode.commands.executeCommand('proxbox.guest.open', model.guestId(clusterId, vmid));
  }
}

interface PlanControllerOptions {
  readonly source: PlanSource;
  readonly post: (message: ToPlanPage) => void;
  readonly onDidChangeTitle: (title: string) => void;
  readonly act: (action: PageAction) => void;
  readonly fail: (error: unknown) => void;
}

/** Feeds a plan page: the whole picture whenever it reads differently, for a plan is small. */
class PlanController implements PageController<ToPlanPage, FromPlanPage> {
  readonly #options: PlanControllerOptions;
  readonly #subscription: Disposable;
  #sent = '';

  constructor(options: PlanControllerOptions) {
    this.#options = options;
    this.#subscription = options.source.onDidChange(() => {
      const message = this.#build();
      const text = JSON.stringify(message.model);
      if (text === this.#sent) return;
      this.#sent = text;
      options.post(message);
    });
  }

  current(): ToPlanPage {
    const message = this.#build();
    this.#sent = JSON.stringify(message.model);
    return message;
  }

  receive(message: FromPlanPage): void {
    if (message.type === 'ready') return;
    if (message.type === 'action') this.#options.act(message.action);
    else void this.#options.source.receive(message).catch(this.#options.fail);
  }

  setVisible(visible: boolean): void {
    // A hidden page forgets what it was sent and gets the whole picture when it is shown again.
    if (!visible) this.#sent = '';
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#options.source.dispose();
  }

  #build(): ToPlanPage {
    const model = this.#options.source.model();
    this.#options.onDidChangeTitle(`${model.header.title}: ${model.subtitle}`);
    return { type: 'model', nowMs: systemClock.now(), model };
  }
}

function runAbout({ connectionId, runUuid }: RunAddress): string {
  return `run:${connectionId}/${runUuid}`;
}

function runOf(about: string): RunAddress | null {
  const [, connectionId, runUuid] = /^run:([a-z0-9-]+)\/(.+)$/s.exec(about) ?? [];
  return connectionId === undefined || runUuid === undefined ? null : { connectionId, runUuid };
}

/** Column in which a document is shown already. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  const text = uri.toString();
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === text)
    ?.viewColumn;
}

/** Opens a deletion request where the console has a page for it. */
async function openRequest(connectionId: string, requestId: number): Promise<void> {
  await vscode.commands.executeCommand('proxbox.deletion.open', { connectionId, requestId });
}
