import type { Event } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { Tone } from '../contract/stateView.ts';
import type { GuestGrouping } from './guestGrouping.ts';

/** Letter at the right edge of a row, which survives a description that is cut off. */
export type EdgeLetter = 'E' | 'W' | 'S' | '?';

/** A row of the Clusters tree in finished words. Identity is in the label, state in the description. */
export interface TreeRow {
  /** Kind first, then `<connection>.<cluster>`: `node:demo.prod/pve1`. Stable over every change of state. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Codicon id; `null` shows none. */
  readonly icon: string | null;
  readonly tone: Tone;
  readonly edge: EdgeLetter | null;
  /** Kind plus `+tags`, for menu conditions: `node+lost`, `ha+error`, `guest+managed`. */
  readonly contextValue: string;
  readonly collapsible: 'none' | 'collapsed' | 'expanded';
  /** Full sentence for screen readers: name, kind, state in words, cluster, age. */
  readonly accessibleLabel: string;
  /** What Enter and click do; `null` does nothing but select. */
  readonly open: RowTarget | null;
}

/** A page or command that a row leads to. */
export type RowTarget =
  | { readonly kind: 'haStatus'; readonly clusterId: string }
  | { readonly kind: 'guest'; readonly guestId: string }
  | { readonly kind: 'command'; readonly command: string; readonly argument: string };

/** A row's hover text as Markdown source; every piece of outside text in it is escaped. */
export interface RowTooltip {
  readonly markdown: string;
}

export interface TreeChange {
  /** Rows whose own look changed; `null` when the roots themselves changed. */
  readonly rows: readonly (string | null)[];
}

/** What the tree is narrowed to. Empty means everything. */
export interface TreeFilter {
  readonly text: string;
  readonly problemsOnly: boolean;
  readonly haOnly: boolean;
  readonly showTemplates: boolean;
}

/** The Clusters tree without an editor: children come synchronously from the store. */
export interface FleetTree extends Disposable {
  /** Ids of child rows; `null` asks for the roots. */
  children(id: string | null): readonly string[];
  /** `undefined` for a row that is gone. */
  row(id: string): TreeRow | undefined;
  parent(id: string): string | null;
  tooltip(id: string): RowTooltip;
  /** One event per batch, holding only rows whose shown content or children differ. */
  readonly onDidChange: Event<TreeChange>;
  /** Whether a row that was handed out counts seconds now; whoever shows it then calls {@link tick} every second. */
  readonly isCounting: boolean;
  tick(): void;
  filter: TreeFilter;
  /** How the guests of each cluster are grouped; set, it announces the branches that differ. */
  guestGrouping: GuestGrouping;
  /** Text above the tree; empty hides it. */
  readonly message: string;
  /** Rows at tone fail, for the view's badge, with its tooltip. */
  readonly badge: { readonly count: number; readonly tooltip: string };
}
