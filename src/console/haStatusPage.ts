import { plural } from '../base/format.ts';
import { type HaRecordTableId, type HaTableId, haRecordTableIds } from '../contract/haTables.ts';
import type { HaStatusHeader, HaStatusModel, TableModel, TablePatch, TableRow } from '../contract/panels.ts';
import { clusterDisplayName } from './clusterNames.ts';
import { clusterState } from './clusterTrouble.ts';
import { connectionBanners } from './connectionBanners.ts';
import { failoverMarks, failoversOf } from './failover.ts';
import { FindingsTable } from './findings/findingsTable.ts';
import type { ClusterEntry, FleetModel, ModelChange } from './fleetModel.ts';
import { cardGroup, worstFreshness } from './haCards.ts';
import { emptySentence, tableNotice } from './haTableNotices.ts';
import { tableColumns, tableGroupings, tableKinds, tableRow, tableTitles } from './haTables.ts';
import { orderBanners, pageBanners } from './pageBanners.ts';
import { quorumSituations } from './quorumSituations.ts';
import { nameText } from './rowWords.ts';
import { stateView, worstState } from './states.ts';
import { compareTableRows, sameTableRow } from './tableRowOrder.ts';

/** Id of the picker entry that shows every cluster. */
export const allClusters = 'all';

/** What to send to a page that shows the model of {@link HaStatusView.whole}. */
export interface HaStatusPatch {
  readonly header: HaStatusHeader;
  readonly tables: Readonly<Partial<Record<HaTableId, TablePatch>>>;
}

/** The HA status page of one cluster or all, without a page: builds it once, then only what differs. */
export class HaStatusView {
  readonly #model: FleetModel;
  #selected: string;
  readonly #rows: Readonly<Record<HaRecordTableId, Map<string, TableRow>>> = {
    nodes: new Map(),
    resources: new Map(),
    rules: new Map(),
    groups: new Map(),
  };
  readonly #frames = new Map<HaRecordTableId, string>();
  readonly #findings: FindingsTable;
  #header = '';

  /** @param selected `cluster:<connection>.<key>`, or {@link allClusters}. */
  constructor(model: FleetModel, selected: string) {
    this.#model = model;
    this.#findings = new FindingsTable(model);
    this.#selected = selected;
  }

  get selected(): string {
    return this.#selected;
  }

  /** Shows another cluster; send {@link whole} afterwards. */
  select(clusterId: string): void {
    this.#selected = clusterId;
  }

  /** The whole page. Patches from now on compare with what this returned. */
  whole(nowMs: number): HaStatusModel {
    const clusters = this.#clusters();
    const header = this.#headerNow(clusters, nowMs);
    this.#header = JSON.stringify(header);
    const tables = Object.fromEntries(
      haRecordTableIds.map((table) => [table, this.#wholeTable(table, clusters)]),
    ) as Record<HaRecordTableId, TableModel>;
    const findings = this.#findings.whole(clusters, this.#selected === allClusters);
    return { header, tables: { ...tables, findings } };
  }

  /** What differs after a change; `null` when the page would look the same. */
  patch(change: ModelChange, nowMs: number): HaStatusPatch | null {
    const clusters = this.#clusters();
    const byId = new Map(clusters.map((entry) => [entry.id, entry]));
    const touched = this.#touched(change, byId);
    const tables: Partial<Record<HaTableId, TablePatch>> = {};
    for (const table of haRecordTableIds) {
      const patch = this.#patchTable(table, clusters, byId, touched[table]);
      if (patch !== null) tables[table] = patch;
    }
    const findings = this.#findings.patch(clusters);
    if (findings !== null) tables.findings = findings;
    const header = this.#headerNow(clusters, nowMs);
    const headerText = JSON.stringify(header);
    if (headerText === this.#header && Object.keys(tables).length === 0) return null;
    this.#header = headerText;
    return { header, tables };
  }

  #clusters(): readonly ClusterEntry[] {
    const clusters = this.#model.clusters();
    return this.#selected === allClusters ? clusters : clusters.filter(({ id }) => id === this.#selected);
  }

  #wholeTable(table: HaRecordTableId, clusters: readonly ClusterEntry[]): TableModel {
    const known = this.#rows[table];
    known.clear();
    for (const entry of clusters) {
      const name = clusterDisplayName(this.#model, entry);
      for (const id of this.#model.index(entry.id).ids[tableKinds[table]]) {
        const row = tableRow(this.#model, table, id, entry, name);
        if (row !== undefined) known.set(id, row);
      }
    }
    const all = this.#selected === allClusters;
    const frame = this.#frame(table, clusters);
    this.#frames.set(table, JSON.stringify(frame));
    return {
      id: table,
      title: tableTitles[table],
      columns: tableColumns(table, all),
      rows: [...known.values()].sort(compareTableRows),
      groupings: tableGroupings(table, all),
      ...frame,
    };
  }

  #frame(
    table: HaRecordTableId,
    clusters: readonly ClusterEntry[],
  ): { empty: string; notice: string | null } {
    return { empty: emptySentence(table, clusters), notice: tableNotice(this.#model, table, clusters) };
  }

  /** Ids to look at again, by table: changed records, and all rows of clusters whose context changed. */
  #touched(
    change: ModelChange,
    byId: ReadonlyMap<string, ClusterEntry>,
  ): Readonly<Record<HaRecordTableId, Set<string>>> {
    const touched = {
      nodes: new Set<string>(),
      resources: new Set<string>(),
      rules: new Set<string>(),
      groups: new Set<string>(),
    };
    for (const id of [...change.changed, ...change.removed]) {
      if (id.startsWith('cluster:')) {
        // The master's mark stands on its node.
        if (byId.has(id)) for (const nodeId of this.#model.index(id).ids.node) touched.nodes.add(nodeId);
        continue;
      }
      const table = haRecordTableIds.find((candidate) => id.startsWith(`${tableKinds[candidate]}:`));
      if (table !== undefined) touched[table].add(id);
    }
    for (const clusterId of change.contexts) {
      if (!byId.has(clusterId)) continue;
      for (const table of haRecordTableIds)
        for (const id of this.#model.index(clusterId).ids[tableKinds[table]]) touched[table].add(id);
    }
    return touched;
  }

  #patchTable(
    table: HaRecordTableId,
    clusters: readonly ClusterEntry[],
    byId: ReadonlyMap<string, ClusterEntry>,
    touched: ReadonlySet<string>,
  ): TablePatch | null {
    const known = this.#rows[table];
    const upserted: TableRow[] = [];
    const removed: string[] = [];
    const names = new Map<string, string>();
    for (const id of touched) {
      const clusterId = this.#model.clusterIdOf(id);
      const entry = clusterId === undefined ? undefined : byId.get(clusterId);
      const before = known.get(id);
      if (entry === undefined) {
        if (before !== undefined) {
          known.delete(id);
          removed.push(id);
        }
        continue;
      }
      const name = names.get(entry.id) ?? clusterDisplayName(this.#model, entry);
      names.set(entry.id, name);
      const row = tableRow(this.#model, table, id, entry, name);
      if (row === undefined || (before !== undefined && sameTableRow(before, row))) continue;
      known.set(id, row);
      upserted.push(row);
    }
    const frame = this.#frame(table, clusters);
    const frameText = JSON.stringify(frame);
    if (upserted.length === 0 && removed.length === 0 && this.#frames.get(table) === frameText) return null;
    this.#frames.set(table, frameText);
    return { upserted, removed, ...frame };
  }

  #headerNow(clusters: readonly ClusterEntry[], nowMs: number): HaStatusHeader {
    const model = this.#model;
    const [first] = clusters;
    const contexts = clusters.flatMap((entry) => {
      const context = model.context(entry.id, nowMs);
      return context === undefined ? [] : [{ entry, context }];
    });
    const title =
      this.#selected === allClusters
        ? 'HA status of all clusters'
        : `HA status of ${first === undefined ? 'a cluster not known (yet)' : clusterDisplayName(model, first)}`;
    return {
      title,
      freshness: worstFreshness(contexts.map(({ context }) => context.freshness)),
      banners: this.#banners(clusters, nowMs),
      clusters: this.#picker(nowMs),
      selected: this.#selected,
      cardGroups: contexts.map(({ entry, context }) => cardGroup(model, entry, context, nowMs)),
      failovers: this.#failovers(clusters),
      announcement: this.#announcement(clusters, nowMs),
    };
  }

  #failovers(clusters: readonly ClusterEntry[]): HaStatusHeader['failovers'] {
    const isAll = this.#selected === allClusters;
    return clusters
      .flatMap((entry) => {
        const suffix = isAll ? ` (${clusterDisplayName(this.#model, entry)})` : '';
        return failoversOf(this.#model, entry).map((failover) => ({
          id: failover.nodeId,
          label: `${nameText(failover.node)}${suffix}`,
          sinceMs: failover.sinceMs,
          waiting: plural(failover.resources, 'HA resource'),
          marks: failoverMarks(failover),
        }));
      })
      .sort((a, b) => a.sinceMs - b.sinceMs);
  }

  #banners(clusters: readonly ClusterEntry[], nowMs: number): HaStatusHeader['banners'] {
    if (this.#selected !== allClusters) return pageBanners(this.#model, clusters, nowMs);
    // Servers that have told no cluster would otherwise be missing from the page that shows everything.
    const silent = this.#model.connections.filter(
      ({ connection }) => connection.store.list('clusters').size === 0,
    );
    return orderBanners([
      ...pageBanners(this.#model, clusters, nowMs),
      ...silent.flatMap((connection) => connectionBanners(connection, [], this.#model, nowMs)),
    ]);
  }

  #picker(nowMs: number): HaStatusHeader['clusters'] {
    const entries = this.#model.clusters().flatMap((entry) => {
      const context = this.#model.context(entry.id, nowMs);
      if (context === undefined) return [];
      const state = clusterState(this.#model, context, entry.id);
      return [{ id: entry.id, label: clusterDisplayName(this.#model, entry), state }];
    });
    const [first, ...rest] = entries.map(({ state }) => state);
    const all =
      first === undefined
        ? stateView('no clusters', 'off', 'circle-large-outline', 'No cluster is known.')
        : worstState(first, ...rest);
    return [{ id: allClusters, label: 'All clusters', state: all }, ...entries];
  }

  /** Situations from warn upwards, without ticking numbers, so that it changes only when they do. */
  #announcement(clusters: readonly ClusterEntry[], nowMs: number): string {
    const shown = new Set(clusters.map(({ id }) => id));
    return quorumSituations(this.#model, nowMs)
      .filter(({ isTrouble, clusterId }) => isTrouble && clusterId !== null && shown.has(clusterId))
      .slice(0, 3)
      .map(({ name, spoken }) => `${name.replaceAll('\\$(', '$(')}: ${spoken.replaceAll(' · ', ', ')}.`)
      .join(' ');
  }
}
