import * as vscode from 'vscode';
import * as z from 'zod';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import { clusterDisplayName } from '../../console/clusterNames.ts';
import { pictureOf } from '../../console/foresight/pictureOf.ts';
import { whatIfPageModel } from '../../console/foresight/whatIfPage.ts';
import { notToldState } from '../../console/states.ts';
import { type FromWhatIfPage, fromWhatIfPageSchema, type ToWhatIfPage } from '../../contract/whatIfPanel.ts';
import { runPageAction } from '../commands/pageAction.ts';
import type { Services } from '../services.ts';
import { attachPage, type PageController } from '../webviews/pagePanel.ts';
import { tabIcon } from '../webviews/tabIcon.ts';
import { whatIfType } from './whatIfFeature.ts';

const restoredSchema = z.object({ about: z.string().max(2_000) });

/** Which nodes of which cluster a page asks about; kept over a reload as JSON. */
const questionSchema = z.tuple([z.string(), z.array(z.string())]);

/** Pages that answer what happens when nodes fail; each is its own question. */
export class WhatIfPages implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();

  constructor(services: Services) {
    this.#services = services;
  }

  open(clusterId: string, nodes: readonly string[]): void {
    const panel = vscode.window.createWebviewPanel(whatIfType, 'What if', vscode.ViewColumn.Active);
    this.#attach(panel, clusterId, nodes);
  }

  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const restored = restoredSchema.safeParse(state);
    const question = questionSchema.safeParse(restored.success ? parseJson(restored.data.about) : null);
    if (question.success) this.#attach(panel, ...question.data);
    else panel.dispose();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #attach(panel: vscode.WebviewPanel, clusterId: string, nodes: readonly string[]): void {
    const { extensionUri, logger, registry } = this.#services;
    panel.iconPath = tabIcon(extensionUri);
    const attached = attachPage({
      panel,
      extensionUri,
      page: 'whatIf',
      schema: fromWhatIfPageSchema,
      logger,
      need: () => registry.need(),
      createController: (post) =>
        new WhatIfController(this.#services, clusterId, nodes, post, (title) => {
          if (panel.title !== title) panel.title = title;
        }),
    });
    const closed = panel.onDidDispose(() => attached.dispose());
    this.#owned.add(toDisposable(() => closed.dispose()));
    this.#owned.add(attached);
  }
}

/** Feeds one page: the answer anew whenever the cluster reads differently or another node is chosen. */
class WhatIfController implements PageController<ToWhatIfPage, FromWhatIfPage> {
  readonly #services: Services;
  readonly #clusterId: string;
  readonly #post: (message: ToWhatIfPage) => void;
  readonly #retitle: (title: string) => void;
  readonly #subscription: Disposable;
  #lost: readonly string[];
  #sent = '';
  #isVisible = false;

  constructor(
    services: Services,
    clusterId: string,
    lost: readonly string[],
    post: (message: ToWhatIfPage) => void,
    retitle: (title: string) => void,
  ) {
    this.#services = services;
    this.#clusterId = clusterId;
    this.#lost = lost;
    this.#post = post;
    this.#retitle = retitle;
    this.#subscription = services.model.onDidChange(() => {
      if (this.#isVisible) this.#send();
    });
  }

  current(): ToWhatIfPage {
    const message = this.#build();
    this.#sent = JSON.stringify(message.model);
    return message;
  }

  receive(message: FromWhatIfPage): void {
    if (message.type === 'toggle') {
      const { node } = message;
      this.#lost = this.#lost.includes(node)
        ? this.#lost.filter((name) => name !== node)
        : [...this.#lost, node];
      this.#send();
    }
    if (message.type === 'action')
      void runPageAction(this.#services, message.action).catch((error: unknown) =>
        this.#services.logger.error('a page action failed', { error }),
      );
  }

  setVisible(visible: boolean): void {
    this.#isVisible = visible;
    if (!visible) this.#sent = '';
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #send(): void {
    const message = this.#build();
    const text = JSON.stringify(message.model);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#post(message);
  }

  #build(): ToWhatIfPage {
    const { model } = this.#services;
    const about = JSON.stringify([this.#clusterId, this.#lost]);
    const nowMs = systemClock.now();
    const picture = pictureOf(model, this.#clusterId);
    const entry = model.clusterEntry(this.#clusterId);
    if (picture === null || entry === undefined)
      return {
        type: 'model',
        nowMs,
        model: {
          about,
          header: {
            title: 'What if',
            freshness: notToldState('This cluster is not known now.'),
            banners: [],
          },
          subtitle: '',
          verdict: 'This cluster is not known now, so nothing can be foreseen.',
          choices: [],
          columns: [],
          rows: [],
          timeline: [],
          notes: [],
        },
      };
    const freshness =
      model.context(this.#clusterId)?.freshness ?? notToldState('How old the picture is was not told.');
    const page = whatIfPageModel({
      about,
      picture,
      name: clusterDisplayName(model, entry),
      lost: this.#lost,
      freshness,
    });
    this.#retitle(`What if ${page.subtitle}`);
    return { type: 'model', nowMs, model: page };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
