import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { Notice } from '../../console/notices/noticeKinds.ts';
import { showInfo, showWarning } from '../messages.ts';
import type { Services } from '../services.ts';

const mute = 'Mute This Kind';

/**
 * Shows what changed for the worse as messages of the editor. It holds no need for data of its own: with the status bar
 * item on there is always something to watch, without it only what a view or page on screen has read.
 */
export class NoticeFeature implements Disposable {
  readonly #services: Services;
  readonly #owned = new DisposableStore();

  /** @param isWatched whether somebody looks at a cluster's own page now. */
  constructor(services: Services, isWatched: (clusterId: string) => boolean) {
    this.#services = services;
    const firstNews = this.#owned.add(
      services.model.onDidChange(() => {
        if (services.model.clusters().length === 0) return;
        firstNews.dispose();
        void this.#watch(isWatched).catch((error: unknown) =>
          services.logger.error('notices cannot be shown', { error }),
        );
      }),
    );
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #watch(isWatched: (clusterId: string) => boolean): Promise<void> {
    const [{ NoticeWatch }, { tellAtStart }, { noticeSettings }] = await Promise.all([
      import('../../console/notices/noticeWatch.ts'),
      import('../../console/notices/startSummary.ts'),
      import('./noticeSettings.ts'),
    ]);
    const options = {
      model: this.#services.model,
      clock: systemClock,
      settings: noticeSettings,
      isWatched,
      tell: (notice: Notice) => void this.#show(notice),
    };
    this.#owned.add(new NoticeWatch(options));
    this.#owned.add(tellAtStart(options));
  }

  async #show(notice: Notice): Promise<void> {
    const { logger } = this.#services;
    logger.info('notice', { edge: notice.edge, text: notice.text });
    try {
      const labels = [...notice.buttons.map(({ label }) => label), mute];
      const chosen =
        notice.severity === 'warning'
          ? await showWarning(notice.text, ...labels)
          : await showInfo(notice.text, ...labels);
      if (chosen === mute) {
        const { muteKind } = await import('./noticeSettings.ts');
        await muteKind(notice.kind);
        return;
      }
      const button = notice.buttons.find(({ label }) => label === chosen);
      if (button !== undefined) await vscode.commands.executeCommand(button.command, button.argument);
    } catch (error) {
      logger.error('a notice could not be answered', { error });
    }
  }
}
