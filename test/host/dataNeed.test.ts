import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import { access, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated } from './support/simulated.ts';

describe('reading', () => {
  let simulated: Simulated;
  const setStatusBar = (enabled: boolean | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('proxbox')
      .update('statusBar.enabled', enabled, vscode.ConfigurationTarget.Global);
  let parts: TestAccess;
  const stateKind = (): string | undefined =>
    parts.services.registry.active.get('quiet')?.connection.state.kind;
  const requests = (): number => simulated.simulator.requests.get('lab')?.counts.total ?? -1;

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('quiet');
    await vscode.commands.executeCommand('workbench.view.explorer');
    await setStatusBar(false);
  });
  after(async () => {
    await setStatusBar(undefined);
    await setConnections(undefined);
    await simulated.simulator.close();
  });

  it('does not begin before something on screen needs it', async () => {
    const { treeView, quorumItem } = parts;
    await setConnections([simulated.setting]);
    assert.equal(treeView.view.visible, false);
    assert.equal(quorumItem.shown, null);
    assert.equal(stateKind(), 'idle');
    assert.equal(requests(), 0);
  });

  it('begins when the tree is shown', async () => {
    await vscode.commands.executeCommand('proxbox.clusters.focus');
    const { services } = parts;
    await eventually('a request', () => (requests() > 0 ? true : undefined));
    await eventually('the cluster to be shown', () => services.model.clusters()[0]);
  });

  it('pauses when the tree is hidden, and goes on for the status bar item', async () => {
    const { quorumItem } = parts;
    await vscode.commands.executeCommand('workbench.view.explorer');
    const waitFor = (wanted: string): Promise<true> =>
      eventually(
        `the connection to be ${wanted}`,
        () => (stateKind() === wanted ? true : undefined),
        stateKind,
      );
    await waitFor('idle');
    await setStatusBar(true);
    await waitFor('live');
    assert.ok(quorumItem.shown);
  });
});
