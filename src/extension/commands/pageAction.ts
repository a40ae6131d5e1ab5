import * as vscode from 'vscode';
import { plainText } from '../../base/text.ts';
import type { PageAction } from '../../contract/panels.ts';
import { withoutHttps, withoutVerify } from '../connections/tlsChoices.ts';
import { askModal, showError } from '../messages.ts';
import type { Services } from '../services.ts';

/** Does what a page asked for. Only these actions exist for pages; none of them changes Proxmox. */
export async function runPageAction(services: Services, action: PageAction): Promise<void> {
  const run = (command: string, argument?: unknown): Thenable<unknown> =>
    vscode.commands.executeCommand(command, argument);
  switch (action.kind) {
    case 'open':
      if (action.id.startsWith('guest:')) await run('proxbox.guest.open', action.id);
      else await run('proxbox.cluster.openHaStatus', action.id);
      return;
    case 'reveal':
      await run('proxbox.row.revealInTree', action.id);
      return;
    case 'timeline':
      await run('proxbox.cluster.timeline', action.id);
      return;
    case 'openInProxmox':
      await run('proxbox.row.openInProxmox', action.id);
      return;
    case 'copy':
      await vscode.env.clipboard.writeText(action.text);
      return;
    case 'refresh':
      await run('proxbox.view.refresh');
      return;
    case 'openLog':
      await run('proxbox.view.openLog');
      return;
    case 'connection':
      await runConnectionVerb(services, action);
  }
}

async function runConnectionVerb(
  services: Services,
  { connectionId, verb, endpoint }: Extract<PageAction, { kind: 'connection' }>,
): Promise<void> {
  const setting = services.registry.find(connectionId);
  if (setting === undefined) return;
  switch (verb) {
    case 'test':
    case 'edit':
    case 'updateKey':
    case 'reviewCertificate':
      await vscode.commands.executeCommand(`proxbox.connection.${verb}`, connectionId);
      return;
    case 'enableHttps':
      if (setting.kind === 'aggregator') await services.registry.save({ ...setting, useHttps: true });
      return;
    case 'disableHttps': {
      const plain = withoutHttps(setting);
      if (plain === null) return;
      if (plain.state === 'refused') {
        await showError(plain.why);
        return;
      }
      const turnOff = 'Turn Off Use HTTPS';
      if ((await askModal(plain.question, plain.detail, turnOff)) === turnOff)
        await services.registry.save(plain.changed);
      return;
    }
    case 'disableVerify': {
      const turnOff = 'Turn Off Verify SSL';
      const unverified = withoutVerify(setting, endpoint ?? null);
      if (unverified === null) {
        await showError(
          `${plainText(setting.name, 60)}: which of its nodes is meant is not told. Edit the connection instead.`,
        );
        return;
      }
      const answer = await askModal(
        `Read ${endpoint === undefined ? setting.name : `${setting.name} at ${endpoint}`} without checking its certificate?`,
        'Anyone on the way could read the key. The status stays marked "not verified".',
        turnOff,
      );
      if (answer === turnOff) await services.registry.save(unverified);
    }
  }
}
