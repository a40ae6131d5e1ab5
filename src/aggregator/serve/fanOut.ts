import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import type { ClusterList, ClusterReader, Reading } from '../collector.ts';

/** How long clusters are still waited for once the first has answered, milliseconds. */
const stragglerGraceMs = 2_000;

/** The lists of one cluster, and its name for rows. */
export interface ClusterAnswer<List extends ClusterList> {
  readonly key: string;
  readonly name: string;
  readonly readings: Readonly<Record<List, Reading>>;
}

/**
 * Asks all clusters for all lists at once. A cluster that is known to fail is answered from its failure while a new try
 * goes on behind it; one that keeps the others waiting is given up for this answer after a short grace. Never rejects.
 */
export async function fanOut<List extends ClusterList>(
  readers: readonly ClusterReader[],
  lists: readonly List[],
  clock: Clock,
): Promise<ClusterAnswer<List>[]> {
  const answers: (ClusterAnswer<List> | null)[] = readers.map(() => null);
  const waited: Promise<void>[] = [];
  for (const [index, reader] of readers.entries()) {
    const standing = reader.standingFailure;
    const asked = askCluster(reader, lists).then((answer) => {
      answers[index] ??= answer;
    });
    if (standing === null) waited.push(asked);
    else answers[index] = failedAnswer(reader, lists, standing);
  }
  await settleWithGrace(waited, clock);
  return readers.map((reader, index) => answers[index] ?? failedAnswer(reader, lists, noAnswerYet(clock)));
}

async function askCluster<List extends ClusterList>(
  reader: ClusterReader,
  lists: readonly List[],
): Promise<ClusterAnswer<List>> {
  const [name, ...readings] = await Promise.all([reader.name(), ...lists.map((list) => reader.read(list))]);
  const entries = lists.map((list, index) => [list, readings[index]]);
  return { key: reader.key, name, readings: Object.fromEntries(entries) as Record<List, Reading> };
}

/** Resolves when all are done, or when the grace after the first one is over. */
async function settleWithGrace(tasks: readonly Promise<void>[], clock: Clock): Promise<void> {
  if (tasks.length === 0) return;
  await Promise.race(tasks);
  let timer: Disposable | null = null;
  const grace = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, stragglerGraceMs);
  });
  await Promise.race([Promise.all(tasks), grace]);
  (timer as Disposable | null)?.dispose();
}

function failedAnswer<List extends ClusterList>(
  reader: ClusterReader,
  lists: readonly List[],
  error: FleetError,
): ClusterAnswer<List> {
  const reading: Reading = { state: 'failed', error };
  const entries = lists.map((list) => [list, reading]);
  return {
    key: reader.key,
    name: reader.knownName ?? reader.key,
    readings: Object.fromEntries(entries) as Record<List, Reading>,
  };
}

function noAnswerYet(clock: Clock): FleetError {
  return {
    code: 'timeout',
    message: 'no answer yet, while the other clusters have answered',
    httpStatus: null,
    endpoint: null,
    sinceMs: clock.now(),
    retryAfterS: null,
    certificate: null,
    expectedFingerprint: null,
  };
}
