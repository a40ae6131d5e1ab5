import type { IndexLink } from './clusterIndex.ts';
import type { FleetModel } from './fleetModel.ts';
import type { MemberKind } from './judgement.ts';

/** Ids whose verdict or words depend on what changed. */
export class Touched {
  readonly clusters = new Set<string>();
  readonly nodes = new Set<string>();
  /** Resources, guests, rules and groups to judge again. */
  readonly others = new Set<string>();
  /** Records whose words mention the changed one. */
  readonly joined = new Set<string>();

  of(id: string, kind: MemberKind | undefined): void {
    if (kind === 'node') this.nodes.add(id);
    else this.others.add(id);
  }

  forget(id: string): void {
    this.nodes.delete(id);
    this.others.delete(id);
    this.joined.delete(id);
  }

  /** A record that came, changed or went, with what it is or was joined to. */
  neighbours(
    model: FleetModel,
    id: string,
    clusterId: string,
    before: IndexLink | undefined,
    after: IndexLink | undefined,
  ): void {
    const kind = (after ?? before)?.kind;
    if (after !== undefined) this.of(id, kind);
    const moved =
      before?.node !== after?.node ||
      before?.isBusy !== after?.isBusy ||
      (before === undefined) !== (after === undefined);
    if (moved && (kind === 'ha' || kind === 'guest')) {
      for (const node of [before?.node, after?.node]) {
        if (node !== null && node !== undefined) this.joined.add(model.nodeId(clusterId, node));
      }
    }
    if (kind === 'ha') {
      const sid = id.slice(id.lastIndexOf('/') + 1);
      for (const ruleId of model.index(clusterId).rulesNaming(sid)) this.others.add(ruleId);
      this.joined.add(model.guestId(clusterId, Number(sid.slice(sid.indexOf(':') + 1))));
    }
    if (kind === 'rule') {
      for (const sid of new Set([...(before?.sids ?? []), ...(after?.sids ?? [])]))
        this.joined.add(model.resourceId(clusterId, sid));
    }
  }

  /** The guests of a node, whose run states are worth less once it is lost. */
  guestsOn(model: FleetModel, nodeId: string, clusterId: string): void {
    const name = nodeId.slice(nodeId.lastIndexOf('/') + 1);
    for (const guestId of model.index(clusterId).guestsOn(name)) this.others.add(guestId);
  }
}
