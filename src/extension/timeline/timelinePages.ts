import * as vscode from 'vscode';
import * as z from 'zod';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import { everyCluster, type TimelineChoice } from '../../console/timeline/timelineChoice.ts';
import { fleetEventKinds } from '../../contract/model/fleetEvent.ts';
import { fromTimelinePageSchema, timelineRanges } from '../../contract/timelinePanel.ts';
import type { Services } from '../services.ts';
import { attachPage } from '../webviews/pagePanel.ts';
import { tabIcon } from '../webviews/tabIcon.ts';
import { TimelineController } from './timelineController.ts';
import { timelineType } from './timelineFeature.ts';

const restoredSchema = z.object({ about: z.string().max(2_000) });

/** What a page shows; kept over a reload as JSON. */
const choiceSchema = z.object({
  cluster: z.string().max(400),
  guest: z.number().int().nullable(),
  kinds: z.array(z.enum(fleetEventKinds)),
  range: z.enum(timelineRanges),
});

/** Pages with what happened; each keeps its own filters. */
export class TimelinePages implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();

  constructor(services: Services) {
    this.#services = services;
  }

  /** @param cluster console id of a cluster, `null` for all. */
  open(cluster: string | null, guest: number | null): void {
    const panel = vscode.window.createWebviewPanel(timelineType, 'Timeline', vscode.ViewColumn.Active);
    this.#attach(panel, {
      cluster: cluster ?? everyCluster,
      guest,
      kinds: [...fleetEventKinds],
      range: guest === null ? 'hour' : 'day',
    });
  }

  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const restored = restoredSchema.safeParse(state);
    const choice = choiceSchema.safeParse(restored.success ? parseJson(restored.data.about) : null);
    if (choice.success) this.#attach(panel, choice.data);
    else panel.dispose();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #attach(panel: vscode.WebviewPanel, choice: TimelineChoice): void {
    const { extensionUri, logger, registry } = this.#services;
    panel.iconPath = tabIcon(extensionUri);
    const attached = attachPage({
      panel,
      extensionUri,
      page: 'timeline',
      schema: fromTimelinePageSchema,
      logger,
      need: () => registry.need(),
      createController: (post) =>
        new TimelineController({
          services: this.#services,
          choice,
          post,
          onDidChangeTitle: (title) => {
            if (panel.title !== title) panel.title = title;
          },
        }),
    });
    const closed = panel.onDidDispose(() => attached.dispose());
    this.#owned.add(toDisposable(() => closed.dispose()));
    this.#owned.add(attached);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
