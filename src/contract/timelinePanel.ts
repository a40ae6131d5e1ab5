import * as z from 'zod';
import { type FleetEventKind, fleetEventKinds } from './model/fleetEvent.ts';
import { type PageHeader, pageActionSchema, type TableModel } from './panels.ts';
import type { Tone } from './stateView.ts';

/* Messages between the extension host and the timeline page. */

/** How far back the page looks. */
export const timelineRanges = ['tenMinutes', 'hour', 'sixHours', 'day', 'week', 'month'] as const;
export type TimelineRange = (typeof timelineRanges)[number];

/** A state that held for a while. */
export interface StripSegment {
  /** Epoch milliseconds on the console's clock, like all times of the page. */
  readonly fromMs: number;
  readonly toMs: number;
  /** "started on pve1". */
  readonly label: string;
  readonly tone: Tone;
  /** Label with its times. */
  readonly hint: string;
}

/** States of one subject over time. */
export interface Strip {
  readonly id: string;
  /** "pve3", "vm:105 db-01". */
  readonly label: string;
  readonly segments: readonly StripSegment[];
  /** All of it in words, for those who do not see it. */
  readonly text: string;
  /** VMID by which the page can be narrowed; `null` where there is none. */
  readonly vmid: number | null;
}

export interface TimelineMark {
  readonly atMs: number;
  readonly label: string;
}

export interface TimelinePageModel {
  /** What the page is about, kept over a reload. */
  readonly about: string;
  readonly header: PageHeader;
  /** "prod, last 6 hours". */
  readonly subtitle: string;
  readonly clusters: readonly { readonly id: string; readonly label: string }[];
  readonly cluster: string;
  /** VMID the page is narrowed to; `null`: all guests. */
  readonly guest: number | null;
  /** Guests to choose from: those with events. */
  readonly guests: readonly { readonly vmid: number; readonly label: string }[];
  readonly kinds: readonly {
    readonly kind: FleetEventKind;
    readonly label: string;
    readonly isShown: boolean;
  }[];
  readonly range: TimelineRange;
  readonly ranges: readonly { readonly range: TimelineRange; readonly label: string }[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Marks of the time axis. */
  readonly marks: readonly TimelineMark[];
  readonly strips: readonly Strip[];
  /** Why some strips are not there; `null` when all are. */
  readonly stripNotice: string | null;
  readonly table: TableModel;
  /** Whether older events can be asked for. */
  readonly hasMore: boolean;
  readonly isReading: boolean;
}

export interface ToTimelinePage {
  readonly type: 'model';
  readonly nowMs: number;
  readonly model: TimelinePageModel;
}

export const fromTimelinePageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  /** Shows something else; what is left out stays. */
  z.strictObject({
    type: z.literal('choose'),
    cluster: z.string().max(400).optional(),
    guest: z.number().int().min(1).max(999_999_999).nullable().optional(),
    kinds: z.array(z.enum(fleetEventKinds)).max(fleetEventKinds.length).optional(),
    range: z.enum(timelineRanges).optional(),
  }),
  /** Reads older events. */
  z.strictObject({ type: z.literal('more') }),
  z.strictObject({ type: z.literal('export') }),
  z.strictObject({ type: z.literal('action'), action: pageActionSchema }),
]);
export type FromTimelinePage = z.infer<typeof fromTimelinePageSchema>;
