import * as vscode from 'vscode';
import type { Tone } from '../contract/stateView.ts';

/** Theme token of each tone for icons; calm has none and takes the text colour. */
const toneTokens: Readonly<Record<Tone, string | null>> = {
  fail: 'charts.red',
  unknown: 'descriptionForeground',
  warn: 'list.warningForeground',
  held: 'charts.purple',
  busy: 'charts.blue',
  ok: 'charts.green',
  calm: null,
  off: 'descriptionForeground',
};

export function iconColor(tone: Tone): vscode.ThemeColor | undefined {
  const token = toneTokens[tone];
  return token === null ? undefined : new vscode.ThemeColor(token);
}
