import { RefusedByServer } from '../../client/intentClient.ts';
import { intentSentence } from '../../console/intent/intentErrors.ts';
import { type IntentPort, IntentRefused } from '../../console/intent/intentPort.ts';
import type { Services } from '../services.ts';

/** The server behind a connection, with its failures in words; `null` while the connection is off. */
export function createIntentPort({ registry }: Services, connectionId: string): IntentPort | null {
  const active = registry.active.get(connectionId);
  if (active === undefined) return null;
  const { intent, setting } = active;
  const worded = async <T>(ask: Promise<T>): Promise<T> => {
    try {
      return await ask;
    } catch (error) {
      const sentence = intentSentence(error, setting.name);
      throw error instanceof RefusedByServer
        ? new IntentRefused(sentence, error.reason)
        : new Error(sentence, { cause: error });
    }
  };
  const newest = new Map<string, string>();
  return {
    plan: (cluster, diffs) => worded(intent.plan(cluster, diffs)),
    apply: (cluster, order) => worded(intent.apply(cluster, order)),
    run: (runUuid) => worded(intent.run(runUuid)),
    cancelRun: (runUuid) => worded(intent.cancelRun(runUuid)),
    followRun: (runUuid, { onRun, onItem, onEnd }) =>
      intent.followRun(runUuid, newest.get(runUuid) ?? '', {
        onRun,
        onItem,
        onId: (id) => newest.set(runUuid, id),
        onEnd: (error) => onEnd(error === null ? null : intentSentence(error, setting.name)),
      }),
  };
}
