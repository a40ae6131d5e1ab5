import { systemClock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { toFleetError } from '../../client/clientError.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { type GuestPageInput, guestPage } from '../../console/guestPage.ts';
import type { LoadTimeframe } from '../../contract/model/loadTimeframe.ts';
import type { FromGuestPage, PageAction, ToGuestPage } from '../../contract/panels.ts';
import type { PageController } from './pagePanel.ts';

/** How often configuration, tasks and load are read while the page is seen, milliseconds. */
const detailMs = 30_000;
const batchMs = 300;

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
  readonly #subscription: Disposable;
  #input: GuestPageInput;
  #batch: Disposable | null = null;
  #next: Disposable | null = null;
  #visible = false;
  /** Names the newest reading; an older one that ends later is dropped. */
  #reading = 0;
  #node: string | null = null;

  constructor(options: GuestControllerOptions) {
    this.#options = options;
    this.#input = { guestId: options.guestId, timeframe: 'hour', detail: null, error: null, moved: null };
    this.#subscription = options.model.onDidChange(() => {
      this.#noticeMove();
      if (this.#visible) this.#batch ??= systemClock.setTimeout(() => this.#send(), batchMs);
    });
  }

  current(): ToGuestPage {
    const model = guestPage(this.#options.model, this.#input) ?? unknownGuest(this.#options.guestId);
    this.#options.onDidChangeTitle(model.header.title);
    return { type: 'model', nowMs: systemClock.now(), model };
  }

  receive(message: FromGuestPage): void {
    if (message.type === 'action') {
      this.#options.act(message.action);
      if (message.action.kind === 'refresh') void this.#read();
    }
    if (message.type === 'selectTimeframe') this.#selectTimeframe(message.timeframe);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#next?.dispose();
    this.#next = null;
    if (visible) void this.#read();
  }

  dispose(): void {
    this.#visible = false;
    this.#reading += 1;
    this.#subscription.dispose();
    this.#batch?.dispose();
    this.#next?.dispose();
  }

  #selectTimeframe(timeframe: LoadTimeframe): void {
    this.#input = { ...this.#input, timeframe };
    void this.#read();
  }

  #send(): void {
    this.#batch = null;
    this.#options.post(this.current());
  }

  async #read(): Promise<void> {
    const reading = ++this.#reading;
    this.#next?.dispose();
    const { model, guestId } = this.#options;
    const view = model.clusterOf(guestId);
    const vmid = Number(guestId.slice(guestId.lastIndexOf('/') + 1));
    if (view !== undefined) {
      try {
        const { connection } = view.connection;
        const detail = await connection.guestDetail(view.cluster.key, vmid, this.#input.timeframe);
        if (reading !== this.#reading) return;
        this.#input = { ...this.#input, detail, error: null };
      } catch (error) {
        if (reading !== this.#reading) return;
        // What was read before stays on the page, with the reason why it is not renewed.
        this.#input = { ...this.#input, error: toFleetError(error) };
      }
      this.#send();
    }
    if (this.#visible) this.#next = systemClock.setTimeout(() => void this.#read(), detailMs);
  }

  #noticeMove(): void {
    const record = this.#options.model.record(this.#options.guestId);
    if (record === undefined || !('template' in record)) return;
    if (this.#node !== null && record.node !== null && record.node !== this.#node) {
      const time = new Date(systemClock.now()).toTimeString().slice(0, 5);
      this.#input = { ...this.#input, moved: `moved ${this.#node} to ${record.node} at ${time}` };
      void this.#read();
    }
    this.#node = record.node;
  }
}

/** Page of a guest whose cluster is not known (any more). */
function unknownGuest(guestId: string): ToGuestPage['model'] {
  const unknown = {
    label: 'unknown',
    tone: 'unknown' as const,
    icon: 'question',
    explanation: 'Its connection is off or was removed.',
    nextStep: null,
    sinceMs: null,
  };
  return {
    id: guestId,
    header: { title: guestId.slice(guestId.lastIndexOf('/') + 1), freshness: unknown, banners: [] },
    subtitle: 'Its cluster is not known: the connection is off or was removed.',
    ha: {
      managed: 'unknown',
      sentence: 'Whether HA manages this guest is unknown.',
      facts: [],
      clusterPage: { kind: 'open', id: 'cluster:none.none' },
    },
    guest: { state: unknown, facts: [] },
    load: { timeframe: 'hour', points: [], notice: 'Not read.' },
    tasks: { rows: [], notice: 'Not read.' },
    config: { sections: [], notice: 'Not read.' },
    openInProxmox: null,
  };
}
