import type { FleetError } from '../contract/model/fleetError.ts';
import type { ActionButton, Banner } from '../contract/panels.ts';
import type { Tone } from '../contract/stateView.ts';
import { explainFleetError } from './errorText.ts';
import type { ClusterEntry, ModelConnection } from './fleetModel.ts';

/** Route that a server must offer to be read at all. */
export const haSummaryRoute = 'GET /proxmox/cluster/ha/summary';

/** Reads everything now. */
export const refreshButton: ActionButton = { label: 'Refresh', action: { kind: 'refresh' } };

/** What the words of an error depend on. */
export interface ErrorBannerFacts {
  readonly connection: ModelConnection;
  readonly clusterName: string | undefined;
  readonly retryAtMs: number | null;
  readonly nowMs: number;
  readonly dataFromMs: number | null;
}

/** An error in the console's template, as a banner. */
export function errorBanner(
  id: string,
  error: FleetError,
  tone: Tone,
  icon: string,
  facts: ErrorBannerFacts,
): Banner {
  const text = explainFleetError(error, {
    connectionName: facts.connection.name,
    clusterName: facts.clusterName,
    connectionId: facts.connection.id,
    serverVersion: facts.connection.connection.capabilities?.version,
    retryAtMs: facts.retryAtMs,
    nowMs: facts.nowMs,
    dataFromMs: facts.dataFromMs,
    route: error.code === 'notOffered' ? haSummaryRoute : undefined,
  });
  return {
    id,
    tone,
    icon,
    what: `${text.who}: ${text.what}`,
    why: text.why,
    next: text.next,
    buttons: text.buttons,
    sinceMs: tone === 'unknown' ? facts.dataFromMs : null,
  };
}

/** A banner of a cluster, under an id of its own there. */
export function banner(
  entry: ClusterEntry,
  id: string,
  tone: Tone,
  icon: string,
  what: string,
  rest: Pick<Banner, 'why' | 'next' | 'buttons'> & { readonly sinceMs?: number | null },
): Banner {
  return { id: `${entry.id}/${id}`, tone, icon, what, sinceMs: null, ...rest };
}

export function connectionButton(
  label: string,
  connection: ModelConnection,
  verb: 'test' | 'edit' | 'reviewCertificate' | 'enableHttps',
): ActionButton {
  return { label, action: { kind: 'connection', connectionId: connection.id, verb } };
}
