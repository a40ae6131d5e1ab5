import { systemClock } from '../../base/clock.ts';
import { DisposableStore } from '../../base/lifecycle.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { ConnectionSetting } from '../settings/connectionSettings.ts';
import { type OpenConnectionOptions, openConnection } from './openConnection.ts';

/** One cluster that a test found, or failed to read. */
export interface ProbedCluster {
  readonly name: string;
  readonly nodeCount: number;
  readonly error: FleetError | null;
}

/** Outcome of trying a connection without keeping it. */
export type ProbeResult =
  | {
      readonly state: 'reached';
      readonly version: string | null;
      readonly clusters: readonly ProbedCluster[];
    }
  | { readonly state: 'failed'; readonly error: FleetError }
  | { readonly state: 'timedOut' };

/** How long a test may take in all, milliseconds. */
const probeDeadlineMs = 20_000;

/**
 * Opens a connection as it would be used, waits until every cluster answered or failed, and closes it again. The stream
 * is used rather than a single request, so that what works here works later.
 */
export async function probeConnection(
  setting: ConnectionSetting,
  options: OpenConnectionOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const owned = new DisposableStore();
  const { connection } = owned.add(openConnection(setting, { ...options, storeFolder: null }));
  try {
    return await new Promise<ProbeResult>((resolve) => {
      const look = (): void => {
        const { state } = connection;
        if (state.kind === 'halted' || state.kind === 'waiting')
          resolve({ state: 'failed', error: state.error });
        if (state.kind !== 'live') return;
        const clusters = [...connection.store.list('clusters').values()];
        if (clusters.some((cluster) => cluster.freshness.lastAttemptMs === null)) return;
        if (connection.store.position === null) return;
        resolve({
          state: 'reached',
          version: connection.capabilities?.version ?? null,
          clusters: clusters.map((cluster) => ({
            name: cluster.name,
            nodeCount: connection.store.idsOf(cluster.key, 'nodes').size,
            error: cluster.freshness.error,
          })),
        });
      };
      owned.add(connection.onDidChangeState(look));
      owned.add(connection.store.onDidChange(look));
      owned.add(systemClock.setTimeout(() => resolve({ state: 'timedOut' }), probeDeadlineMs));
      signal.addEventListener('abort', () => resolve({ state: 'timedOut' }), { once: true });
      owned.add(connection.watch());
      look();
    });
  } finally {
    owned.dispose();
  }
}
