import type { IntentCluster } from './intentCluster.ts';
import { IntentRefusal } from './intentRefusal.ts';

/** Switches of the intent path as they stand now. Everything that writes is off until it is switched on. */
export interface IntentSettings {
  /** The master switch; on only after the typed phrase. */
  readonly writesEnabled: boolean;
  /** Whether somebody may approve what they asked for themselves. */
  readonly selfApprovalAllowed: boolean;
  readonly warnPlaintextPassword: boolean;
  /** Days after which a pending deletion request is rejected. */
  readonly deletionTtlDays: number;
  /** Keys of the clusters that may be written to. */
  allowsWrites(cluster: IntentCluster): boolean;
}

/** Reads the switches anew, so that one turned off counts from the next call on. */
export type ReadIntentSettings = () => Promise<IntentSettings>;

/** Why a cluster may not be written to; `null` when it may. */
export function writeBlocker(
  settings: IntentSettings,
  cluster: IntentCluster,
): { readonly code: string; readonly message: string } | null {
  if (!settings.writesEnabled)
    return {
      code: 'writes_disabled',
      message: 'Writing to Proxmox is switched off on this server. An administrator can turn it on.',
    };
  if (!settings.allowsWrites(cluster))
    return {
      code: 'endpoint_writes_disabled',
      message: `Writing to ${cluster.key} is switched off on this server. An administrator can allow it for this cluster.`,
    };
  return null;
}

/** The write gate that every changing route and every destroy passes (contract, the write gate and its bodies). */
export function requireWrites(settings: IntentSettings, cluster: IntentCluster): void {
  const blocker = writeBlocker(settings, cluster);
  if (blocker !== null)
    throw new IntentRefusal(403, blocker.code, blocker.message, {
      endpoint_id: cluster.endpointIds[0] ?? null,
    });
}
