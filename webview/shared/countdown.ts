import { html, type TemplateResult } from 'lit';
import { formatAge, formatStopwatch } from '../../src/base/format.ts';
import { hostNow } from './age.ts';

const hourMs = 3_600_000;

/** Time that is left, ticking down to 0:00. Screen readers may ask for it and are not told every second. */
export function countdown(untilMs: number): TemplateResult {
  return html`<span class="countdown" role="timer" data-until=${untilMs}>${left(untilMs)}</span>`;
}

/** Renews all visible countdowns once a second. */
export function startCountdowns(root: ParentNode): void {
  setInterval(() => {
    for (const element of root.querySelectorAll<HTMLElement>('[data-until]')) {
      const text = left(Number(element.dataset.until));
      // The text node is lit's own, so its data is changed in place rather than replaced.
      const node = [...element.childNodes].find((child) => child.nodeType === Node.TEXT_NODE);
      if (node !== undefined && node.nodeValue !== text) node.nodeValue = text;
    }
  }, 1_000);
}

function left(untilMs: number): string {
  const leftMs = untilMs - hostNow();
  // Seconds of something that takes days tell nothing.
  return leftMs > hourMs ? formatAge(leftMs) : formatStopwatch(leftMs);
}
