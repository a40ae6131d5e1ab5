import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Banner } from '../../src/contract/panels.ts';
import { words } from './age.ts';
import { type Act, copyButton } from './copyButton.ts';
import { iconClass } from './stateBadge.ts';

const shownAtFirst = 2;

export interface BannerListOptions {
  readonly banners: readonly Banner[];
  readonly act: Act;
  /** Whether those beyond the first two are shown. */
  readonly showAll: boolean;
  readonly onToggle: () => void;
}

/** Notices of the page: two, then how many more there are. The order is the host's: worst first. */
export function bannerList({ banners, act, showAll, onToggle }: BannerListOptions): TemplateResult {
  const hidden = banners.length - shownAtFirst;
  const shown = showAll ? banners : banners.slice(0, shownAtFirst);
  return html`<section class="banners" aria-label="Notices" ?hidden=${banners.length === 0}>
    ${repeat(
      shown,
      ({ id }) => id,
      (banner) => bannerTemplate(banner, act),
    )}
    ${
      hidden > 0
        ? html`<button type="button" class="link more" aria-expanded=${showAll ? 'true' : 'false'} @click=${onToggle}
            >${showAll ? 'Show fewer notices' : `+${hidden} more`}</button>`
        : nothing
    }
  </section>`;
}

function bannerTemplate(banner: Banner, act: Act): TemplateResult {
  const rest = [banner.why, banner.next].filter((part) => part !== null && part !== '').join(' ');
  return html`<div class="banner copyable edge-${banner.tone} tone-${banner.tone}" data-banner=${banner.id}>
    <i class=${iconClass(banner.icon)} aria-hidden="true"></i>
    <p><strong>${banner.what}</strong>${
      banner.sinceMs === null ? nothing : html` <span class="age" ${words('', banner.sinceMs)}></span>`
    }${rest === '' ? nothing : html` <span class="why">${rest}</span>`}</p>
    ${banner.tone === 'calm' ? nothing : copyButton(bannerText(banner), 'this notice', act)}
    ${banner.buttons
      .slice(0, 2)
      .map(
        ({ label, action }) =>
          html`<vscode-button appearance="secondary" @click=${() => act(action)}>${label}</vscode-button>`,
      )}
  </div>`;
}

/** What, why and next step in one line. */
export function bannerText(banner: Banner): string {
  return [banner.what, banner.why, banner.next].filter((part) => part !== null && part !== '').join(' ');
}
