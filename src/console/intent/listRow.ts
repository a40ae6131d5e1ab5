import type { StateView } from '../../contract/stateView.ts';

/** A row of a view of its own, finished words only. */
export interface ListRow {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** `null` for headings. */
  readonly state: StateView | null;
  readonly accessibleLabel: string;
  /** Plain text. */
  readonly tooltip: string;
  readonly contextValue: string;
  readonly children: readonly ListRow[];
  /** Whether a row with children starts open. */
  readonly isOpen: boolean;
  readonly open: { readonly command: string; readonly argument: unknown } | null;
}

/** A row that only says something. */
export function wordRow(
  id: string,
  label: string,
  state: StateView | null = null,
  description = '',
): ListRow {
  return {
    id,
    label,
    description,
    state,
    accessibleLabel: [label, description, state?.label]
      .filter((part) => part !== undefined && part !== '')
      .join(', '),
    tooltip: state?.explanation ?? label,
    contextValue: 'word',
    children: [],
    isOpen: false,
    open: null,
  };
}
