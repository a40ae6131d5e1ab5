import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import { access, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

describe('the status bar item in a real extension host', () => {
  let simulated: Simulated;
  let parts: TestAccess;

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('status');
  });
  after(async () => {
    await setConnections(undefined);
    await simulated.simulator.close();
  });

  const text = (): string | undefined => parts.quorumItem.shown?.text;
  const waitForText = (expected: RegExp): Promise<string> =>
    eventually(
      `the status bar to show ${expected}`,
      () => (expected.test(text() ?? '') ? text() : undefined),
      text,
    );
  const good = /^\$\((pass|info)\)/;

  it('is never good before quorum was reported', async () => {
    const seen = new Set<string>();
    const look = (): void => {
      const quorum = parts.services.model.clusters()[0]?.record.quorum.state;
      if (quorum !== 'quorate') seen.add(text() ?? '');
    };
    const subscription = parts.services.model.onDidChangeNow(look);
    try {
      await showSimulator(simulated);
    } finally {
      subscription.dispose();
    }
    assert.deepEqual(
      [...seen].filter((shown) => good.test(shown)),
      [],
    );
    await waitForText(/^\$\(pass\) ≈ quorate 3\/3 · can lose 1$/);
  });

  it('has a name, a sentence for screen readers, a table and a click that leads to the page', () => {
    const item = parts.quorumItem.shown;
    assert.equal(item?.name, 'Proxbox Quorum');
    assert.match(item?.accessibilityInformation?.label ?? '', /^Proxbox quorum: lab, .*quorate/);
    assert.ok(item?.tooltip instanceof vscode.MarkdownString);
    assert.match(item.tooltip.value, /\| *lab *\|/);
    assert.ok(
      typeof item.tooltip.isTrusted === 'object' && item.tooltip.isTrusted.enabledCommands.length > 0,
    );
    assert.equal(
      typeof item.command === 'object' ? item.command.command : '',
      'proxbox.cluster.openHaStatus',
    );
    assert.equal(item.backgroundColor, undefined);
  });

  it('is never good while the cluster does not answer, and good again afterwards', async () => {
    const { simulator } = simulated;
    simulator.faults.get('lab')?.set({ kind: 'down' });
    await simulator.updateListeners();
    await parts.services.registry.active
      .get('status')
      ?.connection.refresh()
      .catch(() => undefined);
    await waitForText(/^\$\((debug-disconnect|history|question)\) /);
    const seen: string[] = [];
    const subscription = parts.services.model.onDidChange(() => seen.push(text() ?? ''));
    // Several rounds of reading fail meanwhile.
    await eventually(
      'three more changes',
      () => (seen.length >= 3 ? true : undefined),
      () => seen.length,
    );
    subscription.dispose();
    assert.deepEqual(
      seen.filter((shown) => good.test(shown)),
      [],
    );
    simulator.faults.get('lab')?.set({ kind: 'none' });
    await simulator.updateListeners();
    await parts.services.registry.active.get('status')?.connection.refresh();
    await waitForText(/^\$\(pass\) ≈ quorate 3\/3/);
  });

  it('takes the error background without quorum, and gives it back when acknowledged, never the words', async () => {
    const { world } = simulated.simulator;
    const names = simulated.simulator.clusters[0]?.nodes.slice(1) ?? [];
    const setPower = (on: boolean): void =>
      world.command('lab', (behaviour, nowMs) => {
        for (const name of names) behaviour.setNodePower(name, on, nowMs);
      });
    setPower(false);
    await waitForText(/^\$\(error\) no quorum 1\/3/);
    const background = (): string | undefined => parts.quorumItem.shown?.backgroundColor?.id;
    assert.equal(background(), 'statusBarItem.errorBackground');
    await vscode.commands.executeCommand('proxbox.quorum.acknowledge');
    assert.equal(background(), undefined);
    assert.match(text() ?? '', /no quorum 1\/3/);
    setPower(true);
  });
});
