import { html, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { PageAction, TableModel, TablePatch, TableRow } from '../../src/contract/panels.ts';
import { RowWindow } from './rowWindow.ts';
import { type FrameActs, tableFrame } from './tableFrame.ts';
import { type Item, itemId, noLayout, sortedIds, type TableLayout, visibleItems } from './tableItems.ts';
import { groupRow, type RowActs, spacer, tableRow } from './tableRow.ts';

/** Above this many rows only the visible ones are in the page. */
const virtualAbove = 100;
const goneForMs = 10_000;
const changedForMs = 2_000;

export interface DataTableOptions {
  readonly act: (action: PageAction) => void;
  readonly layout: TableLayout | null;
  readonly onDidChangeLayout: (layout: TableLayout) => void;
}

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
  readonly #window = new RowWindow(
    () => this.#root.querySelector<HTMLElement>('.scroller'),
    () => this.#drawBody(true),
  );
  readonly #frameActs: FrameActs = {
    setLayout: (change) => this.#setLayout(change),
    sortBy: (column) => this.#sortBy(column),
    applyOrder: () => this.#applyAndDraw(),
  };
  readonly #rowActs: RowActs = {
    focus: (id) => this.#focusRow(id),
    open: (row) => this.#open(row),
  };

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
    this.#items = visibleItems(this.#order, this.#rows, this.#layout, this.#folded);
    const virtual = this.#items.length > virtualAbove;
    const picture = {
      rows: this.#rows,
      items: this.#items,
      layout: this.#layout,
      virtual,
      wouldMove: this.#wouldMove,
    };
    render(tableFrame(model, picture, this.#frameActs), this.#root);
    if (virtual) this.#window.open(this.#items.length);
    else this.#window.close();
    this.#drawBody(virtual);
  }

  #drawBody(virtual: boolean): void {
    const body = this.#root.querySelector('tbody');
    if (body !== null && this.#model !== null) render(this.#body(this.#model, virtual), body);
  }

  #body(model: TableModel, virtual: boolean): TemplateResult {
    if (!virtual) return this.#drawItems(model, this.#items, 0);
    const { from, to, beforePx, afterPx } = this.#window.inSight();
    const shown = this.#items.slice(from, to);
    return html`${spacer(beforePx, model.columns.length)}${this.#drawItems(model, shown, from)}${spacer(afterPx, model.columns.length)}`;
  }

  #drawItems(model: TableModel, items: readonly Item[], offset: number): TemplateResult {
    return html`${repeat(items, itemId, (item, at) => {
      const index = offset + at;
      const place = { index, tabIndex: this.#tabIndex(itemId(item) ?? '', index) };
      if (item.kind === 'group')
        return groupRow(model.columns.length, item, this.#folded.has(item.key), place, (key, folded) =>
          this.#fold(key, folded),
        );
      const { id } = item.row;
      const marks = {
        gone: this.#gone.has(id),
        changed: this.#changed.has(id),
        active: id === this.#active,
      };
      return tableRow(model.columns, item.row, { ...place, ...marks }, this.#rowActs);
    })}`;
  }

  #applyOrder(): void {
    this.#order = sortedIds(this.#rows.values(), this.#layout);
    this.#wouldMove = 0;
  }

  #applyAndDraw(): void {
    this.#applyOrder();
    this.draw();
  }

  /** New rows join at once; while somebody is in the table, known ones keep their place. */
  #refreshOrder(): void {
    const wanted = sortedIds(this.#rows.values(), this.#layout);
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

  #tabIndex(id: string, index: number): number {
    const known = this.#active !== null && this.#items.some((item) => itemId(item) === this.#active);
    return (known ? id === this.#active : index === 0) ? 0 : -1;
  }

  #focusRow(id: string): void {
    this.#active = id;
    const index = this.#items.findIndex((item) => itemId(item) === id);
    this.#window.scrollTo(index);
    this.draw();
    this.#rowElement(id)?.focus({ preventScroll: this.#window.isOpen });
  }

  #rowElement(id: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(id)}"]`);
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
