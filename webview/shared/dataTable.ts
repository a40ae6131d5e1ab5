import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell, PageAction, TableModel, TablePatch, TableRow } from '../../src/contract/panels.ts';
import { toneRank } from '../../src/contract/stateView.ts';
import { age } from './age.ts';
import { goneContext, rowContext } from './rowContext.ts';
import { toneIcon } from './stateBadge.ts';

/** Above this many rows only the visible ones are in the page. */
const virtualAbove = 100;
const rowHeightPx = 27;
const goneForMs = 10_000;
const changedForMs = 2_000;

/** What a table keeps over a reload. */
export interface TableLayout {
  readonly sort: string | null;
  readonly descending: boolean;
  readonly filter: string;
  readonly problems: boolean | null;
  readonly group: string | null;
}

export interface DataTableOptions {
  readonly act: (action: PageAction) => void;
  readonly layout: TableLayout | null;
  readonly onDidChangeLayout: (layout: TableLayout) => void;
}

interface GroupItem {
  readonly kind: 'group';
  readonly key: string;
  readonly count: number;
}
interface RowItem {
  readonly kind: 'row';
  readonly row: TableRow;
}
type Item = GroupItem | RowItem;

const noLayout: TableLayout = { sort: null, descending: false, filter: '', problems: null, group: null };

/**
 * A table that lives: rows are keyed by id and patched, order stands still while pointer or focus is inside, long tables
 * are virtual. It reads by keyboard: arrows, Home, End, Page keys, Enter, Space, `/` for the filter, Esc to clear it.
 */
export class DataTable {
  readonly #root: HTMLElement;
  readonly #options: DataTableOptions;
  #model: TableModel | null = null;
  #rows = new Map<string, TableRow>();
  #order: string[] = [];
  #wouldMove = 0;
  readonly #gone = new Map<string, TableRow>();
  readonly #changed = new Set<string>();
  readonly #folded = new Set<string>();
  #layout: TableLayout;
  #inside = false;
  #active: string | null = null;
  #items: readonly Item[] = [];
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | null = null;

  constructor(root: HTMLElement, options: DataTableOptions) {
    this.#root = root;
    this.#options = options;
    this.#layout = options.layout ?? noLayout;
    root.addEventListener('pointerenter', () => this.#setInside(true));
    root.addEventListener('pointerleave', () => this.#setInside(root.contains(document.activeElement)));
    root.addEventListener('focusin', () => this.#setInside(true));
    root.addEventListener('focusout', () =>
      this.#setInside(root.matches(':hover') || root.contains(document.activeElement)),
    );
    root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Replaces the whole table. */
  setModel(model: TableModel): void {
    this.#model = model;
    this.#rows = new Map(model.rows.map((row) => [row.id, row]));
    if (this.#layout.problems === null)
      this.#layout = {
        ...this.#layout,
        problems: model.id === 'resources' && model.rows.some((row) => row.problem),
      };
    this.#gone.clear();
    this.#applyOrder();
    this.draw();
  }

  /** Applies changed and gone rows. */
  patch(patch: TablePatch): void {
    if (this.#model === null) return;
    this.#model = { ...this.#model, empty: patch.empty, notice: patch.notice };
    for (const row of patch.upserted) {
      if (this.#rows.has(row.id)) this.#mark(row.id);
      this.#gone.delete(row.id);
      this.#rows.set(row.id, row);
    }
    for (const id of patch.removed) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      this.#gone.set(id, row);
      setTimeout(() => {
        if (!this.#gone.delete(id)) return;
        this.#rows.delete(id);
        this.#refreshOrder();
        this.draw();
      }, goneForMs);
    }
    this.#refreshOrder();
    this.draw();
  }

  /** Draws what is known; called after every change of data, layout or scroll position. */
  draw(): void {
    const model = this.#model;
    if (model === null) return;
    this.#items = this.#visibleItems();
    const virtual = this.#items.length > virtualAbove;
    render(this.#frame(model, virtual), this.#root);
    if (virtual) this.#updateVirtualizer();
    else this.#virtualizer = null;
    const body = this.#root.querySelector('tbody');
    if (body !== null) render(this.#body(model, virtual), body);
  }

  #frame(model: TableModel, virtual: boolean): TemplateResult {
    const total = this.#rows.size;
    const shown = this.#items.filter((item) => item.kind === 'row').length;
    const problems = [...this.#rows.values()].filter((row) => row.problem).length;
    return html`<div class="table-head">
        <h2>${model.title} <span class="count">${shown === total ? total : `${shown} of ${total}`}</span></h2>
        ${
          problems > 0 && total > problems
            ? html`<div class="tabs" role="group" aria-label="Rows to show">
                <button aria-pressed=${this.#layout.problems === true} @click=${() => this.#setLayout({ problems: true })}>Problems ${problems}</button>
                <button aria-pressed=${this.#layout.problems !== true} @click=${() => this.#setLayout({ problems: false })}>All ${total}</button>
              </div>`
            : nothing
        }
        ${
          model.groupings.length > 0 && total > 1
            ? html`<label class="grouping">Group by
                <select @change=${(event: Event) => this.#setLayout({ group: selectValue(event) })}>
                  <option value="" ?selected=${this.#layout.group === null}>none</option>
                  ${model.groupings.map(({ key, label }) => html`<option value=${key} ?selected=${this.#layout.group === key}>${label}</option>`)}
                </select></label>`
            : nothing
        }
        ${
          total > 8
            ? html`<input class="filter" type="search" placeholder="Filter" aria-label=${`Filter ${model.title}`} .value=${this.#layout.filter}
                @input=${(event: Event) => this.#setLayout({ filter: inputValue(event) })}>`
            : nothing
        }
        ${
          this.#wouldMove > 0
            ? html`<button class="chip" @click=${() => this.#applyAndDraw()}>${this.#wouldMove} rows would move · Apply order</button>`
            : nothing
        }
      </div>
      ${model.notice === null ? nothing : html`<p class="notice">${model.notice}</p>`}
      ${
        this.#items.length === 0
          ? html`<p class="empty">${this.#emptyText(model)}</p>`
          : html`<div class=${virtual ? 'scroller long' : 'scroller'}>
              <table role=${virtual ? 'grid' : 'table'} aria-rowcount=${virtual ? this.#items.length + 1 : nothing}>
                <caption class="sr">${model.title}</caption>
                <thead><tr aria-rowindex=${virtual ? 1 : nothing}>${model.columns.map(
                  (column) => html`<th scope="col" class="p${column.priority} ${column.align ?? ''}"
                    aria-sort=${this.#layout.sort === column.id ? (this.#layout.descending ? 'descending' : 'ascending') : 'none'}>
                    <button class="sort" @click=${() => this.#sortBy(column.id)}>${column.title}${
                      this.#layout.sort === column.id
                        ? html`<span class="codicon codicon-${this.#layout.descending ? 'chevron-down' : 'chevron-up'}" aria-hidden="true"></span>`
                        : nothing
                    }</button></th>`,
                )}</tr></thead>
                <tbody></tbody>
              </table>
            </div>`
      }`;
  }

  #body(model: TableModel, virtual: boolean): TemplateResult {
    if (!virtual) return this.#drawItems(model, this.#items, 0);
    const items = this.#virtualizer?.getVirtualItems() ?? [];
    const first = items[0];
    const last = items[items.length - 1];
    const before = first?.start ?? 0;
    const after = (this.#virtualizer?.getTotalSize() ?? 0) - (last?.end ?? 0);
    const shown = this.#items.slice(first?.index ?? 0, (last?.index ?? -1) + 1);
    return html`${spacer(before, model.columns.length)}${this.#drawItems(model, shown, first?.index ?? 0)}${spacer(after, model.columns.length)}`;
  }

  #drawItems(model: TableModel, items: readonly Item[], offset: number): TemplateResult {
    return html`${repeat(
      items,
      (item) => (item.kind === 'row' ? item.row.id : `group ${item.key}`),
      (item, index) =>
        item.kind === 'row'
          ? this.#drawRow(model, item.row, offset + index)
          : this.#drawGroup(model, item, offset + index),
    )}`;
  }

  #drawGroup(model: TableModel, item: GroupItem, index: number): TemplateResult {
    const id = `group ${item.key}`;
    const folded = this.#folded.has(item.key);
    return html`<tr class="group" data-id=${id} aria-rowindex=${index + 2} aria-expanded=${!folded} tabindex=${this.#tabIndex(id, index)}
        @click=${() => this.#fold(item.key, !folded)}>
      <th colspan=${model.columns.length} scope="rowgroup"><span class="codicon codicon-${folded ? 'chevron-right' : 'chevron-down'}" aria-hidden="true"></span>${item.key} <span class="count">${item.count}</span></th>
    </tr>`;
  }

  #drawRow(model: TableModel, row: TableRow, index: number): TemplateResult {
    const gone = this.#gone.has(row.id);
    const classes = `edge-${row.tone}${gone ? ' gone' : ''}${this.#changed.has(row.id) ? ' changed' : ''}${row.id === this.#active ? ' active' : ''}`;
    const context = gone
      ? goneContext
      : rowContext(row.id, {
          hasGuest: row.open?.kind === 'open',
          hasNode: isOnNode(row),
          rowsOnly: true,
        });
    return html`<tr class=${classes} data-id=${row.id} data-vscode-context=${context} aria-rowindex=${index + 2} tabindex=${this.#tabIndex(row.id, index)}
        @click=${() => this.#focusRow(row.id)} @dblclick=${() => this.#open(row)}>
      ${model.columns.map((column, position) => {
        const cell = row.cells[column.id] ?? { text: '' };
        const classNames = `p${column.priority} ${column.align ?? ''}`;
        return position === 0
          ? html`<th scope="row" class=${classNames}>${
              row.open === undefined
                ? drawCell(cell)
                : html`<a href="#" tabindex="-1" @click=${(event: Event) => this.#openFrom(event, row)}>${drawCell(cell)}</a>`
            }${gone ? html` <span class="word">gone</span>` : nothing}<span class="more">${model.columns
              .filter((each) => each.priority > 1 && (row.cells[each.id]?.text ?? '') !== '')
              .map(
                (each) =>
                  html`<span class="more-p${each.priority}">${each.title} ${row.cells[each.id]?.text}</span>`,
              )}</span></th>`
          : html`<td class=${classNames}>${drawCell(cell)}</td>`;
      })}
    </tr>`;
  }

  #emptyText(model: TableModel): string {
    if (this.#rows.size === 0) return model.empty;
    return this.#layout.filter === ''
      ? 'No problems here.'
      : `Nothing matches "${this.#layout.filter}". Esc clears the filter.`;
  }

  #visibleItems(): readonly Item[] {
    const words = this.#layout.filter
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const problemsOnly =
      this.#layout.problems === true && [...this.#rows.values()].some((row) => row.problem);
    const rows: TableRow[] = [];
    for (const id of this.#order) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      if (problemsOnly && !row.problem) continue;
      if (words.every((word) => row.haystack.includes(word))) rows.push(row);
    }
    const { group } = this.#layout;
    if (group === null) return rows.map((row): Item => ({ kind: 'row', row }));
    const groups = new Map<string, TableRow[]>();
    for (const row of rows) {
      const key = row.groups[group] ?? '';
      const list = groups.get(key);
      if (list === undefined) groups.set(key, [row]);
      else list.push(row);
    }
    return [...groups]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .flatMap(([key, list]): Item[] => [
        { kind: 'group', key, count: list.length },
        ...(this.#folded.has(key) ? [] : list.map((row): Item => ({ kind: 'row', row }))),
      ]);
  }

  /** Order by the chosen column, else worst tone first, then id. */
  #sortedIds(): string[] {
    const { sort, descending } = this.#layout;
    const direction = descending ? -1 : 1;
    const compare = (a: TableRow, b: TableRow): number => {
      const byColumn =
        sort === null
          ? toneRank[b.tone] - toneRank[a.tone]
          : direction * compareCells(a.cells[sort], b.cells[sort]);
      return byColumn || collator.compare(a.id, b.id);
    };
    return [...this.#rows.values()].sort(compare).map((row) => row.id);
  }

  #applyOrder(): void {
    this.#order = this.#sortedIds();
    this.#wouldMove = 0;
  }

  #applyAndDraw(): void {
    this.#applyOrder();
    this.draw();
  }

  /** New rows join at once; while somebody is in the table, known ones keep their place. */
  #refreshOrder(): void {
    const wanted = this.#sortedIds();
    if (!this.#inside) {
      this.#order = wanted;
      this.#wouldMove = 0;
      return;
    }
    const known = new Set(this.#order);
    this.#order = [
      ...this.#order.filter((id) => this.#rows.has(id)),
      ...wanted.filter((id) => !known.has(id)),
    ];
    this.#wouldMove = this.#order.filter((id, index) => wanted[index] !== id).length;
  }

  #setInside(inside: boolean): void {
    if (this.#inside === inside) return;
    this.#inside = inside;
    if (!inside && this.#wouldMove > 0) this.#applyAndDraw();
  }

  #setLayout(change: Partial<TableLayout>): void {
    const group = change.group === '' ? null : (change.group ?? this.#layout.group);
    this.#layout = { ...this.#layout, ...change, group };
    this.#options.onDidChangeLayout(this.#layout);
    this.draw();
  }

  #sortBy(column: string): void {
    const again = this.#layout.sort === column;
    // Third click on a column returns to the order by severity.
    this.#layout =
      again && this.#layout.descending
        ? { ...this.#layout, sort: null, descending: false }
        : { ...this.#layout, sort: column, descending: again };
    this.#options.onDidChangeLayout(this.#layout);
    this.#applyAndDraw();
  }

  #mark(id: string): void {
    this.#changed.add(id);
    setTimeout(() => {
      if (this.#changed.delete(id)) this.draw();
    }, changedForMs);
  }

  #fold(key: string, folded: boolean): void {
    if (folded) this.#folded.add(key);
    else this.#folded.delete(key);
    this.draw();
  }

  #updateVirtualizer(): void {
    const scroller = this.#root.querySelector<HTMLElement>('.scroller');
    if (scroller === null) return;
    const options = {
      count: this.#items.length,
      getScrollElement: () => this.#root.querySelector<HTMLElement>('.scroller'),
      estimateSize: () => rowHeightPx,
      overscan: 8,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => {
        const body = this.#root.querySelector('tbody');
        if (body !== null && this.#model !== null && this.#virtualizer !== null)
          render(this.#body(this.#model, true), body);
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

  #tabIndex(id: string, index: number): number {
    const known = this.#active !== null && this.#items.some((item) => itemId(item) === this.#active);
    return (known ? id === this.#active : index === 0) ? 0 : -1;
  }

  #focusRow(id: string): void {
    this.#active = id;
    const index = this.#items.findIndex((item) => itemId(item) === id);
    this.#virtualizer?.scrollToIndex(index);
    this.draw();
    this.#rowElement(id)?.focus({ preventScroll: this.#virtualizer !== null });
  }

  #rowElement(id: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(id)}"]`);
  }

  #openFrom(event: Event, row: TableRow): void {
    event.preventDefault();
    event.stopPropagation();
    this.#open(row);
  }

  #open(row: TableRow): void {
    if (row.open !== undefined) this.#options.act(row.open);
  }

  #onKey(event: KeyboardEvent): void {
    const filter = this.#root.querySelector<HTMLInputElement>('input.filter');
    const inFilter = event.target === filter;
    if (event.key === 'Escape' && this.#layout.filter !== '') {
      this.#setLayout({ filter: '' });
      this.#focusRow(this.#active ?? itemId(this.#items[0]) ?? '');
      return;
    }
    if (
      !inFilter &&
      filter !== null &&
      (event.key === '/' || (event.key === 'f' && (event.ctrlKey || event.metaKey)))
    ) {
      event.preventDefault();
      filter.focus();
      return;
    }
    const rowElement =
      event.target instanceof Element ? event.target.closest<HTMLElement>('tr[data-id]') : null;
    if (rowElement === null || event.target !== rowElement) return;
    const index = this.#items.findIndex((item) => itemId(item) === rowElement.dataset.id);
    const item = this.#items[index];
    const page = 15;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: this.#items.length - 1,
      PageDown: index + page,
      PageUp: index - page,
    };
    const target = steps[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const next = this.#items[Math.max(0, Math.min(this.#items.length - 1, target))];
      this.#focusRow(itemId(next) ?? '');
    } else if (item?.kind === 'row' && event.key === 'Enter') this.#open(item.row);
    else if (item?.kind === 'group' && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      this.#fold(item.key, !this.#folded.has(item.key));
    } else if (item?.kind === 'group' && event.key === 'ArrowLeft') this.#fold(item.key, true);
    else if (item?.kind === 'group' && event.key === 'ArrowRight') this.#fold(item.key, false);
    else if (item?.kind === 'row' && event.key === 'c' && (event.ctrlKey || event.metaKey)) {
      const text = (this.#model?.columns ?? [])
        .map((column) => item.row.cells[column.id]?.text ?? '')
        .join('\t');
      this.#options.act({ kind: 'copy', text });
    }
  }
}

function itemId(item: Item | undefined): string | null {
  if (item === undefined) return null;
  return item.kind === 'row' ? item.row.id : `group ${item.key}`;
}

/** Whether the row names the node its record is on; a row of a node names only itself. */
function isOnNode(row: TableRow): boolean {
  const action = row.cells.node?.action;
  return action?.kind === 'reveal' && action.id !== row.id;
}

function spacer(heightPx: number, columns: number): TemplateResult | typeof nothing {
  if (heightPx <= 0) return nothing;
  return html`<tr class="spacer" aria-hidden="true"><td colspan=${columns} .height=${String(heightPx)}></td></tr>`;
}

function drawCell(cell: Cell): TemplateResult {
  return html`<span class="cell" title=${cell.hint ?? ''}>${
    cell.icon === undefined ? nothing : toneIcon(cell.icon, cell.tone ?? 'calm')
  }<span>${cell.text}${cell.sinceMs === undefined ? nothing : html` ${age(cell.sinceMs)}`}</span>${
    cell.ratio === undefined
      ? nothing
      : html`<meter min="0" max="1" .value=${cell.ratio} aria-hidden="true"></meter>`
  }</span>`;
}

const collator = new Intl.Collator('en', { numeric: true });

function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  if (a?.sort !== undefined && b?.sort !== undefined) return a.sort - b.sort;
  return collator.compare(a?.text ?? '', b?.text ?? '');
}

function inputValue(event: Event): string {
  return event.target instanceof HTMLInputElement ? event.target.value : '';
}

function selectValue(event: Event): string {
  return event.target instanceof HTMLSelectElement ? event.target.value : '';
}
