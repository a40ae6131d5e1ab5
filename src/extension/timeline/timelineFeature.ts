import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { Services } from '../services.ts';
import type { TimelinePages } from './timelinePages.ts';

export const timelineType = 'proxbox.timeline';

/** The way to the timeline pages; their code is loaded with the first one. */
export class TimelineFeature implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();
  #loading: Promise<TimelinePages> | null = null;

  constructor(services: Services) {
    this.#services = services;
    const serializer = vscode.window.registerWebviewPanelSerializer(timelineType, {
      deserializeWebviewPanel: async (panel, state: unknown) => (await this.load()).restore(panel, state),
    });
    this.#owned.add(toDisposable(() => serializer.dispose()));
  }

  load(): Promise<TimelinePages> {
    this.#loading ??= import('./timelinePages.ts').then(({ TimelinePages: Loaded }) =>
      this.#owned.add(new Loaded(this.#services)),
    );
    return this.#loading;
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
