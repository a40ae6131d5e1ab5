import type { IntentDocument } from '../../contract/intent/intentDocument.ts';
import type { PlanReply } from '../../contract/intent/plan.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import { movedSince, type SeenGuests, seenGuests } from './movedState.ts';
import { sameData } from './planFindings.ts';
import type { PlanStanding } from './planStates.ts';

/** A plan with what it was made from. */
export interface Planned {
  readonly plan: PlanReply;
  readonly document: IntentDocument;
  readonly clusterId: string;
  /** Console clock; `null` when the server told no end. */
  readonly expiresAtMs: number | null;
  readonly seen: SeenGuests;
  readonly moved: string | null;
  readonly applied: boolean;
}

/** A plan as it arrived, with the guests as they are seen at that moment. */
export function takePlan(
  plan: PlanReply,
  document: IntentDocument,
  entry: ClusterEntry,
  model: FleetModel,
  nowMs: number,
): Planned {
  return {
    plan,
    document,
    clusterId: entry.id,
    expiresAtMs: expiryOf(plan, nowMs, model.clockOffsetMs(entry.connection.id)),
    seen: seenGuests(model, entry.id, plan.verdicts),
    moved: null,
    applied: false,
  };
}

/** The plan, with what moved under it since; the same one while nothing did. */
export function noteMoved(planned: Planned, model: FleetModel): Planned {
  if (planned.moved !== null || planned.applied) return planned;
  // A cluster that is out of sight tells nothing, least of all that its guests are gone.
  if (model.lastKnown(planned.clusterId) !== null || model.cluster(planned.clusterId) === undefined)
    return planned;
  const moved = movedSince(planned.seen, seenGuests(model, planned.clusterId, planned.plan.verdicts));
  return moved === null ? planned : { ...planned, moved };
}

/** What {@link planStanding} looks at. */
export interface StandingFacts {
  readonly planned: Planned | null;
  /** `null` while no plan is being made. */
  readonly planningSinceMs: number | null;
  /** Why the last planning failed. */
  readonly failure: string | null;
  /** The document as it reads now; `null` while it cannot be read. */
  readonly document: IntentDocument | null;
  readonly nowMs: number;
}

/** What the plan is worth now. */
export function planStanding(facts: StandingFacts): PlanStanding {
  const { planned, planningSinceMs, failure, document, nowMs } = facts;
  if (planningSinceMs !== null) return { kind: 'planning', sinceMs: planningSinceMs };
  if (planned === null) return failure === null ? { kind: 'none' } : { kind: 'failed', message: failure };
  if (planned.applied) return { kind: 'applied' };
  if (document === null) return { kind: 'unreadable' };
  if (!sameData(document, planned.document)) return { kind: 'documentChanged' };
  if (planned.expiresAtMs !== null && nowMs >= planned.expiresAtMs)
    return { kind: 'expired', sinceMs: planned.expiresAtMs };
  return planned.moved === null ? { kind: 'ready' } : { kind: 'moved', what: planned.moved };
}

/** The plan's life is a span on the server's clock; counted from its arrival it needs no equal clocks. */
function expiryOf(plan: PlanReply, nowMs: number, clockOffsetMs: number): number | null {
  if (plan.expires_at === null) return null;
  if (plan.created_at !== null) return nowMs + (plan.expires_at - plan.created_at) * 1000;
  return plan.expires_at * 1000 + clockOffsetMs;
}
