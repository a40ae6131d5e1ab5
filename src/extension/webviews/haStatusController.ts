import { systemClock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { HaStatusView } from '../../console/haStatusPage.ts';
import type { FromHaStatusPage, PageAction, ToHaStatusPage } from '../../contract/panels.ts';
import type { PageController } from './pagePanel.ts';

export interface HaStatusControllerOptions {
  readonly model: FleetModel;
  readonly selected: string;
  readonly post: (message: ToHaStatusPage) => void;
  readonly act: (action: PageAction) => void;
  readonly onDidSelect: (clusterId: string) => void;
}

/** Feeds the HA status page: a whole picture when it is shown, patches of what reads differently afterwards. */
export class HaStatusController implements PageController<ToHaStatusPage, FromHaStatusPage> {
  readonly #options: HaStatusControllerOptions;
  readonly #view: HaStatusView;
  readonly #subscription: Disposable;
  #visible = false;

  constructor(options: HaStatusControllerOptions) {
    this.#options = options;
    this.#view = new HaStatusView(options.model, options.selected);
    this.#subscription = options.model.onDidChange((change) => {
      if (!this.#visible) return;
      const nowMs = systemClock.now();
      const patch = this.#view.patch(change, nowMs);
      if (patch !== null) options.post({ type: 'patch', nowMs, ...patch });
    });
  }

  /** The cluster that is shown, or all of them. */
  get selected(): string {
    return this.#view.selected;
  }

  select(clusterId: string): void {
    this.#view.select(clusterId);
    this.#options.onDidSelect(clusterId);
    this.#options.post(this.current());
  }

  current(): ToHaStatusPage {
    const nowMs = systemClock.now();
    return { type: 'model', nowMs, model: this.#view.whole(nowMs) };
  }

  receive(message: FromHaStatusPage): void {
    if (message.type === 'selectCluster') this.select(message.clusterId);
    if (message.type === 'action') this.#options.act(message.action);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
  }

  dispose(): void {
    this.#visible = false;
    this.#subscription.dispose();
  }
}
