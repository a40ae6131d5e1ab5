import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import { access, answering, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

describe('notices in a real extension host', () => {
  let simulated: Simulated;
  let parts: TestAccess;
  const configuration = () => vscode.workspace.getConfiguration('proxbox.notifications');
  const turn = (value: boolean) => configuration().update('quorum', value, vscode.ConfigurationTarget.Global);

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('notices');
    await turn(true);
    await showSimulator(simulated);
  });
  after(async () => {
    await setConnections(undefined);
    await turn(false);
    await simulated.simulator.close();
  });

  it('tell a loss of quorum once, as a warning with a way on and one to mute the kind, which mutes it', async () => {
    const asked: { text: string; buttons: unknown[] }[] = [];
    await answering(
      'showWarningMessage',
      (text, ...buttons) => {
        if (!String(text).includes('lost quorum')) return undefined;
        asked.push({ text: String(text), buttons });
        return 'Mute This Kind';
      },
      async () => {
        const names = simulated.simulator.clusters[0]?.nodes.slice(1) ?? [];
        simulated.simulator.world.command('lab', (behaviour, nowMs) => {
          for (const name of names) behaviour.setNodePower(name, false, nowMs);
        });
        await eventually(
          'the kind to be muted',
          () => (configuration().get('quorum') === false ? true : undefined),
          () => [asked, parts.services.model.clusters()[0]?.record.quorum.state],
        );
      },
    );
    assert.equal(asked.length, 1);
    assert.match(asked[0]?.text ?? '', /^lab lost quorum: 1 of 3 votes, need 2\. /);
    assert.deepEqual(asked[0]?.buttons, ['Open HA Status', 'What If', 'Mute This Kind']);
    assert.equal(configuration().inspect('quorum')?.globalValue, false);
  });
});
