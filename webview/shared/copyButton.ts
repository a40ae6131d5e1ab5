import { html, type TemplateResult } from 'lit';
import type { PageAction } from '../../src/contract/panels.ts';

/** Asks the host to do something. */
export type Act = (action: PageAction) => void;

/** Copies a text through the host. Shown while the line it belongs to (class `copyable`) is hovered or has focus. */
export function copyButton(text: string, what: string, act: Act): TemplateResult {
  const copy = (event: Event): void => {
    event.stopPropagation();
    act({ kind: 'copy', text });
  };
  return html`<button type="button" class="iconButton copy" title="Copy ${what}" aria-label="Copy ${what}" @click=${copy}
    ><i class="codicon codicon-copy" aria-hidden="true"></i
  ></button>`;
}
