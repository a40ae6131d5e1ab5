import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import type { IntentPort } from './intentPort.ts';
import { NotDone } from './notDone.ts';
import type { IntentFinding, ReadIntent } from './readIntent.ts';

export interface IntentTargetOptions {
  readonly model: FleetModel;
  /** The server behind a connection of the console; `null` when it is off. */
  readonly portOf: (connectionId: string) => IntentPort | null;
}

/** Which of the connected clusters a document is for. */
export class IntentTarget {
  readonly #options: IntentTargetOptions;
  /** Connection that was chosen where several have a cluster of this key. */
  #connectionId: string | null = null;

  constructor(options: IntentTargetOptions) {
    this.#options = options;
  }

  choose(connectionId: string): void {
    this.#connectionId = connectionId;
  }

  /** Clusters that the document may mean: its key over all connections. */
  candidates(read: ReadIntent): readonly ClusterEntry[] {
    const key = read.document?.cluster ?? read.cluster;
    return this.#options.model.clusters().filter(({ record }) => record.key === key);
  }

  /** The cluster it is for; `null` when none or several come into question. */
  entry(read: ReadIntent): ClusterEntry | null {
    const candidates = this.candidates(read);
    const chosen = candidates.find(({ connection }) => connection.id === this.#connectionId);
    return chosen ?? (candidates.length === 1 ? (candidates[0] ?? null) : null);
  }

  /** The server to ask, of this cluster or of the one the document is for; throws {@link NotDone} without one. */
  server(read: ReadIntent, clusterId?: string): { readonly entry: ClusterEntry; readonly port: IntentPort } {
    const entry = clusterId === undefined ? this.entry(read) : this.#options.model.clusterEntry(clusterId);
    const port = entry == null ? null : this.#options.portOf(entry.connection.id);
    if (entry == null || port === null) throw new NotDone(this.unknownCluster(read).message);
    return { entry, port };
  }

  /** What to say at the document's cluster while it names none, or several. */
  unknownCluster(read: ReadIntent): IntentFinding {
    const { model } = this.#options;
    const key = read.cluster ?? '';
    const known = [...new Set(model.clusters().map(({ record }) => record.key))];
    const candidates = this.candidates(read);
    const message =
      candidates.length > 1
        ? `Several connections have a cluster "${key}". Choose one with Plan.`
        : `No connected cluster is called "${key}". ${known.length === 0 ? 'No cluster is connected.' : `Known: ${known.join(', ')}.`}`;
    return {
      severity: 'warning',
      code: 'cluster_unknown',
      message,
      path: ['cluster'],
      range: read.source.valueRange(['cluster']),
      origin: 'meaning',
    };
  }
}
