import { html, nothing, type TemplateResult } from 'lit';
import type { Banner, PageAction } from '../../src/contract/panels.ts';
import { age } from './age.ts';
import { toneIcon } from './stateBadge.ts';

const shownAtOnce = 2;

/** The banner region: two at once, the others behind a button that stays where it is. */
export function bannerRegion(
  banners: readonly Banner[],
  expanded: boolean,
  act: (action: PageAction) => void,
  toggle: () => void,
): TemplateResult {
  const shown = expanded ? banners : banners.slice(0, shownAtOnce);
  const hidden = banners.length - shownAtOnce;
  return html`<section class="banners" aria-label="Messages">
    ${shown.map(
      (banner) => html`<div class="banner edge-${banner.tone}">
        ${toneIcon(banner.icon, banner.tone)}
        <p><strong>${banner.what}</strong>${banner.sinceMs === null ? nothing : html` (${age(banner.sinceMs)})`}
          ${banner.why === null ? nothing : html`<span>${banner.why}</span>`}
          ${banner.next === null ? nothing : html`<span class="next">${banner.next}</span>`}</p>
        <div class="actions">${banner.buttons.map(
          (button) =>
            html`<vscode-button appearance="secondary" @click=${() => act(button.action)}>${button.label}</vscode-button>`,
        )}</div>
      </div>`,
    )}
    ${
      hidden > 0
        ? html`<vscode-button appearance="secondary" aria-expanded=${expanded} @click=${toggle}>${expanded ? 'Fewer messages' : `+${hidden} more`}</vscode-button>`
        : nothing
    }
  </section>`;
}
