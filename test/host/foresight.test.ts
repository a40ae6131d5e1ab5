import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { access, closePages, eventually, openTabs, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

describe('foresight in a real extension host', () => {
  let simulated: Simulated;
  const tabs = (): string[] => openTabs().map(({ label }) => label);
  const waitForTab = (label: string): Promise<true> =>
    eventually(`the tab "${label}"`, () => (tabs().includes(label) ? true : undefined), tabs);

  before(async () => {
    simulated = await connectSimulator('foresight');
    await showSimulator(simulated);
  });
  afterEach(() => closePages());
  after(async () => {
    await setConnections(undefined);
    await simulated.simulator.close();
  });

  it('opens what maintenance of a node would do from its row', async () => {
    await vscode.commands.executeCommand('proxbox.node.maintenanceReadiness', 'node:foresight.lab/pve3');
    await waitForTab('Maintenance pve3 on lab');
  });

  it('opens the page of a guest with why it is where it is, also when it is open already', async () => {
    const { services } = await access();
    const resource = services.model.resource('ha:foresight.lab/vm:104');
    assert.ok(resource);
    await vscode.commands.executeCommand('proxbox.guest.explainPlacement', 'ha:foresight.lab/vm:104');
    await waitForTab(`104 ${resource.name}`);
    await vscode.commands.executeCommand('proxbox.guest.explainPlacement', 'guest:foresight.lab/104');
    assert.equal(tabs().filter((label) => label === `104 ${resource.name}`).length, 1);
  });
});
