import { html, type TemplateResult } from 'lit';
import { formatAge, formatStopwatch } from '../../src/base/format.ts';

let hostOffsetMs = 0;

/** Takes the host's clock over: a browser may have another one, and ages are counted on the host's. */
export function setHostClock(nowMs: number): void {
  hostOffsetMs = nowMs - Date.now();
}

export function hostNow(): number {
  return Date.now() + hostOffsetMs;
}

/** An age that ticks by itself; screen readers get it with the row, not every second. */
export function age(sinceMs: number): TemplateResult {
  return html`<span class="age" data-since=${sinceMs} aria-live="off">${formatAge(hostNow() - sinceMs)}</span>`;
}

/** The time since something began, as a running stopwatch: "0:42". */
export function stopwatch(sinceMs: number): TemplateResult {
  return html`<span class="age" data-since=${sinceMs} data-form="stopwatch" aria-live="off">${formatStopwatch(hostNow() - sinceMs)}</span>`;
}

/** Renews all visible ages once a second. */
export function startTicking(root: ParentNode): void {
  setInterval(() => {
    for (const element of root.querySelectorAll<HTMLElement>('[data-since]')) {
      const format = element.dataset.form === 'stopwatch' ? formatStopwatch : formatAge;
      const text = format(hostNow() - Number(element.dataset.since));
      // The text node is lit's own, so its data is changed in place rather than replaced.
      const node = [...element.childNodes].find((child) => child.nodeType === Node.TEXT_NODE);
      if (node !== undefined && node.nodeValue !== text) node.nodeValue = text;
    }
  }, 1_000);
}
