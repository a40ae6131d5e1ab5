import * as z from 'zod';
import { type PageHeader, pageActionSchema } from './panels.ts';
import type { PlanButton } from './planPanel.ts';
import type { StateView } from './stateView.ts';

/* Messages between the extension host and the page of a deletion request. */

/** One key of the guest that differs between asking and now, or does not. */
export interface ComparedKey {
  readonly key: string;
  readonly asked: string;
  readonly now: string;
  readonly isChanged: boolean;
}

export interface DeletionHistoryLine {
  readonly text: string;
  /** Epoch milliseconds, console clock; `null` when not told. */
  readonly atMs: number | null;
}

export interface DeletionPageModel {
  /** Address of the request, remembered over a reload of the window. */
  readonly about: string;
  readonly header: PageHeader;
  /** "vm 105 db-01 on prod/pve2". */
  readonly subtitle: string;
  readonly state: StateView;
  /** Who asked, when and why, a sentence. */
  readonly asked: string;
  /** Console clock; a countdown beside the sentence. */
  readonly expiresAtMs: number | null;
  readonly approve: PlanButton | null;
  readonly reject: PlanButton | null;
  readonly execute: PlanButton | null;
  readonly compare: PlanButton;
  /** What would be lost, a line each. */
  readonly lost: readonly string[];
  /** What HA does about it, a line each. */
  readonly ha: readonly string[];
  readonly comparison: {
    readonly state: StateView;
    readonly changed: readonly ComparedKey[];
    /** Keys that are as they were. */
    readonly same: number;
  } | null;
  readonly history: readonly DeletionHistoryLine[];
  /** Who we are and whether the server keeps four eyes. */
  readonly fourEyes: StateView;
  readonly upid: string | null;
}

export interface ToDeletionPage {
  readonly type: 'model';
  readonly nowMs: number;
  readonly model: DeletionPageModel;
}

export const fromDeletionPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('approve') }),
  z.strictObject({ type: z.literal('reject') }),
  z.strictObject({ type: z.literal('execute') }),
  z.strictObject({ type: z.literal('compare') }),
  z.strictObject({ type: z.literal('action'), action: pageActionSchema }),
]);
export type FromDeletionPage = z.infer<typeof fromDeletionPageSchema>;
