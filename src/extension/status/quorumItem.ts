import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { DataNeed } from '../../base/dataNeed.ts';
import { type Disposable, DisposableStore } from '../../base/lifecycle.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { type QuorumSummary, summarizeQuorum } from '../../console/quorumSummary.ts';

const backgrounds = {
  none: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
} as const;

/** The one status bar item: worst quorum over all clusters, from one summary value. */
export class QuorumItem implements Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #model: FleetModel;
  readonly #owned = new DisposableStore();
  #tick: Disposable | null = null;
  /** Situation whose background the operator has taken off; a new situation brings it back. */
  #acknowledged: string | null = null;
  #situation = '';
  #isShown = false;
  readonly #need: DataNeed;

  /** @param need Keeps data flowing; held while the item is switched on. */
  constructor(model: FleetModel, need: () => Disposable) {
    this.#model = model;
    this.#need = this.#owned.add(new DataNeed(need));
    this.#item = vscode.window.createStatusBarItem('proxbox.quorum', vscode.StatusBarAlignment.Left, -10);
    this.#item.name = 'Proxbox Quorum';
    this.#owned.add(this.#item);
    this.#owned.add(model.onDidChange(() => this.#render()));
    this.#owned.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('proxbox.statusBar')) this.#render();
      }),
    );
    this.#render();
  }

  /** The item as the editor has it; `null` while it is hidden. */
  get shown(): Readonly<vscode.StatusBarItem> | null {
    return this.#isShown ? this.#item : null;
  }

  acknowledge(): void {
    this.#acknowledged = this.#situation;
    this.#render();
  }

  dispose(): void {
    this.#tick?.dispose();
    this.#owned.dispose();
  }

  #render(): void {
    this.#tick?.dispose();
    this.#tick = null;
    const summary = summarizeQuorum(this.#model, systemClock.now(), this.#acknowledged);
    this.#situation = summary.situation;
    const enabled =
      vscode.workspace.getConfiguration('proxbox').get<unknown>('statusBar.enabled', true) !== false;
    this.#need.set(enabled);
    this.#isShown = summary.visible && enabled;
    if (!this.#isShown) {
      this.#item.hide();
      return;
    }
    this.#draw(summary);
    this.#item.show();
    if (summary.nextTickMs !== null)
      this.#tick = systemClock.setTimeout(() => this.#render(), summary.nextTickMs);
  }

  #draw(summary: QuorumSummary): void {
    const tooltip = new vscode.MarkdownString(summary.tooltipMarkdown, true);
    tooltip.isTrusted = {
      enabledCommands: [
        'proxbox.cluster.openHaStatus',
        'proxbox.view.refresh',
        'proxbox.quorum.acknowledge',
        'proxbox.view.openLog',
        'proxbox.connection.test',
      ],
    };
    this.#item.text = summary.text;
    this.#item.tooltip = tooltip;
    this.#item.backgroundColor = backgrounds[summary.background];
    this.#item.accessibilityInformation = { label: summary.accessibleLabel };
    this.#item.command = {
      title: 'Open',
      command: summary.target.command,
      arguments: summary.target.argument === undefined ? [] : [summary.target.argument],
    };
  }
}
