import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { access, extensionId, setConnections } from './support/access.ts';

describe('the extension in a real extension host', () => {
  it('is present and activates', async () => {
    await access();
    assert.equal(vscode.extensions.getExtension(extensionId)?.isActive, true);
  });

  it('registers the commands its manifest contributes, and no others', async () => {
    await access();
    const manifest = vscode.extensions.getExtension(extensionId)?.packageJSON as
      | { contributes: { commands: { command: string }[] } }
      | undefined;
    const contributed = manifest?.contributes.commands.map(({ command }) => command).sort();
    // The editor itself adds a handful for each view, such as proxbox.clusters.focus.
    const ofViews = /^proxbox\.(clusters|deletions|activity)\./;
    const registered = (await vscode.commands.getCommands(true))
      .filter((command) => command.startsWith('proxbox.') && !ofViews.test(command))
      .sort();
    assert.deepEqual(registered, contributed);
  });

  it('hides the status bar item while there is no connection', async () => {
    const { quorumItem, services } = await access();
    await setConnections(undefined);
    assert.deepEqual(services.registry.settings, []);
    assert.equal(quorumItem.shown, null);
  });

  it('runs without any connection what needs one, and fails nothing', async () => {
    for (const command of ['proxbox.view.refresh', 'proxbox.view.clearFilter', 'proxbox.row.revealInTree'])
      await vscode.commands.executeCommand(command);
    await vscode.commands.executeCommand('proxbox.row.revealInTree', 'node:nowhere.none/pve1');
    await vscode.commands.executeCommand('proxbox.row.copyId', { id: 'guest:nowhere.none/1' });
  });
});
