import type { PageMemory } from './pageState.ts';

const saveDelayMs = 300;

/** Keeps how far the page is scrolled over a reload. */
export class PageScroll {
  readonly #memory: PageMemory;
  #isRestored = false;

  constructor(memory: PageMemory) {
    this.#memory = memory;
    let timer: ReturnType<typeof setTimeout> | undefined;
    window.addEventListener(
      'scroll',
      () => {
        clearTimeout(timer);
        timer = setTimeout(() => memory.setScrollTop(Math.round(window.scrollY)), saveDelayMs);
      },
      { passive: true },
    );
  }

  /** Scrolls to where the reader was, once, after the first drawing. */
  restore(): void {
    if (this.#isRestored) return;
    this.#isRestored = true;
    const { scrollTop } = this.#memory.restored;
    if (scrollTop > 0) window.scrollTo({ top: scrollTop, behavior: 'instant' });
  }
}
