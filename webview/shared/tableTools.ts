import { html, nothing, render, type TemplateResult } from 'lit';
import { hostNowMs } from './age.ts';
import type { Act } from './copyButton.ts';
import type { TableChoice, TableContent } from './tableContent.ts';
import { rowsAsCsv, rowsAsMarkdown } from './tableText.ts';
import { controlValue } from './toolkit.ts';

export interface TableToolsOptions {
  readonly id: string;
  readonly content: TableContent;
  readonly isOffered: boolean;
  readonly act: Act;
  readonly choose: (choice: Partial<TableChoice>) => void;
  /** Puts the focus back into the rows. */
  readonly leaveFilter: () => void;
}

const ungrouped = 'none';

/** Draws tabs, grouping, filter box and copy buttons of a table. */
export function drawTools(parent: HTMLElement, options: TableToolsOptions): void {
  parent.hidden = !options.isOffered;
  render(options.isOffered ? toolsTemplate(options) : nothing, parent);
  const filter = parent.querySelector<HTMLElement & { value: string }>('vscode-text-field');
  const { choice } = options.content;
  if (filter !== null && filter.value !== choice.filter) filter.value = choice.filter;
  const grouping = parent.querySelector<HTMLElement & { value: string }>('vscode-dropdown');
  const group = choice.groupBy ?? ungrouped;
  // The dropdown learns of its options a moment after they are drawn.
  if (grouping !== null && grouping.value !== group) {
    queueMicrotask(() => {
      grouping.value = group;
    });
  }
}

/** @returns whether there is a filter box that took the focus. */
export function focusFilter(parent: HTMLElement): boolean {
  const filter = parent.querySelector<HTMLElement>('vscode-text-field');
  if (filter === null || parent.hidden) return false;
  filter.focus();
  return true;
}

function toolsTemplate(options: TableToolsOptions): TemplateResult {
  const { content, choose, id } = options;
  const { filter } = content.choice;
  return html`${tabs(options)}${grouping(options)}
    <vscode-text-field class="filter" placeholder="Filter" aria-label="Filter ${content.title}" name="filter-${id}"
      @input=${(event: Event) => choose({ filter: controlValue(event) })}
      @keydown=${(event: KeyboardEvent) => onFilterKey(event, options)}
      ><span slot="start" class="codicon codicon-search" aria-hidden="true"></span
    ></vscode-text-field>
    <span class="count">${
      filter.trim() === '' && !content.choice.problemsOnly ? nothing : `${content.shown} of ${content.total}`
    }</span>
    ${copyRows(options)}`;
}

function onFilterKey(event: KeyboardEvent, { choose, leaveFilter }: TableToolsOptions): void {
  if (event.key === 'Escape') choose({ filter: '' });
  else if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  leaveFilter();
}

function tabs({ content, choose, id }: TableToolsOptions): TemplateResult | typeof nothing {
  const { problemsOnly } = content.choice;
  if (content.problems === 0 && !problemsOnly) return nothing;
  const tab = (label: string, count: number, isProblems: boolean): TemplateResult => {
    const isChosen = isProblems === problemsOnly;
    return html`<button type="button" role="tab" class="tab" id="tab-${id}-${isProblems ? 'problems' : 'all'}"
      aria-selected=${isChosen ? 'true' : 'false'} aria-controls="table-${id}" tabindex=${isChosen ? 0 : -1}
      @click=${() => choose({ problemsOnly: isProblems })}
      >${label}<span class="number">${count}</span></button>`;
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    choose({ problemsOnly: !problemsOnly });
    const list = event.currentTarget;
    if (list instanceof Element) list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  };
  return html`<div role="tablist" class="tabs" aria-label="Rows of ${content.title}" @keydown=${onKey}
    >${tab('Problems', content.problems, true)}${tab('All', content.total, false)}</div>`;
}

function grouping({ content, choose, id }: TableToolsOptions): TemplateResult | typeof nothing {
  if (content.groupings.length === 0) return nothing;
  const onChange = (event: Event): void => {
    const value = controlValue(event);
    const groupBy = value === ungrouped ? null : value;
    if (groupBy !== content.choice.groupBy) choose({ groupBy });
  };
  return html`<span class="grouping"><span class="label" aria-hidden="true">Group</span>
    <vscode-dropdown aria-label="Group ${content.title}" name="group-${id}" @change=${onChange}>
      <vscode-option value=${ungrouped}>none</vscode-option>
      ${content.groupings.map(({ key, label }) => html`<vscode-option value=${key}>${label}</vscode-option>`)}
    </vscode-dropdown></span>`;
}

function copyRows({ content, act }: TableToolsOptions): TemplateResult {
  const rows = () =>
    content.items.flatMap((item) =>
      item.kind === 'row' && item.record.goneAtMs === null ? [item.record.row] : [],
    );
  const button = (label: string, icon: string, text: () => string): TemplateResult =>
    html`<button type="button" class="iconButton" title=${label} aria-label="${label}: ${content.title}"
      @click=${() => act({ kind: 'copy', text: text() })}
      ><i class="codicon codicon-${icon}" aria-hidden="true"></i></button>`;
  return html`<span class="copyRows">${button('Copy as Markdown', 'markdown', () =>
    rowsAsMarkdown(content.columns, rows(), hostNowMs()),
  )}${button('Copy as CSV', 'table', () => rowsAsCsv(content.columns, rows(), hostNowMs()))}</span>`;
}
