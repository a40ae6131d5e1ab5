import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';

const rowHeightPx = 27;

/** The part of a long table that is in sight, and how much lies before and after it. */
export interface RowsInSight {
  /** Index of the first row in sight, and of the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly beforePx: number;
  readonly afterPx: number;
}

/** Tells which rows of a long table are in sight of its scroller, and scrolls to others. */
export class RowWindow {
  readonly #scroller: () => HTMLElement | null;
  readonly #onDidScroll: () => void;
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | null = null;

  /** @param scroller Looked up anew each time, because drawing may replace it. */
  constructor(scroller: () => HTMLElement | null, onDidScroll: () => void) {
    this.#scroller = scroller;
    this.#onDidScroll = onDidScroll;
  }

  /** Whether a long table is watched. */
  get isOpen(): boolean {
    return this.#virtualizer !== null;
  }

  /** Watches the scroller of a table with so many rows. */
  open(count: number): void {
    if (this.#scroller() === null) return;
    const options = {
      count,
      getScrollElement: this.#scroller,
      estimateSize: () => rowHeightPx,
      overscan: 8,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => {
        if (this.#virtualizer !== null) this.#onDidScroll();
      },
    };
    if (this.#virtualizer === null) {
      this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
        ...options,
        initialRect: { width: 800, height: 560 },
      });
      this.#virtualizer._didMount();
    } else this.#virtualizer.setOptions(options);
    this.#virtualizer._willUpdate();
  }

  close(): void {
    this.#virtualizer = null;
  }

  inSight(): RowsInSight {
    const items = this.#virtualizer?.getVirtualItems() ?? [];
    const first = items[0];
    const last = items[items.length - 1];
    return {
      from: first?.index ?? 0,
      to: (last?.index ?? -1) + 1,
      beforePx: first?.start ?? 0,
      afterPx: (this.#virtualizer?.getTotalSize() ?? 0) - (last?.end ?? 0),
    };
  }

  scrollTo(index: number): void {
    this.#virtualizer?.scrollToIndex(index);
  }
}
