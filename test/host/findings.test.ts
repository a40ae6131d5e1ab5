import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { access, closePages, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

describe('findings in the list of problems', () => {
  let simulated: Simulated;
  const published = (): readonly [vscode.Uri, readonly vscode.Diagnostic[]][] =>
    vscode.languages
      .getDiagnostics()
      .filter(([uri, diagnostics]) => uri.scheme === 'proxbox-ha' && diagnostics.length > 0);
  const codes = (): unknown[] => published().flatMap(([, found]) => found.map(({ code }) => code));

  before(async () => {
    simulated = await connectSimulator('findings', { clusters: ['prod'], hostileNames: true });
    await showSimulator(simulated);
  });
  after(async () => {
    await closePages();
    await setConnections(undefined);
    await simulated.simulator.close();
  });

  it('stand at the lines of their subjects in a document that opens with them and cannot be changed', async () => {
    await eventually(
      'rules to be found infeasible',
      () => (codes().includes('rule-infeasible') ? true : undefined),
      codes,
    );
    const [[uri, diagnostics] = []] = published();
    assert.ok(uri && diagnostics);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const { services } = await access();
    for (const { range, message, source, code } of diagnostics) {
      assert.equal(source, 'Proxbox');
      assert.match(message, / Next: /);
      assert.notEqual(document.getText(range), '', String(code));
    }
    const lonely = diagnostics.find(({ message }) => message.includes('lonely'));
    assert.ok(lonely, diagnostics.map(({ message }) => message).join('\n'));
    assert.equal(document.getText(lonely.range), 'resource-affinity: lonely');
    const before = document.getText();
    await vscode.commands.executeCommand('type', { text: 'changed' });
    assert.equal(document.getText(), before);
    assert.equal(services.model.findings('cluster:findings.prod')?.length, diagnostics.length);
  });

  it('follow what is changed in Proxmox, in the open document as well', async () => {
    const { services } = await access();
    const [[uri] = []] = published();
    assert.ok(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const { world } = simulated.simulator.world.cluster('prod');
    world.store.rules.delete('lonely');
    world.revision += 1;
    await services.registry.active.get('findings')?.connection.refresh();
    await eventually(
      'the rule to be gone',
      () => (document.getText().includes('resource-affinity: lonely') ? undefined : true),
      () => codes(),
    );
    assert.ok(
      published().every(([, found]) => found.every(({ message }) => !message.includes('lonely'))),
      'its problem is gone too',
    );
  });

  it('go with their cluster', async () => {
    await setConnections(undefined);
    await eventually('the problems to be gone', () => (published().length === 0 ? true : undefined), codes);
  });
});
