import { systemClock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { toFleetError } from '../../client/clientError.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { GuestView } from '../../console/guestPage.ts';
import type { GuestReading } from '../../console/guestPageFacts.ts';
import { GuestReadings } from '../../console/guestReadings.ts';
import type { LoadTimeframe } from '../../contract/model/loadTimeframe.ts';
import type { FromGuestPage, PageAction, ToGuestPage } from '../../contract/panels.ts';
import type { PageController } from './pagePanel.ts';

/** How often configuration, tasks and load are read while the page is seen, milliseconds. */
const detailMs = 30_000;

export interface GuestControllerOptions {
  readonly model: FleetModel;
  readonly guestId: string;
  readonly post: (message: ToGuestPage) => void;
  readonly act: (action: PageAction) => void;
  readonly onDidChangeTitle: (title: string) => void;
}

/** Feeds a guest page: live records as they change, the rest every half minute while the page is seen. */
export class GuestController implements PageController<ToGuestPage, FromGuestPage> {
  readonly #options: GuestControllerOptions;
  readonly #view: GuestView;
  readonly #subscription: Disposable;
  readonly #readings = new GuestReadings();
  #reading: GuestReading = { state: 'reading' };
  #timeframe: LoadTimeframe = 'hour';
  #next: Disposable | null = null;
  #visible = false;
  /** Somebody asked why the guest is where it is. */
  #isExplained = false;
  /** Names the newest reading; an older one that ends later is dropped. */
  #turn = 0;

  constructor(options: GuestControllerOptions) {
    this.#options = options;
    this.#view = new GuestView(options.model, options.guestId);
    this.#subscription = options.model.onDidChange((change) => {
      if (this.#visible && this.#view.isTouchedBy(change)) options.post(this.current());
    });
  }

  current(): ToGuestPage {
    const nowMs = systemClock.now();
    const model = this.#view.build(this.#reading, this.#timeframe, nowMs, this.#isExplained);
    this.#options.onDidChangeTitle(this.#view.title);
    return { type: 'model', nowMs, model };
  }

  receive(message: FromGuestPage): void {
    if (message.type === 'action') {
      this.#options.act(message.action);
      if (message.action.kind === 'refresh') void this.#read();
    }
    if (message.type === 'explainPlacement') this.explain(message.unfold);
    if (message.type === 'selectTimeframe') {
      this.#timeframe = message.timeframe;
      void this.#read();
    }
  }

  /** Shows or hides why the guest is where it is. */
  explain(isExplained: boolean): void {
    this.#isExplained = isExplained;
    this.#options.post(this.current());
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#next?.dispose();
    this.#next = null;
    if (visible) void this.#read();
  }

  dispose(): void {
    this.#visible = false;
    this.#turn += 1;
    this.#subscription.dispose();
    this.#next?.dispose();
  }

  async #read(): Promise<void> {
    const turn = ++this.#turn;
    this.#next?.dispose();
    const { address } = this.#view;
    const entry = address === null ? undefined : this.#options.model.connection(address.connectionId);
    if (address !== null && entry !== undefined) {
      const answer = await entry.connection
        .guestDetail(address.cluster, address.vmid, this.#timeframe)
        .catch((error: unknown) => toFleetError(error));
      if (turn !== this.#turn) return;
      this.#reading =
        'code' in answer ? this.#readings.failed(answer) : this.#readings.read(answer, systemClock.now());
      this.#options.post(this.current());
    }
    if (this.#visible) this.#next = systemClock.setTimeout(() => void this.#read(), detailMs);
  }
}
