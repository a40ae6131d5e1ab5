import * as vscode from 'vscode';
import { plainText } from '../../../base/text.ts';
import type { WriteViews } from '../../deletion/writeViews.ts';
import { showInfo } from '../../messages.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';

/** Chooses who acts on the demo: the keys of its identities were made when it started and live in memory only. */
export async function switchIdentity(services: Services, views: WriteViews): Promise<void> {
  const demo = [...services.registry.active.values()].find(({ setting }) => setting.kind === 'demo');
  const identities = (await demo?.identities()) ?? null;
  if (demo === undefined || identities === null)
    throw new OperatorError('Only the demo has identities to switch between. Start it first.');
  const chosen = await vscode.window.showQuickPick(
    identities.actors.map((actor) => ({
      label: actor,
      description: actor === identities.current ? 'now' : '',
      detail: 'May plan, apply, ask for deletions and decide on those of others.',
    })),
    { title: 'Switch Identity', placeHolder: `Who acts on ${plainText(demo.setting.name, 60)}?` },
  );
  if (chosen === undefined || chosen.label === identities.current) return;
  identities.use(chosen.label);
  await views.desk.identityChanged(demo.setting.id);
  void showInfo(`You are ${chosen.label} on ${plainText(demo.setting.name, 60)} now.`);
}
