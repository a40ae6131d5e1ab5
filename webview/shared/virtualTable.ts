import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type Range,
  Virtualizer,
} from '@tanstack/virtual-core';
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { plural } from '../../src/base/format.ts';
import type { Cell, Column, TableModel, TablePatch, TableRow } from '../../src/contract/panels.ts';
import { hostNowMs, words } from './age.ts';
import { menuContext } from './contextMenu.ts';
import type { Act } from './copyButton.ts';
import type { TableView } from './pageState.ts';
import { iconClass } from './stateBadge.ts';
import { type StyleProps, styleProps } from './styleProps.ts';
import {
  type GroupItem,
  movesText,
  type RowRecord,
  TableContent,
  type TableItem,
  type TableSort,
} from './tableContent.ts';
import {
  type ColumnSplit,
  columnTemplate,
  hasSecondLine,
  rowHeightPx,
  splitColumns,
  tallRowHeightPx,
} from './tableLayout.ts';
import { rowsAsText } from './tableText.ts';
import { drawTools, focusFilter } from './tableTools.ts';

/** From this many lines on, only those on screen are drawn. */
const virtualFrom = 100;
const headHeightPx = 28;
const overscan = 3;
const saveDelayMs = 300;

export interface VirtualTableOptions {
  readonly id: string;
  readonly act: Act;
  /** Filter, grouping and tabs: always, or only once the table is long enough to need them. */
  readonly tools: 'always' | 'whenLong';
  readonly restored: TableView | null;
  /** Called when the reader arranged the table differently. */
  readonly onView: (view: TableView) => void;
}

/** A drawn line: where it stands in the list and, in a virtual table, on the scroller. */
interface Line {
  readonly item: TableItem;
  readonly index: number;
  readonly startPx: number | null;
}

interface Anchor {
  readonly key: string;
  readonly offsetPx: number;
}

/**
 * Table for any {@link TableModel}. Up to a hundred lines it is a plain table in the page; above that an ARIA grid that
 * scrolls by itself and draws what is on screen. Both are drawn by the same templates.
 */
export class VirtualTable {
  /** Tabs, grouping, filter. */
  readonly tools = document.createElement('div');
  /** The rows. */
  readonly body = document.createElement('div');
  readonly content = new TableContent();
  readonly #options: VirtualTableOptions;
  readonly #selected = new Set<string>();
  #problemsOnly: boolean | null;
  #restoredAnchor: string | null;
  #active: string | null = null;
  #activeIndex = 0;
  #hasPointer = false;
  #hasFocus = false;
  #hasModel = false;
  #isShown = true;
  #widthPx = 0;
  #split: ColumnSplit = { shown: [], folded: [] };
  #columns = '';
  #lines: readonly Line[] = [];
  #indexOf = new Map<string, number>();
  #indexedItems: readonly TableItem[] = [];
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | undefined;
  #releaseVirtualizer: (() => void) | undefined;
  #isDrawing = false;
  #expiryTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: VirtualTableOptions) {
    this.#options = options;
    const { restored } = options;
    this.#problemsOnly = restored?.problemsOnly ?? null;
    this.#restoredAnchor = restored?.anchor ?? null;
    if (restored !== null) {
      this.content.choose({
        filter: restored.filter,
        sort: restored.sort,
        groupBy: restored.groupBy,
        problemsOnly: restored.problemsOnly ?? false,
        folded: new Set(restored.folded),
      });
    }
    this.tools.className = 'tools';
    this.body.className = 'tableBody';
    this.body.id = `table-${options.id}`;
    this.body.addEventListener('pointerenter', () => this.#setPointer(true));
    this.body.addEventListener('pointerleave', () => this.#setPointer(false));
    this.body.addEventListener('focusin', this.#onFocusIn);
    this.body.addEventListener('focusout', this.#onFocusOut);
    // Drawing changes sizes, which must not happen while sizes are being told.
    new ResizeObserver(() => requestAnimationFrame(() => this.#onResize())).observe(this.body);
  }

  get id(): string {
    return this.#options.id;
  }

  get hasFocus(): boolean {
    return this.#hasFocus;
  }

  /** Takes a whole model; `isOther` when it is about something else than the one before. */
  setModel(model: TableModel, isOther: boolean): void {
    const anchor = isOther ? null : this.#anchor();
    if (isOther) {
      this.#active = null;
      this.#selected.clear();
    }
    const { groupBy } = this.content.choice;
    this.content.setModel(model, isOther || !this.#hasModel, hostNowMs());
    this.#hasModel = true;
    // A grouping that this model does not offer is gone; so is a sort by a column that it does not have.
    const { sort } = this.content.choice;
    if (sort !== null && !model.columns.some(({ id }) => id === sort.column))
      this.content.choose({ sort: null });
    if (groupBy !== this.content.choice.groupBy) this.content.choose({ folded: new Set() });
    if (isOther || this.#problemsOnly === null) this.#chooseTab();
    this.#columns = '';
    this.draw(anchor);
    this.#restoreAnchor();
    this.#watchExpiry();
  }

  applyPatch(patch: TablePatch): void {
    const anchor = this.#anchor();
    this.content.applyPatch(patch, hostNowMs());
    this.draw(anchor);
    this.#watchExpiry();
  }

  /** Whether the table's section is open; a closed one is not drawn. */
  setShown(isShown: boolean): void {
    if (this.#isShown === isShown) return;
    this.#isShown = isShown;
    this.draw();
  }

  /** Puts the caret into the filter box, if the table offers one. */
  focusFilter(): boolean {
    return focusFilter(this.tools);
  }

  focusRows(): void {
    this.#focusActive();
  }

  /** Until the reader chooses, problems are shown when there are any. */
  #chooseTab(): void {
    const wanted = this.#problemsOnly ?? this.content.problems > 0;
    const problemsOnly = wanted && this.#offersTools();
    if (problemsOnly !== this.content.choice.problemsOnly) this.content.choose({ problemsOnly });
  }

  #offersTools(): boolean {
    return this.#options.tools === 'always' ? this.content.total > 0 : this.content.total > 12;
  }

  // Drawing

  draw(anchor: Anchor | null = null): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    try {
      this.#draw(anchor);
    } finally {
      this.#isDrawing = false;
    }
  }

  #draw(anchor: Anchor | null): void {
    if (!this.#isShown || !this.#hasModel) return;
    const { content } = this;
    const hadFocus = this.#focusedKey();
    drawTools(this.tools, {
      id: this.id,
      content,
      isOffered: this.#offersTools(),
      act: this.#options.act,
      choose: (choice) => this.#choose(choice),
      leaveFilter: () => this.#focusActive(),
    });
    this.body.toggleAttribute('data-tabs', this.tools.querySelector('[role="tab"]') !== null);
    this.#layOut();
    this.#indexItems();
    if (this.#isVirtual) this.#updateVirtualizer();
    else this.#dropVirtualizer();
    this.#lines = this.#drawnLines();
    render(this.#template(), this.body);
    if (this.#isVirtual) this.#settleVirtualizer(anchor);
    if (hadFocus !== null) this.#keepFocus();
  }

  get #isVirtual(): boolean {
    return this.content.items.length > virtualFrom;
  }

  #layOut(): void {
    this.#widthPx = this.body.clientWidth || this.#widthPx || 1000;
    const split = splitColumns(this.content.columns, this.#widthPx);
    const isOther = split.folded.length !== this.#split.folded.length;
    this.#split = split;
    if (this.#columns === '' || isOther) {
      this.#columns = columnTemplate(split.shown, this.content.items);
      if (isOther) this.#virtualizer?.measure();
    }
  }

  #indexItems(): void {
    const { items } = this.content;
    if (this.#indexedItems === items) return;
    this.#indexedItems = items;
    this.#indexOf = new Map(items.map(({ key }, index) => [key, index]));
    const index = this.#active === null ? undefined : this.#indexOf.get(this.#active);
    if (index !== undefined) this.#activeIndex = index;
    else {
      this.#activeIndex = Math.max(0, Math.min(this.#activeIndex, items.length - 1));
      this.#active = items[this.#active === null ? 0 : this.#activeIndex]?.key ?? null;
      if (this.#active !== null) this.#activeIndex = this.#indexOf.get(this.#active) ?? 0;
    }
  }

  #drawnLines(): readonly Line[] {
    const { items } = this.content;
    if (this.#virtualizer === undefined) {
      return items.map((item, index) => ({ item, index, startPx: null }));
    }
    return this.#virtualizer.getVirtualItems().flatMap(({ index, start }) => {
      const item = items[index];
      return item === undefined ? [] : [{ item, index, startPx: start }];
    });
  }

  #template(): TemplateResult {
    const { content } = this;
    const { filter, problemsOnly } = content.choice;
    const notice =
      content.notice === null
        ? nothing
        : html`<p class="notice"><i class="codicon codicon-history" aria-hidden="true"></i> <span>${content.notice}</span></p>`;
    if (content.items.length > 0) return html`${notice}${this.#table()}${this.#chip()}`;
    if (filter.trim() !== '' && content.total > 0) {
      return html`${notice}<p class="empty">Nothing matches '${filter.trim()}'${problemsOnly ? ' among the problems' : ''}.
        <button type="button" class="link" @click=${() => this.#choose({ filter: '' })}>Clear Filter</button></p>`;
    }
    if (problemsOnly && content.total > 0) {
      return html`${notice}<p class="empty">No problems here.
        <button type="button" class="link" @click=${() => this.#choose({ problemsOnly: false })}>Show All</button></p>`;
    }
    return html`${notice}<p class="empty">${content.empty}</p>`;
  }

  #table(): TemplateResult {
    const isVirtual = this.#isVirtual;
    const { content } = this;
    const count = content.items.length;
    return html`<div class="scroller ${isVirtual ? 'virtual' : ''}" @keydown=${this.#onKey} @click=${this.#onClick}>
      <table
        role=${isVirtual ? 'grid' : 'table'}
        aria-rowcount=${isVirtual ? count + 1 : nothing}
        aria-multiselectable=${isVirtual ? 'true' : nothing}
        aria-label=${isVirtual ? content.title : nothing}
        class=${this.#split.folded.length > 0 ? 'folded' : ''}
        ${styleProps({ '--columns': this.#columns })}
      >
        <caption class="spoken">${content.title}</caption>
        <thead role="rowgroup"><tr role="row" class="head" aria-rowindex=${isVirtual ? 1 : nothing}>${this.#split.shown.map(
          (column) => this.#headCell(column),
        )}</tr></thead>
        <tbody role="rowgroup" ${styleProps({
          height: this.#virtualizer === undefined ? null : `${this.#virtualizer.getTotalSize()}px`,
        })}>${repeat(
          this.#lines,
          ({ item }) => item.key,
          (line) => this.#line(line),
        )}</tbody>
      </table>
    </div>`;
  }

  #headCell({ id, title, align }: Column): TemplateResult {
    const { sort } = this.content.choice;
    const isSorted = sort?.column === id;
    const direction = sort?.descending === true ? 'descending' : 'ascending';
    return html`<th role="columnheader" scope="col" class=${align ?? ''} aria-sort=${isSorted ? direction : 'none'}
      ><button type="button" class="sort" tabindex="-1" data-sort=${id} title="Sort by ${title}">${title}${
        isSorted
          ? html`<i class="codicon codicon-arrow-${sort.descending ? 'down' : 'up'}" aria-hidden="true"></i>`
          : nothing
      }</button></th>`;
  }

  #line({ item, index, startPx }: Line): TemplateResult {
    const place: StyleProps = startPx === null ? {} : { transform: `translateY(${startPx}px)` };
    return item.kind === 'group'
      ? this.#groupLine(item, index, place)
      : this.#rowLine(item.record, index, place);
  }

  #groupLine(group: GroupItem, index: number, place: StyleProps): TemplateResult {
    const isVirtual = this.#virtualizer !== undefined;
    const isActive = this.#active === group.key;
    return html`<tr role="row" class="group edge-${group.tone}" data-id=${group.key} data-index=${index}
      aria-rowindex=${isVirtual ? index + 2 : nothing} ${styleProps(place)}
      ><th role="rowheader" scope="row" colspan=${this.#split.shown.length}
        ><button type="button" class="groupButton" data-rove data-fold=${group.name} tabindex=${isActive ? 0 : -1}
          aria-expanded=${group.isFolded ? 'false' : 'true'}
          ><i class="codicon codicon-chevron-${group.isFolded ? 'right' : 'down'}" aria-hidden="true"></i
          ><span class="name">${group.name}</span
          ><span class="count">${plural(group.count, 'row')}${
            group.problems === 0 ? '' : ` · ${plural(group.problems, 'problem')}`
          }</span
        ></button></th></tr>`;
  }

  #rowLine(record: RowRecord, index: number, place: StyleProps): TemplateResult {
    const isVirtual = this.#virtualizer !== undefined;
    const { row } = record;
    const isGone = record.goneAtMs !== null;
    const { shown, folded } = this.#split;
    const nowMs = hostNowMs();
    const isSelected = this.#selected.has(record.id);
    return html`<tr role="row" class="row edge-${row.tone} ${isGone ? 'gone' : ''} ${row.open === undefined ? '' : 'opens'}"
      data-rove data-id=${record.id} data-index=${index} tabindex=${this.#active === record.id ? 0 : -1}
      aria-rowindex=${isVirtual ? index + 2 : nothing} aria-selected=${isVirtual || isSelected ? String(isSelected) : nothing}
      data-vscode-context=${menuContext({ webviewSection: 'row', rowId: record.id })} ${styleProps(place)}
      >${shown.map((column, position) =>
        this.#cell(row, column, position === 0, (record.changed.get(column.id) ?? 0) > nowMs, isGone),
      )}${
        folded.length > 0 && hasSecondLine(record, folded)
          ? html`<td role=${isVirtual ? 'gridcell' : 'cell'} class="second">${folded.map((column) =>
              this.#pair(row, column, (record.changed.get(column.id) ?? 0) > nowMs),
            )}</td>`
          : nothing
      }</tr>`;
  }

  #cell(
    row: TableRow,
    column: Column,
    isFirst: boolean,
    isChanged: boolean,
    isGone: boolean,
  ): TemplateResult {
    const cell: Cell = row.cells[column.id] ?? { text: '' };
    const bar = cell.ratio === undefined ? '' : 'bar';
    const className = `${column.align ?? ''} ${bar} ${isChanged ? 'changed' : ''} tone-${cell.tone ?? 'calm'}`;
    const ratio = {
      '--ratio': cell.ratio === undefined ? null : String(Math.min(1, Math.max(0, cell.ratio))),
    };
    const title = cell.hint ?? (cell.text.length > 12 ? cell.text : nothing);
    if (isFirst) {
      return html`<th role="rowheader" scope="row" class=${className} title=${title} ${styleProps(ratio)}
        >${cellWords(column, cell, cell.action !== undefined || row.open !== undefined)}${isGone ? html`<span class="goneWord">gone</span>` : nothing}</th>`;
    }
    const role = this.#virtualizer === undefined ? 'cell' : 'gridcell';
    // Plain cells, of which there are most, are written in one template: every level costs a node of its own.
    if (cell.action === undefined && cell.icon === undefined) {
      return html`<td role=${role} class=${className} title=${title} ${styleProps(ratio)}
        ><span class="words" ${words(cell.text, cell.sinceMs ?? null)}></span></td>`;
    }
    return html`<td role=${role} class=${className} title=${title} ${styleProps(ratio)}
      >${cellWords(column, cell, cell.action !== undefined)}</td>`;
  }

  /** Label and value of a column that has no room of its own. */
  #pair(row: TableRow, column: Column, isChanged: boolean): TemplateResult | typeof nothing {
    const cell = row.cells[column.id];
    if (cell === undefined || (cell.text === '' && cell.sinceMs === undefined)) return nothing;
    return html`<span class="pair tone-${cell.tone ?? 'calm'} ${isChanged ? 'changed' : ''}" title=${cell.hint ?? nothing}
      ><span class="label">${column.title}</span> ${cellWords(column, cell, cell.action !== undefined)}</span>`;
  }

  #chip(): TemplateResult | typeof nothing {
    const { pendingMoves } = this.content;
    if (pendingMoves === 0) return nothing;
    return html`<div class="chipHolder"><div class="chip">
      <span>${movesText(pendingMoves)}</span>
      <button type="button" class="link" @click=${() => this.#applyOrder()}>Apply order</button>
    </div></div>`;
  }

  // Virtual scrolling

  get #scroller(): HTMLElement | null {
    return this.body.querySelector<HTMLElement>('.scroller');
  }

  #updateVirtualizer(): void {
    const { items } = this.content;
    const isTall = this.#split.folded.length > 0;
    const options = {
      count: items.length,
      getScrollElement: () => this.body.querySelector<HTMLElement>('.scroller.virtual'),
      estimateSize: (index: number) =>
        isTall && items[index]?.kind === 'row' ? tallRowHeightPx : rowHeightPx,
      getItemKey: (index: number) => items[index]?.key ?? index,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      overscan,
      useAnimationFrameWithResizeObserver: true,
      scrollPaddingEnd: headHeightPx,
      initialRect: { width: 1000, height: 700 },
      rangeExtractor: (range: Range) => this.#withActive(range),
      onChange: () => {
        this.#saveLater();
        this.draw();
      },
    };
    if (this.#virtualizer === undefined) {
      this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>(options);
      this.#releaseVirtualizer = this.#virtualizer._didMount();
    } else this.#virtualizer.setOptions(options);
  }

  #dropVirtualizer(): void {
    this.#releaseVirtualizer?.();
    this.#releaseVirtualizer = undefined;
    this.#virtualizer = undefined;
  }

  /** The row with the focus stays drawn however far the table is scrolled, so that focus is never lost. */
  #withActive(range: Range): number[] {
    const first = Math.max(0, range.startIndex - range.overscan);
    const last = Math.min(range.count - 1, range.endIndex + range.overscan);
    const indexes: number[] = [];
    if (this.#hasFocus && this.#activeIndex < first) indexes.push(this.#activeIndex);
    for (let index = first; index <= last; index += 1) indexes.push(index);
    if (this.#hasFocus && this.#activeIndex > last && this.#activeIndex < range.count)
      indexes.push(this.#activeIndex);
    return indexes;
  }

  #settleVirtualizer(anchor: Anchor | null): void {
    const virtualizer = this.#virtualizer;
    const scroller = this.#scroller;
    if (virtualizer === undefined || scroller === null) return;
    const isNew = virtualizer.scrollElement !== scroller;
    virtualizer._willUpdate();
    if (anchor !== null) {
      const index = this.#indexOf.get(anchor.key);
      const start = index === undefined ? undefined : virtualizer.measurementsCache[index]?.start;
      if (start !== undefined && scroller.scrollTop !== start + anchor.offsetPx)
        scroller.scrollTop = start + anchor.offsetPx;
    }
    if (this.#split.folded.length > 0) {
      for (const element of scroller.querySelectorAll<HTMLElement>('tr[data-index]'))
        virtualizer.measureElement(element);
    }
    // The size of the scroller is known only now; draw the lines that fit into it.
    if (isNew || this.#split.folded.length > 0) {
      this.#lines = this.#drawnLines();
      render(this.#template(), this.body);
    }
  }

  #anchor(): Anchor | null {
    const virtualizer = this.#virtualizer;
    const scroller = this.#scroller;
    if (virtualizer === undefined || scroller === null || scroller.scrollTop === 0) return null;
    const first = virtualizer.getVirtualItemForOffset(scroller.scrollTop);
    return first === undefined
      ? null
      : { key: String(first.key), offsetPx: scroller.scrollTop - first.start };
  }

  #restoreAnchor(): void {
    const key = this.#restoredAnchor;
    this.#restoredAnchor = null;
    const index = key === null ? undefined : this.#indexOf.get(key);
    if (index === undefined || this.#virtualizer === undefined) return;
    const start = this.#virtualizer.measurementsCache[index]?.start;
    const scroller = this.#scroller;
    if (start !== undefined && scroller !== null) scroller.scrollTop = start;
  }

  #onResize(): void {
    if (this.body.clientWidth !== 0 && this.body.clientWidth !== this.#widthPx) this.draw(this.#anchor());
  }

  // Freezing and marks

  #setPointer(hasPointer: boolean): void {
    this.#hasPointer = hasPointer;
    this.#updateFrozen();
  }

  #onFocusIn = (event: FocusEvent): void => {
    this.#hasFocus = true;
    const key = keyOf(event.target);
    if (key !== null && key !== this.#active) this.#setActive(key);
    this.#updateFrozen();
  };

  #onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && this.body.contains(event.relatedTarget)) return;
    // Drawing may take a focused element away for a moment; focus is put back at the end of it.
    if (this.#isDrawing) return;
    this.#hasFocus = false;
    this.#updateFrozen();
  };

  #updateFrozen(): void {
    const hadMoves = this.content.pendingMoves > 0;
    this.content.setFrozen(this.#hasPointer || this.#hasFocus);
    if (hadMoves && this.content.pendingMoves === 0) this.draw(this.#anchor());
    this.#watchExpiry();
  }

  #applyOrder(): void {
    this.content.applyOrder();
    this.draw(this.#anchor());
    this.#focusActive();
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiryTimer);
    const nowMs = hostNowMs();
    const { changed, nextMs } = this.content.expire(nowMs);
    if (changed) this.draw(this.#anchor());
    if (nextMs !== null)
      this.#expiryTimer = setTimeout(() => this.#watchExpiry(), Math.max(50, nextMs - nowMs));
  }

  // What the reader does

  #choose(choice: Parameters<TableContent['choose']>[0]): void {
    if (choice.problemsOnly !== undefined) this.#problemsOnly = choice.problemsOnly;
    if (choice.groupBy !== undefined) choice = { folded: new Set(), ...choice };
    this.content.choose(choice);
    if (choice.filter !== undefined || choice.problemsOnly !== undefined) {
      const scroller = this.#scroller;
      if (scroller !== null) scroller.scrollTop = 0;
      this.#active = null;
    }
    this.draw();
    this.#save();
  }

  #sortBy(column: string): void {
    const { sort } = this.content.choice;
    const next: TableSort | null =
      sort?.column !== column
        ? { column, descending: false }
        : sort.descending
          ? null
          : { column, descending: true };
    this.#choose({ sort: next });
  }

  #fold(group: string, isFolded: boolean): void {
    const folded = new Set(this.content.choice.folded);
    if (isFolded) folded.add(group);
    else folded.delete(group);
    const anchor = this.#anchor();
    this.content.choose({ folded });
    this.draw(anchor);
    this.#save();
  }

  #onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element)) return;
    const sort = event.target.closest<HTMLElement>('[data-sort]')?.dataset.sort;
    if (sort !== undefined) {
      this.#sortBy(sort);
      return;
    }
    const fold = event.target.closest<HTMLElement>('[data-fold]')?.dataset.fold;
    if (fold !== undefined) {
      this.#fold(fold, !this.content.choice.folded.has(fold));
      return;
    }
    const key = keyOf(event.target);
    const record = key === null ? undefined : this.content.record(key);
    if (record === undefined || hasTextSelection()) return;
    const column = event.target.closest<HTMLElement>('[data-column]')?.dataset.column;
    const action = (column === undefined ? undefined : record.row.cells[column]?.action) ?? record.row.open;
    if (action !== undefined) this.#options.act(action);
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey) return;
    if (event.target instanceof Element && event.target.closest('thead') !== null) {
      this.#onHeadKey(event);
      return;
    }
    if (this.#rowKey(event)) event.preventDefault();
  };

  /** @returns whether the key meant something here. */
  #rowKey(event: KeyboardEvent): boolean {
    const { items } = this.content;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === 'c' && !event.shiftKey && !hasTextSelection()) return this.#copy();
      if (event.key === 'Home') return this.#moveTo(0);
      if (event.key === 'End') return this.#moveTo(items.length - 1);
      return false;
    }
    switch (event.key) {
      case 'ArrowDown':
        return this.#moveTo(this.#activeIndex + 1);
      case 'ArrowUp':
        return this.#activeIndex === 0 ? this.#focusHead() : this.#moveTo(this.#activeIndex - 1);
      case 'Home':
        return this.#moveTo(0);
      case 'End':
        return this.#moveTo(items.length - 1);
      case 'PageDown':
        return this.#moveTo(this.#activeIndex + this.#pageSize());
      case 'PageUp':
        return this.#moveTo(this.#activeIndex - this.#pageSize());
      case 'ArrowLeft':
        return this.#goLeft(event.target);
      case 'ArrowRight':
        return this.#goRight(event.target);
      case 'Enter':
        return this.#open(event.target);
      case ' ':
        return this.#toggleSelected();
      case '/':
        return this.focusFilter();
      default:
        return false;
    }
  }

  #onHeadKey(event: KeyboardEvent): void {
    const buttons = [...this.body.querySelectorAll<HTMLElement>('[data-sort]')];
    const index = positionOf(buttons, event.target);
    const next = event.key === 'ArrowLeft' ? index - 1 : event.key === 'ArrowRight' ? index + 1 : undefined;
    if (event.key === 'ArrowDown') this.#focusActive();
    else if (next !== undefined) buttons[Math.min(buttons.length - 1, Math.max(0, next))]?.focus();
    else if (event.key === '/') this.focusFilter();
    else return;
    event.preventDefault();
  }

  #focusHead(): boolean {
    this.body.querySelector<HTMLElement>('[data-sort]')?.focus();
    return true;
  }

  #moveTo(index: number): boolean {
    const bounded = Math.max(0, Math.min(index, this.content.items.length - 1));
    const item = this.content.items[bounded];
    if (item === undefined) return true;
    this.#active = item.key;
    this.#activeIndex = bounded;
    this.#virtualizer?.scrollToIndex(bounded, { align: 'auto' });
    this.#focusActive();
    this.#activeElement()?.scrollIntoView({ block: 'nearest' });
    return true;
  }

  #pageSize(): number {
    const heightPx =
      this.#virtualizer === undefined ? window.innerHeight : (this.#scroller?.clientHeight ?? 0);
    const lineHeightPx = this.body.querySelector<HTMLElement>('tr.row')?.offsetHeight ?? rowHeightPx;
    return Math.max(1, Math.floor((heightPx - headHeightPx) / lineHeightPx) - 1);
  }

  #goLeft(target: EventTarget | null): boolean {
    const item = this.content.items[this.#activeIndex];
    if (item?.kind === 'group') {
      if (!item.isFolded) this.#fold(item.name, true);
      return true;
    }
    const links = this.#linksOfActive();
    const position = positionOf(links, target);
    if (position > 0) links[position - 1]?.focus();
    else if (position === 0) this.#focusActive();
    else if (this.content.choice.groupBy !== null) {
      for (let index = this.#activeIndex; index >= 0; index -= 1) {
        if (this.content.items[index]?.kind === 'group') return this.#moveTo(index);
      }
    }
    return true;
  }

  #goRight(target: EventTarget | null): boolean {
    const item = this.content.items[this.#activeIndex];
    if (item?.kind === 'group') {
      if (item.isFolded) this.#fold(item.name, false);
      return true;
    }
    const links = this.#linksOfActive();
    links[Math.min(links.length - 1, positionOf(links, target) + 1)]?.focus();
    return true;
  }

  #linksOfActive(): HTMLElement[] {
    const row = this.#activeElement()?.closest('tr');
    return row == null ? [] : [...row.querySelectorAll<HTMLElement>('button.link')];
  }

  #open(target: EventTarget | null): boolean {
    // A button that has the focus answers Enter by itself.
    if (target instanceof Element && target.closest('button') !== null) return false;
    const item = this.content.items[this.#activeIndex];
    if (item?.kind === 'row' && item.record.row.open !== undefined) this.#options.act(item.record.row.open);
    return true;
  }

  #toggleSelected(): boolean {
    const item = this.content.items[this.#activeIndex];
    if (item?.kind !== 'row') return false;
    if (!this.#selected.delete(item.key)) this.#selected.add(item.key);
    this.draw();
    return true;
  }

  /** Copies the selected rows, or the one with the focus. */
  #copy(): boolean {
    const chosen = this.content.items.flatMap((item) =>
      item.kind === 'row' && this.#selected.has(item.key) ? [item.record.row] : [],
    );
    const item = this.content.items[this.#activeIndex];
    const rows = chosen.length > 0 ? chosen : item?.kind === 'row' ? [item.record.row] : [];
    if (rows.length === 0) return false;
    this.#options.act({ kind: 'copy', text: rowsAsText(this.content.columns, rows, hostNowMs()) });
    return true;
  }

  // Focus

  #setActive(key: string): void {
    this.#active = key;
    this.#activeIndex = this.#indexOf.get(key) ?? this.#activeIndex;
    // Only one row is a tab stop; moving it must not wait for the next change of data.
    this.draw();
  }

  #activeElement(): HTMLElement | null {
    for (const element of this.body.querySelectorAll<HTMLElement>('[data-rove]')) {
      if (keyOf(element) === this.#active) return element;
    }
    return null;
  }

  #focusActive(): void {
    this.#hasFocus = true;
    this.draw();
    const element = this.#activeElement();
    element?.focus({ preventScroll: true });
    if (element === null) this.#hasFocus = false;
  }

  #focusedKey(): string | null {
    const focused = document.activeElement;
    return focused !== null && this.body.contains(focused) ? keyOf(focused) : null;
  }

  #keepFocus(): void {
    const focused = document.activeElement;
    if (focused !== null && focused !== document.body) return;
    const element = this.#activeElement();
    if (element === null) {
      this.#hasFocus = false;
      this.#updateFrozen();
    } else element.focus({ preventScroll: true });
  }

  // Memory

  #saveLater(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.#save(), saveDelayMs);
  }

  #save(): void {
    const { filter, sort, groupBy, folded } = this.content.choice;
    this.#options.onView({
      filter,
      sort,
      groupBy,
      folded: [...folded],
      problemsOnly: this.#problemsOnly,
      anchor: this.#anchor()?.key ?? null,
    });
  }
}

function cellWords(column: Column, cell: Cell, isLink: boolean): TemplateResult {
  const text = words(cell.text, cell.sinceMs ?? null);
  if (isLink) {
    return cell.icon === undefined
      ? html`<button type="button" class="link" tabindex="-1" data-column=${column.id} ${text}></button>`
      : html`<i class=${iconClass(cell.icon)} aria-hidden="true"></i><button type="button" class="link" tabindex="-1" data-column=${column.id} ${text}></button>`;
  }
  return cell.icon === undefined
    ? html`<span class="words" ${text}></span>`
    : html`<i class=${iconClass(cell.icon)} aria-hidden="true"></i><span class="words" ${text}></span>`;
}

function keyOf(target: EventTarget | null): string | null {
  if (!(target instanceof Element)) return null;
  return target.closest<HTMLElement>('tr[data-id]')?.dataset.id ?? null;
}

/** Index of the event's target in a list of elements; -1 when it is none of them. */
function positionOf(elements: readonly HTMLElement[], target: EventTarget | null): number {
  return target instanceof HTMLElement ? elements.indexOf(target) : -1;
}

function hasTextSelection(): boolean {
  return (window.getSelection()?.toString() ?? '') !== '';
}
