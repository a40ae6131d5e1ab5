import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { feedSources } from '../../console/timeline/feedSources.ts';
import { rangeMs, type TimelineChoice } from '../../console/timeline/timelineChoice.ts';
import { TimelineFeed } from '../../console/timeline/timelineFeed.ts';
import { timelinePageModel } from '../../console/timeline/timelinePage.ts';
import type { FromTimelinePage, ToTimelinePage } from '../../contract/timelinePanel.ts';
import { runPageAction } from '../commands/pageAction.ts';
import type { Services } from '../services.ts';
import type { PageController } from '../webviews/pagePanel.ts';

/** How often new events are read while the page is seen, milliseconds. */
const refreshMs = 5_000;

export interface TimelineControllerOptions {
  readonly services: Services;
  readonly choice: TimelineChoice;
  readonly post: (message: ToTimelinePage) => void;
  readonly onDidChangeTitle: (title: string) => void;
}

/** Feeds one page: reads events of the chosen clusters while the page is seen. */
export class TimelineController implements PageController<ToTimelinePage, FromTimelinePage> {
  readonly #options: TimelineControllerOptions;
  readonly #subscription: Disposable;
  #choice: TimelineChoice;
  #feed: TimelineFeed;
  #askedKey = '';
  #isVisible = false;
  #next: Disposable | null = null;

  constructor(options: TimelineControllerOptions) {
    this.#options = options;
    this.#choice = options.choice;
    this.#feed = this.#newFeed();
    this.#subscription = options.services.model.onDidChange(() => {
      // Connections that came or went are others to ask.
      if (this.#isVisible && this.#sourcesKey() !== this.#askedKey) this.#startOver();
    });
  }

  current(): ToTimelinePage {
    const nowMs = systemClock.now();
    const model = timelinePageModel({
      model: this.#options.services.model,
      choice: this.#choice,
      picture: this.#feed.picture(),
      nowMs,
    });
    this.#options.onDidChangeTitle(`Timeline ${model.subtitle}`);
    return { type: 'model', nowMs, model };
  }

  receive(message: FromTimelinePage): void {
    const { services } = this.#options;
    switch (message.type) {
      case 'choose':
        this.#choose(message);
        break;
      case 'more':
        this.#follow(this.#feed.more());
        break;
      case 'export':
        void vscode.commands.executeCommand('proxbox.cluster.exportTimeline', this.#choice);
        break;
      case 'action':
        void runPageAction(services, message.action).catch((error: unknown) =>
          services.logger.error('a page action failed', { error }),
        );
        if (message.action.kind === 'refresh') this.#read();
    }
  }

  setVisible(visible: boolean): void {
    this.#isVisible = visible;
    this.#next?.dispose();
    this.#next = null;
    if (visible) this.#read();
  }

  dispose(): void {
    this.#isVisible = false;
    this.#subscription.dispose();
    this.#next?.dispose();
  }

  #choose({ cluster, guest, kinds, range }: Extract<FromTimelinePage, { type: 'choose' }>): void {
    const before = this.#choice;
    this.#choice = {
      cluster: cluster ?? before.cluster,
      guest: guest === undefined ? before.guest : guest,
      kinds: kinds ?? before.kinds,
      range: range ?? before.range,
    };
    if (kinds === undefined) this.#startOver();
    else this.#post();
  }

  #startOver(): void {
    this.#feed = this.#newFeed();
    this.#read();
  }

  #newFeed(): TimelineFeed {
    const choice = this.#choice;
    this.#askedKey = this.#sourcesKey();
    return new TimelineFeed(
      feedSources(this.#options.services.model, choice),
      () => systemClock.now() - rangeMs[choice.range],
    );
  }

  #sourcesKey(): string {
    return feedSources(this.#options.services.model, this.#choice)
      .map(({ connectionId, queries }) => `${connectionId} ${JSON.stringify(queries)}`)
      .join('\n');
  }

  #read(): void {
    this.#next?.dispose();
    this.#next = null;
    const feed = this.#feed;
    this.#follow(feed.refresh());
  }

  /** Shows that something is read, and what came of it; an older feed's answer is dropped. */
  #follow(reading: Promise<void>): void {
    const feed = this.#feed;
    this.#post();
    void reading.then(() => {
      if (feed !== this.#feed) return;
      this.#post();
      this.#next?.dispose();
      if (this.#isVisible) this.#next = systemClock.setTimeout(() => this.#read(), refreshMs);
    });
  }

  #post(): void {
    if (this.#isVisible) this.#options.post(this.current());
  }
}
