import * as vscode from 'vscode';
import { planDiff } from '../../console/intent/planDiff.ts';
import { planScheme } from './intentFeature.ts';
import type { IntentWorkbench, OpenIntent } from './intentWorkbench.ts';

/** Opens one change of a plan in the editor's own comparison: now on the left, after on the right. */
export async function openComparison({ uri, session }: OpenIntent, index: number): Promise<void> {
  const verdict = session.verdict(index);
  const cluster = session.read.cluster ?? '';
  if (verdict === undefined) return;
  const { title } = planDiff(verdict, cluster);
  // The plan's name is in the address, so a comparison of an older plan never shows the text of a newer one.
  const side = (name: 'now' | 'after'): vscode.Uri =>
    vscode.Uri.from({
      scheme: planScheme,
      path: `/${session.plan?.plan_hash ?? 'plan'}/${index}/${verdict.vmid ?? index} ${name}.conf`,
      query: uri.toString(),
    });
  await vscode.commands.executeCommand('vscode.diff', side('now'), side('after'), title, { preview: true });
}

/** Text of one side; a plan that is gone says so instead of looking like an empty guest. */
export function comparedText(workbench: IntentWorkbench, uri: vscode.Uri): string {
  const [, hash, index, name] = uri.path.split('/');
  const session = workbench.find(uri.query)?.session;
  const verdict = session?.plan?.plan_hash === hash ? session?.verdict(Number(index)) : undefined;
  if (session === undefined || verdict === undefined)
    return '# This plan is no longer there. Plan again, then compare.\n';
  const diff = planDiff(verdict, session.read.cluster ?? '');
  return name?.endsWith(' now.conf') === true ? diff.now : diff.after;
}
