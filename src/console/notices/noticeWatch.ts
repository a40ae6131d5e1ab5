import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { ClusterContext } from '../clusterContext.ts';
import type { FleetModel, ModelChange } from '../fleetModel.ts';
import { ClusterEdges, type DueEdge } from './clusterEdges.ts';
import { clusterSigns } from './clusterSigns.ts';
import {
  type EdgeName,
  edgeNames,
  edgeRules,
  type Notice,
  type NoticeSettings,
  quietMs,
} from './noticeKinds.ts';
import {
  clusterText,
  type NoticeSubject,
  noticeButtons,
  noticeText,
  notReadableText,
} from './noticeWords.ts';
import { isSameCluster } from './sameCluster.ts';

export interface NoticeWatchOptions {
  readonly model: FleetModel;
  readonly clock: Clock;
  readonly settings: NoticeSettings;
  /** Whether somebody looks at this cluster's own page now, which speaks for itself. */
  readonly isWatched: (clusterId: string) => boolean;
  readonly tell: (notice: Notice) => void;
}

/** Something that was told, so that the same cluster over another connection does not tell it again. */
interface Told {
  readonly edge: EdgeName;
  readonly clusterId: string;
  /** What it was about, without the connection. */
  readonly subject: string;
  readonly atMs: number;
}

/**
 * Tells changes for the worse, and quorum's return, over all clusters of a model. It reads nothing by itself: what nobody
 * needs read is not watched either.
 */
export class NoticeWatch implements Disposable {
  readonly #options: NoticeWatchOptions;
  readonly #clusters = new Map<string, ClusterEdges>();
  readonly #subscription: Disposable;
  #told: Told[] = [];
  #timer: Disposable | null = null;

  constructor(options: NoticeWatchOptions) {
    this.#options = options;
    this.#subscription = options.model.onDidChange((change) => this.#modelChanged(change));
    this.#observe(options.model.clusters().map(({ id }) => id));
    this.#flush();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#timer?.dispose();
  }

  #modelChanged(change: ModelChange): void {
    const { model } = this.#options;
    const known = model.clusters().map(({ id }) => id);
    const present = new Set(known);
    for (const id of this.#clusters.keys()) if (!present.has(id)) this.#clusters.delete(id);
    const touched = new Set(
      [...change.changed, ...change.removed, ...change.contexts].flatMap((id) => model.clusterIdOf(id) ?? []),
    );
    // A record that went no longer says which cluster it was of; that is rare enough to look at all of them.
    this.#observe(change.ticked || change.removed.size > 0 ? known : known.filter((id) => touched.has(id)));
    this.#flush();
  }

  #observe(clusterIds: readonly string[]): void {
    const { model, clock, settings } = this.#options;
    const nowMs = clock.now();
    for (const id of clusterIds) {
      const context = model.context(id, nowMs);
      if (context === undefined) continue;
      const edges = this.#clusters.get(id) ?? new ClusterEdges();
      this.#clusters.set(id, edges);
      edges.observe(clusterSigns(model, context, id, edges.losses, settings, nowMs), nowMs);
    }
  }

  #flush(): void {
    const { clock } = this.#options;
    this.#timer?.dispose();
    this.#timer = null;
    const nowMs = clock.now();
    this.#told = this.#told.filter(({ atMs }) => nowMs - atMs < quietMs);
    const unreadable: string[] = [];
    let nextMs: number | null = null;
    for (const [clusterId, cluster] of this.#clusters) {
      const due = cluster.due(nowMs);
      if (due.nextMs !== null) nextMs = Math.min(nextMs ?? due.nextMs, due.nextMs);
      const fresh = due.edges.filter((edge) => this.#isNews(clusterId, cluster, edge, nowMs));
      for (const { cell } of due.edges) cell.accept();
      if (fresh.some(({ edge }) => edge === 'notReadable')) unreadable.push(clusterId);
      this.#tellCluster(clusterId, cluster, fresh, nowMs);
    }
    this.#tellUnreadable(unreadable, nowMs);
    if (nextMs !== null) this.#timer = clock.setTimeout(() => this.#flush(), Math.max(0, nextMs - nowMs));
  }

  /** Whether it may be told at all, and was not told of the same cluster over another connection. */
  #isNews(clusterId: string, cluster: ClusterEdges, { edge, subject }: DueEdge, nowMs: number): boolean {
    const { model, settings, isWatched } = this.#options;
    if (!settings.isOn(edgeRules[edge].kind) || isWatched(clusterId)) return false;
    const about = subject.slice(subject.lastIndexOf('/') + 1);
    // Another connection's loss of sight is news of its own.
    const before =
      edge === 'notReadable'
        ? undefined
        : this.#told.find(
            (told) =>
              told.edge === edge && told.subject === about && isSameCluster(model, told.clusterId, clusterId),
          );
    if (before !== undefined) {
      cluster.told(edge, before.atMs);
      return false;
    }
    this.#told.push({ edge, clusterId, subject: about, atMs: nowMs });
    return true;
  }

  #tellCluster(clusterId: string, cluster: ClusterEdges, due: readonly DueEdge[], nowMs: number): void {
    const { model } = this.#options;
    const entry = model.clusterEntry(clusterId);
    const context = model.context(clusterId, nowMs);
    if (entry === undefined || context === undefined || due.length === 0) return;
    const byEdge = new Map<EdgeName, DueEdge[]>();
    for (const one of due) byEdge.set(one.edge, [...(byEdge.get(one.edge) ?? []), one]);
    for (const edge of byEdge.keys()) cluster.told(edge, nowMs);
    const hasMargin = byEdge.has('marginGone');
    const bearer = byEdge.has('nodeLost') ? 'nodeLost' : byEdge.has('deviceLost') ? 'deviceLost' : null;
    for (const edge of edgeNames) {
      const edges = byEdge.get(edge);
      // What took the margin says so itself.
      if (edges === undefined || edge === 'notReadable' || (edge === 'marginGone' && bearer !== null))
        continue;
      const subject: NoticeSubject = {
        model,
        entry,
        context,
        losses: cluster.losses,
        edges,
        withMargin: hasMargin && edge === bearer,
        nowMs,
      };
      this.#tell(edge, noticeText(edge, subject), subject);
    }
  }

  /** Clusters behind one server go out of sight together and are told together, though each was read at its own time. */
  #tellUnreadable(due: readonly string[], nowMs: number): void {
    const { model } = this.#options;
    const connections = new Set(due.map((id) => model.clusterEntry(id)?.connection.id));
    const clusterIds = [...this.#clusters].flatMap(([id, cluster]) => {
      if (due.includes(id)) return [id];
      const pending = connections.has(model.clusterEntry(id)?.connection.id)
        ? cluster.pending('notReadable')
        : null;
      if (pending === null || !this.#isNews(id, cluster, pending, nowMs)) return [];
      pending.cell.accept();
      cluster.told('notReadable', nowMs);
      return [id];
    });
    const byConnection = new Map<string, { readonly subject: NoticeSubject; readonly names: string[] }>();
    for (const id of clusterIds) {
      const entry = model.clusterEntry(id);
      const context: ClusterContext | undefined = model.context(id, nowMs);
      const losses = this.#clusters.get(id)?.losses;
      if (entry === undefined || context === undefined || losses === undefined) continue;
      const known = byConnection.get(entry.connection.id) ?? {
        subject: { model, entry, context, losses, edges: [], withMargin: false, nowMs },
        names: [],
      };
      known.names.push(clusterText(model, entry));
      byConnection.set(entry.connection.id, known);
    }
    for (const { subject, names } of byConnection.values())
      this.#tell('notReadable', notReadableText(names, subject.context), subject);
  }

  #tell(edge: EdgeName, text: string, subject: NoticeSubject): void {
    const { kind, severity } = edgeRules[edge];
    this.#options.tell({ kind, edge, severity, text, buttons: noticeButtons(edge, subject) });
  }
}
