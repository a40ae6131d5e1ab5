import { html, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { live } from 'lit/directives/live.js';
import type { HaStatusHeader } from '../../src/contract/panels.ts';

/**
 * The choice of a cluster. The dropdown takes no notice when an option is renamed or gets another value, and keeps what a
 * reader chose although the host stayed where it was: other options make a new dropdown, and its value is compared with
 * what it really shows.
 */
export function clusterPicker(
  { clusters, selected }: Pick<HaStatusHeader, 'clusters' | 'selected'>,
  onSelect: (clusterId: string) => void,
): TemplateResult {
  const select = (event: Event): void => {
    const { target } = event;
    if (target instanceof HTMLElement && 'value' in target && typeof target.value === 'string')
      onSelect(target.value);
  };
  const options = JSON.stringify(clusters.map(({ id, label }) => [id, label]));
  return html`${keyed(
    options,
    html`<vscode-dropdown id="cluster" aria-label="Cluster" .value=${live(selected)} @change=${select}>
      ${clusters.map(
        ({ id, label }) =>
          html`<vscode-option value=${id} ?selected=${id === selected}>${label}</vscode-option>`,
      )}
    </vscode-dropdown>`,
  )}`;
}
