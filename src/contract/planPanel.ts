import * as z from 'zod';
import { type PageHeader, pageActionSchema } from './panels.ts';
import type { StateView } from './stateView.ts';

/* Messages between the extension host and the plan page, which turns into the run page once a plan is applied. */

/** Reason why a button is off; `null` while it is on. The reason stands on the button or beside it. */
export interface PlanButton {
  readonly label: string;
  readonly off: string | null;
}

/** One change of a plan, and what became of it once it is applied. */
export interface PlanRow {
  /** Place in the plan. */
  readonly index: number;
  /** "vm 140 web-4". */
  readonly label: string;
  readonly op: StateView;
  readonly verdict: StateView;
  readonly node: string;
  /** What it does or why it may not, in one line. */
  readonly summary: string;
  /** Further findings and HA consequences, a sentence each. */
  readonly notes: readonly string[];
  /** Line of the document, from 1; `null` when the guest is no longer in it. */
  readonly line: number | null;
  /** There is something to compare. */
  readonly diff: boolean;
  readonly run: PlanRowRun | null;
}

export interface PlanRowRun {
  readonly state: StateView;
  /** What Proxmox said; empty when it said nothing. */
  readonly message: string;
  /** 0…1 while its task tells. */
  readonly ratio: number | null;
  readonly upid: string | null;
  readonly requestId: number | null;
}

export interface PlanGroup {
  readonly id: 'blocked' | 'delete' | 'create' | 'update' | 'noChange' | 'run';
  readonly title: string;
  /** Closed at first. */
  readonly folded: boolean;
  readonly rows: readonly PlanRow[];
}

export interface RunSection {
  /** First characters of the run's id. */
  readonly name: string;
  /** "7d1e · by mira · 02:14:05". */
  readonly title: string;
  readonly state: StateView;
  readonly done: number;
  readonly total: number;
  /** How it ended in one sentence; `null` while it goes on. */
  readonly end: string | null;
  /** `null` once nothing is left to cancel. */
  readonly cancel: PlanButton | null;
  /** Text of the whole run, to paste into a ticket. */
  readonly report: string;
}

export interface PlanPageModel {
  /** Address of the document or of the run; the page keeps it over a reload. */
  readonly about: string;
  readonly header: PageHeader;
  /** "shop.proxbox-intent.yaml → lab". */
  readonly subtitle: string;
  /** "2 create · 1 update · 1 blocked"; empty before the first plan. */
  readonly counts: string;
  /** "plan 3f9c2a · quorate 3/3 · by mira". */
  readonly facts: string;
  /** When the plan ends, console clock, for the countdown; `null` when there is none to count. */
  readonly expiresAtMs: number | null;
  /** `null` on a page that shows a run of which there is no document. */
  readonly planAgain: PlanButton | null;
  readonly apply: PlanButton | null;
  readonly groups: readonly PlanGroup[];
  /** Sentence in place of the groups. */
  readonly empty: string | null;
  readonly run: RunSection | null;
}

/** Host to plan page. */
export type ToPlanPage = { readonly type: 'model'; readonly nowMs: number; readonly model: PlanPageModel };

const index = z.number().int().min(0).max(100_000);

export const fromPlanPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('planAgain') }),
  /** Asks for the confirmation; only the editor's own dialogs apply anything. */
  z.strictObject({ type: z.literal('apply') }),
  z.strictObject({ type: z.literal('cancelRest') }),
  z.strictObject({ type: z.literal('openDiff'), index }),
  z.strictObject({ type: z.literal('goToLine'), index }),
  z.strictObject({ type: z.literal('openGuest'), index }),
  z.strictObject({ type: z.literal('openRequest'), index }),
  z.strictObject({ type: z.literal('action'), action: pageActionSchema }),
]);
export type FromPlanPage = z.infer<typeof fromPlanPageSchema>;
