import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';

const extensionId = 'proxbox.proxbox-operator-console';

describe('connections in a real extension host', () => {
  before(async () => {
    await vscode.extensions.getExtension(extensionId)?.activate();
  });

  it('are read from the machine and not from an opened folder', async () => {
    const inspected = vscode.workspace.getConfiguration('proxbox').inspect('connections');
    assert.ok(inspected);
    await assert.rejects(
      async () =>
        vscode.workspace
          .getConfiguration('proxbox')
          .update('connections', [], vscode.ConfigurationTarget.Workspace),
      'a folder must not be able to bring connections along',
    );
  });

  it('start the demo, which ends again when it is turned off', async function () {
    this.timeout(60_000);
    const configuration = () => vscode.workspace.getConfiguration('proxbox');
    await vscode.commands.executeCommand('proxbox.demo.start');
    const list = configuration().get<{ kind: string; enabled: boolean }[]>('connections') ?? [];
    assert.deepEqual(
      list.map(({ kind, enabled }) => ({ kind, enabled })),
      [{ kind: 'demo', enabled: true }],
    );
    await configuration().update('connections', undefined, vscode.ConfigurationTarget.Global);
    assert.deepEqual(configuration().get('connections'), []);
  });

  it('refresh without a connection says nothing and fails nothing', async () => {
    await vscode.commands.executeCommand('proxbox.view.refresh');
  });

  it('open the HA status page even when there is nothing to show', async () => {
    const opened = new Promise<vscode.Tab>((resolve) => {
      const subscription = vscode.window.tabGroups.onDidChangeTabs((change) => {
        const tab = change.opened.find(({ label }) => label === 'HA status');
        if (tab === undefined) return;
        subscription.dispose();
        resolve(tab);
      });
    });
    await vscode.commands.executeCommand('proxbox.cluster.openHaStatus');
    await vscode.window.tabGroups.close(await opened);
  });
});
