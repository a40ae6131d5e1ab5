import type { PageAction, TableModel, TablePatch, TableRow } from '../../contract/panels.ts';
import { toneRank } from '../../contract/stateView.ts';
import type { Finding } from '../../ha/findings/finding.ts';
import { saidAll } from '../../ha/findings/findingText.ts';
import { clusterDisplayName } from '../clusterNames.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import { clusterColumn } from '../haTables.ts';
import { isProblemTone } from '../states.ts';
import { stateCell } from '../tableCells.ts';
import { compareTableRows, sameTableRow } from '../tableRowOrder.ts';
import { findingState } from './findingWords.ts';

/** The table of findings on the HA status page: built once, then only what differs. */
export class FindingsTable {
  readonly #model: FleetModel;
  readonly #rows = new Map<string, TableRow>();
  /** What was shown of each cluster; findings that did not change are not built again. */
  readonly #shown = new Map<string, readonly Finding[] | undefined>();
  #empty = '';

  constructor(model: FleetModel) {
    this.#model = model;
  }

  /** The whole table. Patches from now on compare with what this returned. */
  whole(clusters: readonly ClusterEntry[], all: boolean): TableModel {
    this.#rows.clear();
    this.#shown.clear();
    for (const entry of clusters) {
      for (const row of this.#rowsOf(entry)) this.#rows.set(row.id, row);
      this.#shown.set(entry.id, this.#model.findings(entry.id));
    }
    this.#empty = this.#emptySentence(clusters);
    return {
      id: 'findings',
      title: 'Findings',
      columns: [
        { id: 'finding', title: 'Finding', priority: 1 },
        ...(all ? [clusterColumn] : []),
        { id: 'severity', title: 'Severity', priority: 1 },
        { id: 'next', title: 'Next step', priority: 2 },
        { id: 'why', title: 'Why', priority: 2 },
        { id: 'about', title: 'About', priority: 3 },
      ],
      rows: [...this.#rows.values()].sort(compareTableRows),
      empty: this.#empty,
      notice: null,
      groupings: [
        ...(all ? [{ key: 'cluster', label: 'Cluster' }] : []),
        { key: 'severity', label: 'Severity' },
      ],
    };
  }

  /** What differs since; `null` when the table would look the same. */
  patch(clusters: readonly ClusterEntry[]): TablePatch | null {
    const upserted: TableRow[] = [];
    const removed: string[] = [];
    const present = new Map(clusters.map((entry) => [entry.id, entry]));
    for (const id of new Set([...this.#shown.keys(), ...present.keys()])) {
      const entry = present.get(id);
      const told = this.#model.findings(id);
      if (entry !== undefined && this.#shown.has(id) && this.#shown.get(id) === told) continue;
      if (entry === undefined) this.#shown.delete(id);
      else this.#shown.set(id, told);
      this.#replace(id, entry === undefined ? [] : this.#rowsOf(entry), upserted, removed);
    }
    const empty = this.#emptySentence(clusters);
    if (upserted.length === 0 && removed.length === 0 && empty === this.#empty) return null;
    this.#empty = empty;
    return { upserted, removed, empty, notice: null };
  }

  #replace(clusterId: string, rows: readonly TableRow[], upserted: TableRow[], removed: string[]): void {
    const wanted = new Map(rows.map((row) => [row.id, row]));
    for (const id of [...this.#rows.keys()]) {
      if (wanted.has(id) || !id.startsWith(rowPrefix(clusterId))) continue;
      this.#rows.delete(id);
      removed.push(id);
    }
    for (const row of rows) {
      const before = this.#rows.get(row.id);
      if (before !== undefined && sameTableRow(before, row)) continue;
      this.#rows.set(row.id, row);
      upserted.push(row);
    }
  }

  #rowsOf(entry: ClusterEntry): TableRow[] {
    const clusterName = clusterDisplayName(this.#model, entry);
    return (this.#model.findings(entry.id) ?? []).map((finding) => this.#row(finding, entry, clusterName));
  }

  #row(finding: Finding, entry: ClusterEntry, clusterName: string): TableRow {
    const { id, title, explanation, nextStep, subjects } = finding;
    const state = findingState(finding);
    const open = this.#link(finding, entry);
    const about = saidAll([...subjects.sids, ...subjects.rules, ...subjects.groups]);
    return {
      id: `${rowPrefix(entry.id)}${id}`,
      tone: state.tone,
      problem: isProblemTone(state.tone) || state.tone === 'unknown',
      groups: { cluster: clusterName, severity: state.label },
      cells: {
        finding: { text: title, hint: explanation },
        cluster: { text: clusterName },
        severity: { ...stateCell(state), sort: -toneRank[state.tone] },
        next: { text: nextStep },
        why: { text: explanation },
        about: { text: about },
      },
      open,
      haystack: [title, explanation, nextStep, about, clusterName].join('\n').toLowerCase(),
    };
  }

  /** The first subject that this console knows: the guest behind a resource, a rule, a group, a node, or the cluster. */
  #link({ subjects }: Finding, { id: clusterId }: ClusterEntry): PageAction {
    const model = this.#model;
    for (const sid of subjects.sids) {
      const vmid = Number(sid.slice(sid.indexOf(':') + 1));
      const guestId = model.guestId(clusterId, vmid);
      if (Number.isInteger(vmid) && model.guest(guestId) !== undefined) return { kind: 'open', id: guestId };
      const resourceId = model.resourceId(clusterId, sid);
      if (model.resource(resourceId) !== undefined) return { kind: 'reveal', id: resourceId };
    }
    const scope = clusterId.slice('cluster:'.length);
    const known = [
      ...subjects.rules.map((name) => `rule:${scope}/${name}`),
      ...subjects.groups.map((name) => `group:${scope}/${name}`),
      ...subjects.nodes.map((name) => model.nodeId(clusterId, name)),
    ].find((id) => model.record(id) !== undefined);
    return { kind: 'reveal', id: known ?? clusterId };
  }

  /** What was not looked for is never called faultless. */
  #emptySentence(clusters: readonly ClusterEntry[]): string {
    if (clusters.length === 0) return 'Nothing has been read here yet.';
    return clusters.every(({ id }) => this.#model.findings(id) !== undefined)
      ? 'Nothing to find fault with.'
      : 'Not checked yet.';
  }
}

function rowPrefix(clusterId: string): string {
  return `finding:${clusterId.slice('cluster:'.length)}/`;
}
