import { html, render, svg, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Tone } from '../../src/contract/stateView.ts';
import type { Strip, StripSegment, TimelinePageModel } from '../../src/contract/timelinePanel.ts';

const rowPx = 20;
/** Height of a bar by its tone: what asks for attention is taller, so that it shows without colour as well. */
const heights: Readonly<Record<Tone, number>> = {
  fail: 18,
  unknown: 14,
  warn: 14,
  held: 10,
  busy: 10,
  ok: 5,
  calm: 5,
  off: 3,
};
/** Room that a word needs, per character; narrower bars have their word on hover and in the table. */
const letterPx = 6.5;
const leastPx = 1.5;

type View = Pick<TimelinePageModel, 'fromMs' | 'toMs' | 'marks' | 'strips'>;

/** States over time, one strip per subject. Times become pixels here, so that words keep their shape at any width. */
export class StripChart {
  readonly #root: HTMLElement;
  readonly #onGuest: (vmid: number) => void;
  #view: View | null = null;
  #width = 0;

  constructor(root: HTMLElement, onGuest: (vmid: number) => void) {
    this.#root = root;
    this.#onGuest = onGuest;
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  show(view: View): void {
    this.#view = view;
    this.#draw(true);
  }

  #draw(isNew = false): void {
    const view = this.#view;
    if (view === null) return;
    // Labels stand beside the bars, on narrow pages above them.
    const isNarrow = this.#root.clientWidth < 520;
    const width = Math.max(80, this.#root.clientWidth - (isNarrow ? 0 : 180));
    if (!isNew && width === this.#width) return;
    this.#width = width;
    const x = (atMs: number): number =>
      Math.round(((atMs - view.fromMs) / Math.max(1, view.toMs - view.fromMs)) * width * 10) / 10;
    render(
      html`<ul class="strips ${isNarrow ? 'narrow' : ''}">
          ${repeat(
            view.strips,
            ({ id }) => id,
            (strip) => this.#strip(strip, view, x),
          )}
        </ul>
        <div class="strip-axis ${isNarrow ? 'narrow' : ''}" aria-hidden="true">${axis(view, x, width)}</div>`,
      this.#root,
    );
  }

  #strip(strip: Strip, view: View, x: (atMs: number) => number): TemplateResult {
    const { vmid } = strip;
    return html`<li>
      <span class="strip-label" title=${strip.label}>${
        vmid === null
          ? strip.label
          : html`<button @click=${() => this.#onGuest(vmid)} title="Show only this guest">${strip.label}</button>`
      }</span>
      <svg role="img" aria-label=${strip.text} width=${this.#width} height=${rowPx} viewBox=${`0 0 ${this.#width} ${rowPx}`}>
        ${view.marks.map(({ atMs }) => svg`<line class="grid" x1=${x(atMs)} x2=${x(atMs)} y1="0" y2=${rowPx}></line>`)}
        ${strip.segments.map((segment) => bar(segment, x))}
      </svg>
    </li>`;
  }
}

function bar(segment: StripSegment, x: (atMs: number) => number): TemplateResult {
  const height = heights[segment.tone];
  const left = x(segment.fromMs);
  const width = Math.max(leastPx, x(segment.toMs) - left);
  const top = (rowPx - height) / 2;
  const hasWord = height >= 10 && width > segment.label.length * letterPx + 8;
  return svg`<g class="bar tone-${segment.tone}">
    <title>${segment.hint}</title>
    <rect x=${left} y=${top} width=${width} height=${height}></rect>
    ${hasWord ? svg`<text x=${left + 4} y=${rowPx / 2 + 4}>${segment.label}</text>` : ''}
  </g>`;
}

function axis(view: View, x: (atMs: number) => number, width: number): TemplateResult {
  // A mark at the very end would be cut off.
  const shown = view.marks.filter(({ atMs }) => x(atMs) < width - 40);
  return html`<svg width=${width} height="18" viewBox=${`0 0 ${width} 18`}>${shown.map(
    ({ atMs, label }) => svg`<text x=${x(atMs) + 2} y="13">${label}</text>`,
  )}</svg>`;
}

/** The chart's signs in words. */
export function chartLegend(): TemplateResult {
  const signs: readonly (readonly [Tone, string])[] = [
    ['calm', 'as it should be'],
    ['busy', 'changing'],
    ['held', 'on purpose'],
    ['warn', 'check'],
    ['fail', 'failing'],
    ['unknown', 'not known'],
    ['off', 'off'],
  ];
  return html`<p class="legend" aria-hidden="true">${signs.map(
    ([tone, word]) =>
      html`<span class="key"><svg width="26" height=${rowPx} viewBox=${`0 0 26 ${rowPx}`}><g class="bar tone-${tone}"><rect x="0" y=${(rowPx - heights[tone]) / 2} width="26" height=${heights[tone]}></rect></g></svg>${word}</span>`,
  )}</p>`;
}
