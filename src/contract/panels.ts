import * as z from 'zod';
import type { CountdownMark } from './countdown.ts';
import type { HaTableId } from './haTables.ts';
import type { LoadPoint } from './model/guestDetail.ts';
import { type LoadTimeframe, loadTimeframes } from './model/loadTimeframe.ts';
import type { PlacementPart } from './placementPanel.ts';
import type { StateView, Tone } from './stateView.ts';

/*
 * Messages between the extension host and its pages. The host sends finished words; a page draws them and keeps no
 * facts of its own. Each page has one catalogue per direction, so a missing handler is a compile error.
 */

/** What a page may ask the host to do. Ids are fleet record ids of the console (`guest:<connection>.<cluster>/105`). */
export const pageActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('open'), id: z.string().max(400) }),
  z.strictObject({ kind: z.literal('reveal'), id: z.string().max(400) }),
  /** What happened, of a cluster or guest; `all` for every cluster. */
  z.strictObject({ kind: z.literal('timeline'), id: z.string().max(400) }),
  z.strictObject({ kind: z.literal('openInProxmox'), id: z.string().max(400) }),
  z.strictObject({ kind: z.literal('copy'), text: z.string().max(200_000) }),
  z.strictObject({ kind: z.literal('refresh') }),
  z.strictObject({ kind: z.literal('openLog') }),
  z.strictObject({
    kind: z.literal('connection'),
    connectionId: z.string().max(100),
    verb: z.enum([
      'test',
      'edit',
      'updateKey',
      'reviewCertificate',
      'enableHttps',
      'disableHttps',
      'disableVerify',
    ]),
    /** `host:port` whose failure the button is to mend; of a connection with several, only this one is changed. */
    endpoint: z.string().max(300).optional(),
  }),
]);
export type PageAction = z.infer<typeof pageActionSchema>;

/** A button with what it does. */
export interface ActionButton {
  readonly label: string;
  readonly action: PageAction;
}

/** One sentence what, one why, one next step, at most two buttons. */
export interface Banner {
  readonly id: string;
  readonly tone: Tone;
  readonly icon: string;
  readonly what: string;
  readonly why: string | null;
  readonly next: string | null;
  readonly buttons: readonly ActionButton[];
  /** Age that ticks behind the first sentence. */
  readonly sinceMs: number | null;
}

/** A cell of a table: words first, icon and tone beside them. */
export interface Cell {
  readonly text: string;
  readonly icon?: string;
  readonly tone?: Tone;
  /** Longer explanation, shown on hover and told to screen readers. */
  readonly hint?: string;
  /** Sort key when it is not the text. */
  readonly sort?: number;
  /** Age that ticks behind the text. */
  readonly sinceMs?: number;
  /** Countdowns that tick behind it; the next one is shown. */
  readonly marks?: readonly CountdownMark[];
  readonly action?: PageAction;
  /** 0…1, drawn as a bar behind the text. */
  readonly ratio?: number;
}

export interface Column {
  readonly id: string;
  readonly title: string;
  /** 1 always shown, 2 from 640 px, 3 from 960 px; below that the value moves to the row's second line. */
  readonly priority: 1 | 2 | 3;
  readonly align?: 'end';
}

export interface TableRow {
  /** Fleet record id. */
  readonly id: string;
  /** Worst tone of the row, for sorting and for the edge mark. */
  readonly tone: Tone;
  /** Group keys by which the reader may group the table: cluster, node, state. */
  readonly groups: Readonly<Record<string, string>>;
  /** Cells by column id; a missing one reads as empty. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** What Enter and click open. */
  readonly open?: PageAction;
  readonly problem: boolean;
  /** Text that the filter looks in, lower case. */
  readonly haystack: string;
}

export interface TableModel {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  /** Sentence for an empty table. */
  readonly empty: string;
  /** Why the rows may be old or incomplete; `null` when they are current. */
  readonly notice: string | null;
  /** Names of groupings offered, keys of {@link TableRow.groups}. */
  readonly groupings: readonly { readonly key: string; readonly label: string }[];
}

/** A line in a card or fact list: a plain value, or a state with icon and tone. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly state?: StateView;
  readonly hint?: string;
  readonly action?: PageAction;
}

export interface Card {
  readonly id: string;
  readonly title: string;
  /** Headline state of the card. */
  readonly state: StateView;
  readonly facts: readonly Fact[];
}

/** Cards of one cluster; the page shows one group per cluster. */
export interface CardGroup {
  readonly clusterId: string;
  readonly name: string;
  /** Mode badge: Cluster, Standalone, Undefined. */
  readonly mode: { readonly label: string; readonly tone: Tone };
  readonly cards: readonly Card[];
}

/** Everything of a page but its tables' rows. */
export interface PageHeader {
  readonly title: string;
  readonly freshness: StateView;
  readonly banners: readonly Banner[];
}

/** A lost node whose HA resources wait for their failover. */
export interface FailoverRow {
  /** Fleet record id of the node. */
  readonly id: string;
  /** "pve4", or "pve4 (prod)" over all clusters. */
  readonly label: string;
  readonly sinceMs: number;
  /** "9 HA resources". */
  readonly waiting: string;
  readonly marks: readonly CountdownMark[];
}

export interface HaStatusHeader extends PageHeader {
  /** Clusters to choose from; the first is "All clusters" with id `all`. */
  readonly clusters: readonly { readonly id: string; readonly label: string; readonly state: StateView }[];
  readonly selected: string;
  readonly cardGroups: readonly CardGroup[];
  /** The oldest loss first. */
  readonly failovers: readonly FailoverRow[];
  /** Summary for the polite status region; empty when nothing is wrong. */
  readonly announcement: string;
}

export interface HaStatusModel {
  readonly header: HaStatusHeader;
  readonly tables: Readonly<Record<HaTableId, TableModel>>;
}

/** Change of a table: new or changed rows, and ids of gone ones. */
export interface TablePatch {
  readonly upserted: readonly TableRow[];
  readonly removed: readonly string[];
  readonly empty: string;
  readonly notice: string | null;
}

/** Host to HA status page. `nowMs` is the host's clock, so that ages tick right in a browser with another clock. */
export type ToHaStatusPage =
  | { readonly type: 'model'; readonly nowMs: number; readonly model: HaStatusModel }
  | {
      readonly type: 'patch';
      readonly nowMs: number;
      readonly header: HaStatusHeader;
      readonly tables: Readonly<Partial<Record<HaTableId, TablePatch>>>;
    };

export const fromHaStatusPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('selectCluster'), clusterId: z.string().max(400) }),
  z.strictObject({ type: z.literal('action'), action: pageActionSchema }),
]);
export type FromHaStatusPage = z.infer<typeof fromHaStatusPageSchema>;

export interface GuestTaskRow {
  readonly upid: string;
  readonly what: string;
  readonly user: string;
  readonly startMs: number | null;
  readonly durationMs: number | null;
  readonly result: StateView;
}

export interface GuestPageModel {
  /** Console id of the guest; the page keeps it over a reload. */
  readonly id: string;
  readonly header: PageHeader;
  /** "VM on prod/pve2". */
  readonly subtitle: string;
  readonly ha: {
    /** Three different things, worded differently. */
    readonly managed: 'yes' | 'no' | 'unknown';
    readonly sentence: string;
    readonly facts: readonly Fact[];
    readonly clusterPage: PageAction;
    /** Why it is where it is; `folded` until somebody asks, `null` where HA places nothing. */
    readonly placement: PlacementPart | 'folded' | null;
  };
  readonly guest: { readonly state: StateView; readonly facts: readonly Fact[] };
  readonly load: {
    readonly timeframe: LoadTimeframe;
    readonly points: readonly LoadPoint[];
    /** Why there is no series; `null` when there is one. */
    readonly notice: string | null;
  };
  readonly tasks: { readonly rows: readonly GuestTaskRow[]; readonly notice: string | null };
  readonly config: {
    readonly sections: readonly {
      readonly title: string;
      readonly entries: readonly { readonly key: string; readonly value: string }[];
    }[];
    readonly notice: string | null;
  };
  readonly timeline: PageAction | null;
  readonly openInProxmox: PageAction | null;
}

/** Host to guest page. */
export type ToGuestPage = { readonly type: 'model'; readonly nowMs: number; readonly model: GuestPageModel };

export const fromGuestPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('selectTimeframe'), timeframe: z.enum(loadTimeframes) }),
  /** Unfolds or folds why the guest is where it is. */
  z.strictObject({ type: z.literal('explainPlacement'), unfold: z.boolean() }),
  z.strictObject({ type: z.literal('action'), action: pageActionSchema }),
]);
export type FromGuestPage = z.infer<typeof fromGuestPageSchema>;
