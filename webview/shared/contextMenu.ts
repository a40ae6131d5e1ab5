/** What the native context menu of a page may ask about the element under the pointer, in `when` clauses. */
export interface MenuContext {
  /** Part of the page: `row`, `card`, `guest`. */
  readonly webviewSection: string;
  /** Fleet record id, handed to the chosen command. */
  readonly rowId: string;
}

/**
 * Value of `data-vscode-context`: section, id and kind (the id's first word: `node`, `ha`, `guest`). The editor's own
 * cut, copy and paste entries are left out, because nothing here can be edited.
 */
export function menuContext({ webviewSection, rowId }: MenuContext): string {
  return JSON.stringify({
    webviewSection,
    rowId,
    rowKind: rowId.slice(0, Math.max(0, rowId.indexOf(':'))),
    preventDefaultContextMenuItems: true,
  });
}

/** For the page as a whole: no menu of its own. */
export const noMenuContext = JSON.stringify({ preventDefaultContextMenuItems: true });
