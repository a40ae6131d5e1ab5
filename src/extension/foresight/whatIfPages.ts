import * as vscode from 'vscode';
import * as z from 'zod';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import { clusterDisplayName } from '../../console/clusterNames.ts';
import { maintenancePageModel } from '../../console/foresight/maintenancePage.ts';
import { pictureOf } from '../../console/foresight/pictureOf.ts';
import { whatIfPageModel } from '../../console/foresight/whatIfPage.ts';
import { notToldState } from '../../console/states.ts';
import { type FromWhatIfPage, fromWhatIfPageSchema, type ToWhatIfPage } from '../../contract/whatIfPanel.ts';
import { runPageAction } from '../commands/pageAction.ts';
import type { Services } from '../services.ts';
import { attachPage, type PageController } from '../webviews/pagePanel.ts';
import { tabIcon } from '../webviews/tabIcon.ts';
import { whatIfType } from './whatIfFeature.ts';

const titles = { failure: 'What if', maintenance: 'Maintenance' } as const;

const restoredSchema = z.object({ about: z.string().max(2_000) });

/** What a page asks: what the loss of nodes means, or what taking one out of service does. */
const modeSchema = z.enum(['failure', 'maintenance']);
type Mode = z.infer<typeof modeSchema>;

/** What a page asks about which nodes of which cluster; kept over a reload as JSON. */
const questionSchema = z.union([
  z.tuple([z.string(), z.array(z.string()), modeSchema]),
  z
    .tuple([z.string(), z.array(z.string())])
    .transform(([cluster, nodes]): [string, string[], Mode] => [cluster, nodes, 'failure']),
]);

/** Pages that answer what happens when nodes fail or are taken out of service; each is its own question. */
export class WhatIfPages implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();

  constructor(services: Services) {
    this.#services = services;
  }

  open(clusterId: string, nodes: readonly string[], mode: Mode = 'failure'): void {
    const panel = vscode.window.createWebviewPanel(whatIfType, titles[mode], vscode.ViewColumn.Active);
    this.#attach(panel, clusterId, nodes, mode);
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

  #attach(panel: vscode.WebviewPanel, clusterId: string, nodes: readonly string[], mode: Mode): void {
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
        new WhatIfController(this.#services, clusterId, nodes, mode, post, (title) => {
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
  readonly #mode: Mode;
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
    mode: Mode,
    post: (message: ToWhatIfPage) => void,
    retitle: (title: string) => void,
  ) {
    this.#services = services;
    this.#clusterId = clusterId;
    this.#lost = lost;
    this.#mode = mode;
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
      if (this.#mode === 'maintenance') this.#lost = [node];
      else
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
    const about = JSON.stringify([this.#clusterId, this.#lost, this.#mode]);
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
            title: titles[this.#mode],
            freshness: notToldState('This cluster is not known now.'),
            banners: [],
          },
          subtitle: '',
          verdict: 'This cluster is not known now, so nothing can be foreseen.',
          reasons: [],
          question: { legend: 'Nodes', isOne: false },
          choices: [],
          columns: [],
          rows: [],
          timeline: [],
          notes: [],
        },
      };
    const freshness =
      model.context(this.#clusterId)?.freshness ?? notToldState('How old the picture is was not told.');
    const input = { about, picture, name: clusterDisplayName(model, entry), freshness };
    const page =
      this.#mode === 'maintenance'
        ? maintenancePageModel({ ...input, node: this.#lost[0] ?? '' })
        : whatIfPageModel({ ...input, lost: this.#lost });
    this.#retitle(`${titles[this.#mode]} ${page.subtitle}`);
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
