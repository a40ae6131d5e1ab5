import { html, nothing, type TemplateResult } from 'lit';

export interface SectionOptions {
  readonly id: string;
  readonly title: string;
  /** Behind the title: "48", "6 · 1 problem". */
  readonly note: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  /** Beside the heading while the section is open. */
  readonly tools?: unknown;
  readonly body: unknown;
}

/** A part of the page under a heading that folds it. */
export function section(options: SectionOptions): TemplateResult {
  const { id, title, note, isOpen, onToggle, tools, body } = options;
  return html`<section class="section" id=${id} aria-labelledby="heading-${id}">
    <div class="sectionHead">
      <h2 id="heading-${id}"><button type="button" class="foldButton" aria-expanded=${isOpen ? 'true' : 'false'}
        aria-controls="content-${id}" @click=${onToggle}
        ><i class="codicon codicon-chevron-${isOpen ? 'down' : 'right'}" aria-hidden="true"></i
        ><span>${title}</span>${note === '' ? nothing : html`<span class="note">${note}</span>`}</button></h2>
      ${isOpen ? (tools ?? nothing) : nothing}
    </div>
    <div id="content-${id}" class="sectionBody" ?hidden=${!isOpen}>${body}</div>
  </section>`;
}
