import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { DataNeed } from '../../base/dataNeed.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import { activityRows } from '../../console/intent/activityRows.ts';
import { badgeText, decisionsWaiting, deletionRows } from '../../console/intent/deletionRows.ts';
import { WriteDesk } from '../../console/intent/writeDesk.ts';
import type { Services } from '../services.ts';
import { ListView } from '../trees/listView.ts';
import { DeletionPages } from './deletionPages.ts';

/** The views Deletion Requests and Activity, and what feeds them. Loaded once a connection answers. */
export class WriteViews implements Disposable {
  readonly services: Services;
  readonly desk: WriteDesk;
  readonly pages: DeletionPages;
  readonly deletions: ListView;
  readonly activity: ListView;
  readonly #owned = new DisposableStore();

  constructor(services: Services) {
    this.services = services;
    const { registry } = services;
    this.desk = this.#owned.add(
      new WriteDesk({
        clock: systemClock,
        connections: () =>
          [...registry.active.values()].map(({ setting, connection, intent }) => ({
            id: setting.id,
            name: setting.name,
            intent,
            isLive: connection.state.kind === 'live' && connection.capabilities?.fleet === true,
          })),
      }),
    );
    this.pages = this.#owned.add(new DeletionPages(this));
    const serverNowMs = (connectionId: string): number =>
      systemClock.now() - services.model.clockOffsetMs(connectionId);
    // With another key we are somebody else, and may see and do other things.
    this.#owned.add(
      services.secrets.onDidChange((connectionId) => void this.desk.identityChanged(connectionId)),
    );
    const watching = (): ((visible: boolean) => void) => {
      const need = this.#owned.add(
        new DataNeed(() => {
          const handles = [registry.need(), this.desk.watch()];
          return toDisposable(() => handles.forEach((handle) => void handle.dispose()));
        }),
      );
      return (visible) => need.set(visible);
    };
    this.deletions = this.#owned.add(
      new ListView({
        viewId: 'proxbox.deletions',
        rows: () => deletionRows(this.desk.pictures, serverNowMs),
        onDidChangeVisibility: watching(),
      }),
    );
    this.activity = this.#owned.add(
      new ListView({
        viewId: 'proxbox.activity',
        rows: () => activityRows(this.desk.pictures, serverNowMs),
        onDidChangeVisibility: watching(),
      }),
    );
    this.#owned.add(this.desk.onDidChange(() => this.#draw()));
    void this.desk.refresh();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #draw(): void {
    const { pictures } = this.desk;
    this.deletions.refresh();
    this.activity.refresh();
    const value = decisionsWaiting(pictures);
    this.deletions.view.badge = value === 0 ? undefined : { value, tooltip: badgeText(pictures) };
    const isOffered = pictures.some((picture) => picture.isOffered === true);
    void vscode.commands.executeCommand('setContext', 'proxbox.writesOffered', isOffered);
  }
}
