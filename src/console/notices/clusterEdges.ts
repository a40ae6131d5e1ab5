import type { ClusterSigns, WholeEdge } from './clusterSigns.ts';
import { EdgeCell } from './edgeCell.ts';
import { NodeLosses } from './nodeLosses.ts';
import { type EdgeName, edgeRules, quietMs } from './noticeKinds.ts';

/** An edge of one thing that is ready to be told. */
export interface DueEdge {
  readonly edge: EdgeName;
  /** Name of the node, console id of the resource, or empty for the cluster as a whole. */
  readonly subject: string;
  readonly cell: EdgeCell;
}

/** What is told of a cluster as a whole, of its nodes by name and of its resources by id, with what was told before. */
export class ClusterEdges {
  readonly losses = new NodeLosses();
  readonly #cells = new Map<
    string,
    { readonly edge: EdgeName; readonly subject: string; readonly cell: EdgeCell }
  >();
  readonly #toldMs = new Map<EdgeName, number>();
  #sawResources = false;

  observe(signs: ClusterSigns, nowMs: number): void {
    for (const [edge, value] of Object.entries(signs.whole) as [WholeEdge, boolean | null][])
      this.#cell(edge, '', null).observe(value, nowMs);
    this.#observeNodes(signs.nodes, nowMs);
    this.#observeResources('resourceError', signs.errors, nowMs);
    this.#observeResources('resourceStuck', signs.stuck, nowMs);
    if (signs.errors !== null) this.#sawResources = true;
  }

  /** Edges that have stood long enough, and when to look again for the others; `null` when nothing is pending. */
  due(nowMs: number): { readonly edges: readonly DueEdge[]; readonly nextMs: number | null } {
    const edges: DueEdge[] = [];
    let nextMs: number | null = null;
    for (const [key, { edge: name, subject, cell }] of this.#cells) {
      const direction = cell.edge;
      if (direction === null) {
        if (subject !== '' && name !== 'nodeLost' && name !== 'nodeFenced' && cell.isAtRest)
          this.#cells.delete(key);
        continue;
      }
      const edge = direction === 'rise' ? name : name === 'quorumLost' ? 'quorumRegained' : null;
      const settledMs = cell.changedMs + edgeRules[edge ?? name].settleMs;
      const toldMs = edge === null ? undefined : this.#toldMs.get(edge);
      const atMs = toldMs === undefined ? settledMs : Math.max(settledMs, toldMs + quietMs);
      if (atMs > nowMs) nextMs = Math.min(nextMs ?? atMs, atMs);
      else if (edge === null) cell.accept();
      else edges.push({ edge, subject, cell });
    }
    return { edges, nextMs };
  }

  /** The pending edge of the cluster as a whole, settled or not; `null` when there is none. */
  pending(edge: WholeEdge): DueEdge | null {
    const cell = this.#cell(edge, '', null);
    return cell.edge === 'rise' ? { edge, subject: '', cell } : null;
  }

  /** Notes that an edge was told, so that the next of its kind waits. */
  told(edge: EdgeName, nowMs: number): void {
    this.#toldMs.set(edge, nowMs);
  }

  #observeNodes(nodes: ClusterSigns['nodes'], nowMs: number): void {
    for (const [name, { lost, recovered }] of nodes ?? []) {
      this.#cell('nodeLost', name, null).observe(lost, nowMs);
      this.#cell('nodeFenced', name, null).observe(recovered, nowMs);
    }
    for (const [key, { edge, subject, cell }] of this.#cells) {
      if (edge !== 'nodeLost' && edge !== 'nodeFenced') continue;
      if (nodes === null) cell.observe(null, nowMs);
      else if (!nodes.has(subject)) this.#cells.delete(key);
    }
  }

  /** Only those in trouble are named; on the first picture they are found like that, later they became so. */
  #observeResources(
    edge: 'resourceError' | 'resourceStuck',
    ids: ReadonlySet<string> | null,
    nowMs: number,
  ): void {
    for (const id of ids ?? []) this.#cell(edge, id, this.#sawResources ? false : null).observe(true, nowMs);
    for (const { edge: other, subject, cell } of this.#cells.values()) {
      if (other === edge && ids?.has(subject) !== true) cell.observe(ids === null ? null : false, nowMs);
    }
  }

  #cell(edge: EdgeName, subject: string, told: boolean | null): EdgeCell {
    const key = `${edge} ${subject}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known.cell;
    const cell = new EdgeCell(told);
    this.#cells.set(key, { edge, subject, cell });
    return cell;
  }
}
