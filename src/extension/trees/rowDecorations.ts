import * as vscode from 'vscode';
import type { EdgeLetter } from '../../console/treeRow.ts';
import { type Tone, tones } from '../../contract/stateView.ts';

const scheme = 'proxbox-row';

/** Address of a row that carries its edge letter; a new letter makes a new address, so nothing has to be announced. */
export function rowUri(rowId: string, edge: EdgeLetter, tone: Tone): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${encodeURIComponent(rowId)}`, query: `${edge}${tone}` });
}

const edgeWords: Readonly<Record<EdgeLetter, string>> = {
  E: 'Needs attention now',
  W: 'Check soon',
  S: 'Old data',
  '?': 'Unknown',
};

/** Shows the letter at the right edge of a row, where it survives a description that is cut off. */
export function registerRowDecorations(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration(uri) {
      if (uri.scheme !== scheme) return undefined;
      const edge = uri.query.slice(0, 1);
      const tone = tones.find((candidate) => candidate === uri.query.slice(1));
      if (!isEdgeLetter(edge)) return undefined;
      const color = tone === 'fail' ? new vscode.ThemeColor('list.errorForeground') : undefined;
      return { badge: edge, tooltip: edgeWords[edge], ...(color === undefined ? {} : { color }) };
    },
  });
}

function isEdgeLetter(text: string): text is EdgeLetter {
  return Object.hasOwn(edgeWords, text);
}
