import { html, type TemplateResult } from 'lit';
import { type CountdownMark, countdownText, nextMark } from '../../src/contract/countdown.ts';
import { hostNow } from './age.ts';

/**
 * The next of some marks, ticking down. Screen readers may ask for it and are not told every second.
 *
 * @param about whose marks these are; with it, {@link startMarks} says that a moment has come.
 */
export function markTimer(marks: readonly CountdownMark[], about = ''): TemplateResult {
  return html`<span class="countdown" role="timer" aria-live="off" data-about=${about} data-marks=${JSON.stringify(marks)}>${textOf(marks)}</span>`;
}

/** Renews all visible marks once a second; `say` gets those that have come due meanwhile. */
export function startMarks(root: ParentNode, say: (text: string) => void): void {
  setInterval(() => {
    const due: string[] = [];
    for (const element of root.querySelectorAll<HTMLElement>('[data-marks]')) {
      const marks = JSON.parse(element.dataset.marks ?? '[]') as CountdownMark[];
      const text = textOf(marks);
      // The text node is lit's own, so its data is changed in place rather than replaced.
      const node = [...element.childNodes].find((child) => child.nodeType === Node.TEXT_NODE);
      if (node === undefined || node.nodeValue === text) continue;
      node.nodeValue = text;
      const { about = '' } = element.dataset;
      if (about !== '' && marks.some((mark) => mark.due === text)) due.push(`${about}: ${text}.`);
    }
    if (due.length > 0) say(due.join(' '));
  }, 1_000);
}

function textOf(marks: readonly CountdownMark[]): string {
  const now = hostNow();
  const mark = nextMark(marks, now);
  return mark === undefined ? '' : countdownText(mark, now);
}
