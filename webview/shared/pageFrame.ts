import { html, nothing, type TemplateResult } from 'lit';
import type { StateView } from '../../src/contract/stateView.ts';
import { noMenuContext } from './contextMenu.ts';
import { stateBadge } from './stateBadge.ts';
import { registerControls } from './toolkit.ts';

/** Prepares the host's frame and returns the element to draw into. */
export function openFrame(): HTMLElement {
  registerControls();
  document.body.dataset.vscodeContext = noMenuContext;
  return document.querySelector<HTMLElement>('#app') ?? document.body;
}

export interface HeaderOptions {
  readonly title: string;
  readonly subtitle?: string;
  readonly freshness: StateView;
  /** Between title and freshness: a picker. */
  readonly picker?: unknown;
  readonly actions: unknown;
}

/** First line of the page: what it is about, how fresh it is, what can be done. */
export function pageHeader({ title, subtitle, freshness, picker, actions }: HeaderOptions): TemplateResult {
  return html`<header class="pageHead">
    <h1>${title}</h1>
    ${subtitle === undefined || subtitle === '' ? nothing : html`<span class="subtitle">${subtitle}</span>`}
    ${picker ?? nothing}
    <span class="freshness">${stateBadge(freshness)}</span>
    <span class="actions">${actions}</span>
  </header>`;
}

/** Until the first message of the host. */
export function waitingTemplate(): TemplateResult {
  return html`<main class="waiting"><vscode-progress-ring aria-label="Waiting for data"></vscode-progress-ring><p>Waiting for data.</p></main>`;
}
