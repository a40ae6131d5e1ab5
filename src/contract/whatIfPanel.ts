import * as z from 'zod';
import { type PageHeader, pageActionSchema } from './panels.ts';
import type { StateView } from './stateView.ts';

/* Messages between the extension host and the what-if page, which also shows what maintenance of a node would do. */

/** A guest in the picture of a node. */
export interface WhatIfCell {
  /** `vm:105` or `ct:201`. */
  readonly id: string;
  /** "105 db-01". */
  readonly label: string;
  /** What becomes of it, in words with sign and tone. */
  readonly state: StateView;
}

/** One node before and after. */
export interface WhatIfColumn {
  readonly node: string;
  readonly isLost: boolean;
  readonly state: StateView;
  readonly before: readonly WhatIfCell[];
  readonly after: readonly WhatIfCell[];
  /** "memory 8 → 12 of 16 GiB". */
  readonly memory: string;
}

export interface WhatIfRow {
  readonly id: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly state: StateView;
  readonly why: string;
}

export interface WhatIfPageModel {
  readonly about: string;
  readonly header: PageHeader;
  readonly subtitle: string;
  /** The answer in one sentence. */
  readonly verdict: string;
  /** What speaks against it, worst first, a sentence each. */
  readonly reasons: readonly string[];
  /** What the choices below mean, and whether only one of them can be made. */
  readonly question: { readonly legend: string; readonly isOne: boolean };
  /** Nodes to choose from. */
  readonly choices: readonly { readonly node: string; readonly isChosen: boolean }[];
  readonly columns: readonly WhatIfColumn[];
  readonly rows: readonly WhatIfRow[];
  readonly timeline: readonly string[];
  /** What could not be known, and rules that do not hold, a sentence each. */
  readonly notes: readonly string[];
}

export interface ToWhatIfPage {
  readonly type: 'model';
  readonly nowMs: number;
  readonly model: WhatIfPageModel;
}

export const fromWhatIfPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  /** Adds or takes away a node that is lost in the question, or asks about this one instead. */
  z.strictObject({ type: z.literal('toggle'), node: z.string().min(1).max(63) }),
  z.strictObject({ type: z.literal('action'), action: pageActionSchema }),
]);
export type FromWhatIfPage = z.infer<typeof fromWhatIfPageSchema>;
