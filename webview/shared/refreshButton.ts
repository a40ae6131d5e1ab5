import { html, type TemplateResult } from 'lit';
import type { Act } from './copyButton.ts';

const patienceMs = 10_000;

/** The Refresh button: it turns while our own request is under way, at most ten seconds. */
export class RefreshButton {
  readonly #act: Act;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(act: Act, onChange: () => void) {
    this.#act = act;
    this.#onChange = onChange;
  }

  /** Data came: the request is over. Call before drawing. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  template(): TemplateResult {
    const isBusy = this.#timer !== undefined;
    return html`<vscode-button appearance="secondary" @click=${() => this.#start()}
      ><span slot="start" class="codicon codicon-refresh ${isBusy ? 'codicon-modifier-spin' : ''}" aria-hidden="true"></span
      >Refresh</vscode-button>`;
  }

  #start(): void {
    this.#act({ kind: 'refresh' });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.settle();
      this.#onChange();
    }, patienceMs);
    this.#onChange();
  }
}
