import type { HaConsequence, PlanChange, PlanFinding } from '../../../contract/intent/plan.ts';
import type { PveParams } from '../../../pve/pveClient.ts';

/** One call that changes Proxmox. */
export interface PreparedCall {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly params: PveParams;
  /** Settings that the change takes away; never part of `params`. */
  readonly cleared?: readonly string[];
}

/**
 * A change after its probes: the verdict that the plan shows and the calls that an apply makes come from the same look,
 * so that what was shown is what is done.
 */
export interface PreparedChange {
  readonly findings: readonly PlanFinding[];
  readonly changes: readonly PlanChange[];
  readonly ha: readonly HaConsequence[];
  readonly calls: readonly PreparedCall[];
  readonly isNoChange: boolean;
  /** Name and node for the eye, where the change itself does not tell. */
  readonly name: string | null;
  readonly node: string | null;
  /** Text of what was seen that must still be so when the plan is applied. */
  readonly seen: string;
}

/** What stands when a change is blocked before anything was prepared. */
export function refused(
  findings: readonly PlanFinding[],
  seen: string,
  name: string | null,
  node: string | null,
): PreparedChange {
  return { findings, changes: [], ha: [], calls: [], isNoChange: false, name, node, seen };
}
