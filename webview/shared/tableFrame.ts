import { html, nothing, type TemplateResult } from 'lit';
import type { TableModel, TableRow } from '../../src/contract/panels.ts';
import type { Item, TableLayout } from './tableItems.ts';

/** What the frame of a table shows beside its model. */
export interface FramePicture {
  readonly rows: ReadonlyMap<string, TableRow>;
  readonly items: readonly Item[];
  readonly layout: TableLayout;
  /** Only the rows in sight are in the page. */
  readonly virtual: boolean;
  /** Rows that stand elsewhere than the order says, because somebody is in the table. */
  readonly wouldMove: number;
}

export interface FrameActs {
  /** An empty group takes the grouping off. */
  readonly setLayout: (change: Partial<TableLayout>) => void;
  readonly sortBy: (column: string) => void;
  readonly applyOrder: () => void;
}

/** Everything of a table but its rows, for which it leaves an empty `tbody`. */
export function tableFrame(model: TableModel, picture: FramePicture, acts: FrameActs): TemplateResult {
  const { rows, items, layout, virtual, wouldMove } = picture;
  const total = rows.size;
  const shown = items.filter((item) => item.kind === 'row').length;
  const problems = [...rows.values()].filter((row) => row.problem).length;
  return html`<div class="table-head">
      <h2>${model.title} <span class="count">${shown === total ? total : `${shown} of ${total}`}</span></h2>
      ${
        problems > 0 && total > problems
          ? html`<div class="tabs" role="group" aria-label="Rows to show">
              <button aria-pressed=${layout.problems === true} @click=${() => acts.setLayout({ problems: true })}>Problems ${problems}</button>
              <button aria-pressed=${layout.problems !== true} @click=${() => acts.setLayout({ problems: false })}>All ${total}</button>
            </div>`
          : nothing
      }
      ${
        model.groupings.length > 0 && total > 1
          ? html`<label class="grouping">Group by
              <select @change=${(event: Event) => acts.setLayout({ group: selectValue(event) })}>
                <option value="" ?selected=${layout.group === null}>none</option>
                ${model.groupings.map(({ key, label }) => html`<option value=${key} ?selected=${layout.group === key}>${label}</option>`)}
              </select></label>`
          : nothing
      }
      ${
        total > 8
          ? html`<input class="filter" type="search" placeholder="Filter" aria-label=${`Filter ${model.title}`} .value=${layout.filter}
              @input=${(event: Event) => acts.setLayout({ filter: inputValue(event) })}>`
          : nothing
      }
      ${
        wouldMove > 0
          ? html`<button class="chip" @click=${() => acts.applyOrder()}>${wouldMove} rows would move · Apply order</button>`
          : nothing
      }
    </div>
    ${model.notice === null ? nothing : html`<p class="notice">${model.notice}</p>`}
    ${
      items.length === 0
        ? html`<p class="empty">${emptyText(model, picture)}</p>`
        : html`<div class=${virtual ? 'scroller long' : 'scroller'}>
            <table role=${virtual ? 'grid' : 'table'} aria-rowcount=${virtual ? items.length + 1 : nothing}>
              <caption class="sr">${model.title}</caption>
              <thead><tr aria-rowindex=${virtual ? 1 : nothing}>${model.columns.map(
                (column) => html`<th scope="col" class="p${column.priority} ${column.align ?? ''}"
                  aria-sort=${layout.sort === column.id ? (layout.descending ? 'descending' : 'ascending') : 'none'}>
                  <button class="sort" @click=${() => acts.sortBy(column.id)}>${column.title}${
                    layout.sort === column.id
                      ? html`<span class="codicon codicon-${layout.descending ? 'chevron-down' : 'chevron-up'}" aria-hidden="true"></span>`
                      : nothing
                  }</button></th>`,
              )}</tr></thead>
              <tbody></tbody>
            </table>
          </div>`
    }`;
}

function emptyText(model: TableModel, { rows, layout }: FramePicture): string {
  if (rows.size === 0) return model.empty;
  return layout.filter === ''
    ? 'No problems here.'
    : `Nothing matches "${layout.filter}". Esc clears the filter.`;
}

function inputValue(event: Event): string {
  return event.target instanceof HTMLInputElement ? event.target.value : '';
}

function selectValue(event: Event): string {
  return event.target instanceof HTMLSelectElement ? event.target.value : '';
}
