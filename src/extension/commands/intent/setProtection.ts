import * as vscode from 'vscode';
import { clusterDisplayName } from '../../../console/clusterNames.ts';
import { type ProtectionLevel, protectionLevels } from '../../../console/intent/applyConfirmation.ts';
import type { Services } from '../../services.ts';
import { protectionOf, setProtection } from '../../settings/protectionSetting.ts';
import { pickClusterId } from '../pickRow.ts';

const words: Readonly<Record<ProtectionLevel, string>> = {
  open: 'Applying asks with one button.',
  guarded: 'Applying lists the consequences and asks.',
  protected: 'Applying asks for the name of the cluster to be typed.',
};

/** Chooses how much is asked before a plan of a cluster is applied. Kept in the user's own settings. */
export async function chooseProtection({ model }: Services, argument: unknown): Promise<void> {
  const clusterId = await pickClusterId(model, argument, 'Set the protection of which cluster?');
  const entry = clusterId === undefined ? undefined : model.clusterEntry(clusterId);
  if (entry === undefined) return;
  const current = protectionOf(entry.id);
  const chosen = await vscode.window.showQuickPick(
    protectionLevels.map((level) => ({
      label: level,
      description: level === current ? 'now' : '',
      detail: words[level],
    })),
    {
      title: `Protection of ${clusterDisplayName(model, entry)}`,
      placeHolder: 'How much is asked before a plan is applied?',
    },
  );
  if (chosen !== undefined) await setProtection(entry.id, chosen.label);
}
