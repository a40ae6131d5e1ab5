import type { ServiceRecord } from '../../ha/haRecords.ts';
import type { ClusterStore, ClusterWorld, GuestWorld, NodeWorld } from './model.ts';

/**
 * The cluster as one node sees it. Members of the main partition share one picture; a node that was cut off keeps what
 * it last saw of the cluster file system and only hears itself.
 */
export class ClusterView {
  readonly cluster: ClusterWorld;
  /** The node that answers. */
  readonly node: NodeWorld;
  readonly nowMs: number;

  constructor(cluster: ClusterWorld, node: NodeWorld, nowMs: number) {
    this.cluster = cluster;
    this.node = node;
    this.nowMs = nowMs;
  }

  get #inMain(): boolean {
    return this.node.member;
  }

  get quorate(): boolean {
    return this.cluster.standalone || (this.#inMain && this.cluster.quorate);
  }

  get store(): ClusterStore {
    return this.node.frozen ?? this.cluster.store;
  }

  /** Membership as this node has it. */
  isOnline(node: NodeWorld): boolean {
    return node === this.node || (this.#inMain && node.member);
  }

  /** The same cluster seen by another node, which must be reachable. */
  from(node: NodeWorld): ClusterView {
    return new ClusterView(this.cluster, node, this.nowMs);
  }

  /** True while the statistics `node` broadcast last are still kept here. */
  hasStatsOf(node: NodeWorld): boolean {
    if (this.isOnline(node)) return true;
    const contactLostAt = Math.min(
      node.lostAtMs ?? Number.POSITIVE_INFINITY,
      this.node.lostAtMs ?? Number.POSITIVE_INFINITY,
    );
    return this.nowMs - contactLostAt < this.cluster.timings.statsExpiryMs;
  }

  nodeOf(guest: GuestWorld): string {
    return this.store.guestNodes.get(guest.vmid) ?? '';
  }

  serviceOf(sid: string): ServiceRecord | undefined {
    return this.store.managerStatus?.service_status[sid];
  }

  /** All nodes in order of their node id. */
  get nodes(): NodeWorld[] {
    return [...this.cluster.nodes.values()];
  }
}
