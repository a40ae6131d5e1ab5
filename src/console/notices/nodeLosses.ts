import type { ClusterNode } from '../../contract/model/node.ts';
import type { FleetModel } from '../fleetModel.ts';
import { restartsElsewhere } from '../haResourceStates.ts';
import { isDeclared, isNodeLost } from '../nodeStates.ts';

/** How a node stands, in yes and no; `null` where it cannot or should not be told. */
export interface NodeStanding {
  readonly lost: boolean | null;
  /** It was fenced, or everything HA had on it is elsewhere. */
  readonly recovered: boolean | null;
}

/** What was seen of one node, so that its loss can be told apart from its leave. */
interface Memory {
  /** Ids of the HA resources that were on it when it was first seen lost and are to run; `null` while it is a member. */
  held: ReadonlySet<string> | null;
  wasFencing: boolean;
  /** Its LRM said before that it restarts or shuts down. */
  isPlanned: boolean;
  lostAtMs: number;
}

/** A planned restart that takes longer than this is a loss after all, milliseconds. */
const plannedLeaveMs = 5 * 60_000;

/** The nodes of one cluster, with what they carried when they were lost. */
export class NodeLosses {
  readonly #memories = new Map<string, Memory>();

  /** Looks at every node that is known. Only for a cluster whose rows can be judged. */
  observe(model: FleetModel, clusterId: string, nowMs: number): ReadonlyMap<string, NodeStanding> {
    const standings = new Map<string, NodeStanding>();
    const index = model.index(clusterId);
    for (const id of index.ids.node) {
      const node = model.node(id);
      if (node !== undefined) standings.set(node.name, this.#look(model, clusterId, node, nowMs));
    }
    for (const name of this.#memories.keys()) if (!standings.has(name)) this.#memories.delete(name);
    return standings;
  }

  /** Ids of the HA resources that were on a node when it was lost and that HA starts elsewhere. */
  heldBy(name: string): ReadonlySet<string> {
    return this.#memories.get(name)?.held ?? nothing;
  }

  #look(model: FleetModel, clusterId: string, node: ClusterNode, nowMs: number): NodeStanding {
    const memory = this.#memories.get(node.name) ?? {
      held: null,
      wasFencing: false,
      isPlanned: false,
      lostAtMs: nowMs,
    };
    this.#memories.set(node.name, memory);
    const isLost = isNodeLost(node);
    if (isLost === null || node.haState === 'gone') return { lost: null, recovered: null };
    if (!isLost) {
      memory.held = null;
      memory.wasFencing = false;
      memory.isPlanned = node.lrm?.state === 'restarting' || node.lrm?.state === 'shuttingDown';
      return { lost: false, recovered: false };
    }
    if (memory.held === null) {
      memory.held = new Set(
        [...model.index(clusterId).resourcesOn(node.name)].filter((id) => isToRun(model, id)),
      );
      memory.lostAtMs = nowMs;
    }
    if (node.haState === 'fence') memory.wasFencing = true;
    if (isDeclared(node)) return { lost: null, recovered: null };
    if (memory.isPlanned && nowMs - memory.lostAtMs < plannedLeaveMs && node.haState !== 'fence')
      return { lost: null, recovered: null };
    return { lost: true, recovered: isRecovered(model, node, memory) };
  }
}

function isToRun(model: FleetModel, id: string): boolean {
  const resource = model.resource(id);
  return resource !== undefined && restartsElsewhere(resource);
}

function isRecovered(model: FleetModel, node: ClusterNode, { held, wasFencing }: Memory): boolean {
  if (node.haState === 'fence') return false;
  if (wasFencing) return true;
  if (held === null || held.size === 0) return false;
  return [...held].every((id) => {
    const resource = model.resource(id);
    return resource !== undefined && resource.node !== null && resource.node !== node.name;
  });
}

const nothing: ReadonlySet<string> = new Set();
