import type { Disposable } from '../../base/lifecycle.ts';
import type { IntentDiff } from '../../contract/intent/diff.ts';
import type { PlanReply } from '../../contract/intent/plan.ts';
import type { IntentRun, RunItem } from '../../contract/intent/run.ts';

/**
 * What planning and applying need of one server. Its promises reject with an error whose message is a whole sentence for
 * an operator: who, what, why and what next.
 */
export interface IntentPort {
  plan(cluster: string, diffs: readonly IntentDiff[]): Promise<PlanReply>;
  /** Begins a run bound to a plan. The same `run_uuid` again is the same run. */
  apply(cluster: string, request: ApplyOrder): Promise<IntentRun>;
  /** A run by its id; `null` when the server knows none. */
  run(runUuid: string): Promise<IntentRun | null>;
  cancelRun(runUuid: string): Promise<IntentRun>;
  followRun(runUuid: string, handlers: RunHandlers): Disposable;
}

export interface ApplyOrder {
  readonly runUuid: string;
  readonly diffs: readonly IntentDiff[];
  readonly planHash: string;
}

export interface RunHandlers {
  readonly onRun: (run: IntentRun) => void;
  readonly onItem: (item: RunItem) => void;
  /** Comes once, unless the caller let go before; `null` after a regular end. */
  readonly onEnd: (trouble: string | null) => void;
}

/** A refusal by the server: it was reached, and nothing was changed. */
export class IntentRefused extends Error {
  /** Stable word such as `plan_expired`; `null` when the server gave none. */
  readonly reason: string | null;

  constructor(message: string, reason: string | null) {
    super(message);
    this.name = 'IntentRefused';
    this.reason = reason;
  }
}
