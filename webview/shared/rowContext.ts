/** What the editor's context menu can tell of an element beside which record it shows. */
export interface RowContextFacts {
  /** The record has a guest page. */
  readonly hasGuest?: boolean;
  /** The record is on a node that is told. */
  readonly hasNode?: boolean;
  /** Hides the editor's own Cut, Copy and Paste, which mean nothing on a row. */
  readonly rowsOnly?: boolean;
}

/**
 * Value of the attribute `data-vscode-context`: the editor hands it to the commands of its native context menu, and the
 * conditions of `webview/context` in the manifest read it.
 *
 * @param rowId Console id of the record, whose first word becomes `webviewSection`.
 */
export function rowContext(rowId: string, facts: RowContextFacts): string {
  return JSON.stringify({
    webviewSection: rowId.slice(0, rowId.indexOf(':')),
    rowId,
    hasGuest: facts.hasGuest === true,
    hasNode: facts.hasNode === true,
    preventDefaultContextMenuItems: facts.rowsOnly === true,
  });
}

/** The same for something that no command can be called on any more: no menu at all. */
export const goneContext = JSON.stringify({ webviewSection: 'gone', preventDefaultContextMenuItems: true });
