import { html, nothing, type TemplateResult } from 'lit';
import type { Cell, TableModel, TableRow } from '../../src/contract/panels.ts';
import { age } from './age.ts';
import { markTimer } from './marks.ts';
import { goneContext, rowContext } from './rowContext.ts';
import { toneIcon } from './stateBadge.ts';
import { type GroupItem, itemId } from './tableItems.ts';

/** Where a line stands: its index in the whole table, and whether the Tab key reaches it. */
export interface LinePlace {
  readonly index: number;
  readonly tabIndex: number;
}

export interface RowMarks {
  /** Its record went a moment ago. */
  readonly gone: boolean;
  /** It read differently a moment ago. */
  readonly changed: boolean;
  readonly active: boolean;
}

export interface RowActs {
  readonly focus: (id: string) => void;
  readonly open: (row: TableRow) => void;
}

/** The head of a group, which folds and unfolds it. */
export function groupRow(
  columnCount: number,
  item: GroupItem,
  folded: boolean,
  place: LinePlace,
  fold: (key: string, folded: boolean) => void,
): TemplateResult {
  return html`<tr class="group" data-id=${itemId(item) ?? ''} aria-rowindex=${place.index + 2} aria-expanded=${!folded} tabindex=${place.tabIndex}
      @click=${() => fold(item.key, !folded)}>
    <th colspan=${columnCount} scope="rowgroup"><span class="codicon codicon-${folded ? 'chevron-right' : 'chevron-down'}" aria-hidden="true"></span>${item.key} <span class="count">${item.count}</span></th>
  </tr>`;
}

/** A row; below the width where a column has room, its value stands in the row's second line. */
export function tableRow(
  columns: TableModel['columns'],
  row: TableRow,
  place: LinePlace & RowMarks,
  acts: RowActs,
): TemplateResult {
  const { gone } = place;
  const classes = `edge-${row.tone}${gone ? ' gone' : ''}${place.changed ? ' changed' : ''}${place.active ? ' active' : ''}`;
  const context = gone
    ? goneContext
    : rowContext(row.id, {
        hasGuest: row.open?.kind === 'open',
        hasNode: isOnNode(row),
        rowsOnly: true,
      });
  return html`<tr class=${classes} data-id=${row.id} data-vscode-context=${context} aria-rowindex=${place.index + 2} tabindex=${place.tabIndex}
      @click=${() => acts.focus(row.id)} @dblclick=${() => acts.open(row)}>
    ${columns.map((column, position) => {
      const cell = row.cells[column.id] ?? { text: '' };
      const classNames = `p${column.priority} ${column.align ?? ''}`;
      return position === 0
        ? html`<th scope="row" class=${classNames}>${
            row.open === undefined
              ? drawCell(cell)
              : html`<a href="#" tabindex="-1" @click=${(event: Event) => openFrom(event, row, acts)}>${drawCell(cell)}</a>`
          }${gone ? html` <span class="word">gone</span>` : nothing}<span class="more">${columns
            .filter((each) => each.priority > 1 && (row.cells[each.id]?.text ?? '') !== '')
            .map(
              (each) =>
                html`<span class="more-p${each.priority}">${each.title} ${row.cells[each.id]?.text}</span>`,
            )}</span></th>`
        : html`<td class=${classNames}>${drawCell(cell)}</td>`;
    })}
  </tr>`;
}

function openFrom(event: Event, row: TableRow, acts: RowActs): void {
  event.preventDefault();
  event.stopPropagation();
  acts.open(row);
}

/** Whether the row names the node its record is on; a row of a node names only itself. */
function isOnNode(row: TableRow): boolean {
  const action = row.cells.node?.action;
  return action?.kind === 'reveal' && action.id !== row.id;
}

/** Stands for the rows of a long table that are not in the page. */
export function spacer(heightPx: number, columns: number): TemplateResult | typeof nothing {
  if (heightPx <= 0) return nothing;
  return html`<tr class="spacer" aria-hidden="true"><td colspan=${columns} .height=${String(heightPx)}></td></tr>`;
}

function drawCell(cell: Cell): TemplateResult {
  return html`<span class="cell" title=${cell.hint ?? ''}>${
    cell.icon === undefined ? nothing : toneIcon(cell.icon, cell.tone ?? 'calm')
  }<span>${cell.text}${cell.sinceMs === undefined ? nothing : html` ${age(cell.sinceMs)}`}${
    cell.marks === undefined ? nothing : html` · ${markTimer(cell.marks)}`
  }</span>${
    cell.ratio === undefined
      ? nothing
      : html`<meter min="0" max="1" .value=${cell.ratio} aria-hidden="true"></meter>`
  }</span>`;
}
