import { html, nothing, type TemplateResult } from 'lit';
import type { FailoverRow, PageAction } from '../../src/contract/panels.ts';
import { stopwatch } from '../shared/age.ts';
import { markTimer } from '../shared/marks.ts';
import { toneIcon } from '../shared/stateBadge.ts';

/** Lost nodes with what HA is about to do, each moment ticking by itself. */
export function failoverList(
  rows: readonly FailoverRow[],
  act: (action: PageAction) => void,
): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`<section class="failovers" aria-labelledby="failovers-title">
    <h2 id="failovers-title">Countdowns</h2>
    <ul>${rows.map(
      (row) => html`<li data-id=${row.id}>
        ${toneIcon('debug-disconnect', 'fail')}
        <button @click=${() => act({ kind: 'reveal', id: row.id })}>${row.label}</button>
        <span>lost ${stopwatch(row.sinceMs)}</span>
        ${row.marks.map((mark) => markTimer([mark], row.label))}
        <span class="waiting">${row.waiting} waiting</span>
      </li>`,
    )}</ul>
  </section>`;
}
