import { systemClock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { HaStatusPage } from '../../console/haStatusPage.ts';
import type { FromHaStatusPage, PageAction, ToHaStatusPage } from '../../contract/panels.ts';
import type { PageController } from './pagePanel.ts';

/** Changes are gathered this long before the page is told, milliseconds. */
const batchMs = 200;
/** States that depend on age alone are looked at this often, milliseconds. */
const tickMs = 5_000;

export interface HaStatusControllerOptions {
  readonly model: FleetModel;
  readonly selected: string;
  readonly post: (message: ToHaStatusPage) => void;
  readonly act: (action: PageAction) => void;
  readonly onDidSelect: (clusterId: string) => void;
}

/** Feeds the HA status page: a whole picture when it is shown, patches of changed rows afterwards. */
export class HaStatusController implements PageController<ToHaStatusPage, FromHaStatusPage> {
  readonly #options: HaStatusControllerOptions;
  readonly #page: HaStatusPage;
  readonly #subscription: Disposable;
  #pending = new Set<string>();
  #batch: Disposable | null = null;
  #tick: Disposable | null = null;
  #visible = false;

  constructor(options: HaStatusControllerOptions) {
    this.#options = options;
    this.#page = new HaStatusPage(options.model, options.selected);
    this.#subscription = options.model.onDidChange(({ ids }) => {
      for (const id of ids) this.#pending.add(id);
      if (this.#visible) this.#batch ??= systemClock.setTimeout(() => this.#send(), batchMs);
    });
  }

  get selected(): string {
    return this.#page.selected;
  }

  select(clusterId: string): void {
    this.#page.select(clusterId);
    this.#options.onDidSelect(clusterId);
    this.#options.post(this.current());
  }

  current(): ToHaStatusPage {
    this.#pending = new Set();
    return { type: 'model', nowMs: systemClock.now(), model: this.#page.current() };
  }

  receive(message: FromHaStatusPage): void {
    if (message.type === 'selectCluster') this.select(message.clusterId);
    if (message.type === 'action') this.#options.act(message.action);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#stop();
    if (visible) this.#tick = systemClock.setTimeout(() => this.#send(), tickMs);
  }

  dispose(): void {
    this.#visible = false;
    this.#subscription.dispose();
    this.#stop();
  }

  #stop(): void {
    this.#batch?.dispose();
    this.#batch = null;
    this.#tick?.dispose();
    this.#tick = null;
  }

  #send(): void {
    this.#stop();
    const ids = this.#pending;
    this.#pending = new Set();
    this.#options.post({ type: 'patch', nowMs: systemClock.now(), ...this.#page.patch(ids) });
    if (this.#visible) this.#tick = systemClock.setTimeout(() => this.#send(), tickMs);
  }
}
