import assert from 'node:assert/strict';
import { waitUntil } from '../../scripts/lib/processes.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { launchWorkbench, type Workbench } from './support/workbench.ts';

const waitMs = 60_000;

describe('connecting to Proxmox nodes by hand', function () {
  this.timeout(240_000);
  let simulator: Simulator;
  let workbench: Workbench;

  before(async () => {
    simulator = await startSimulator({ clusters: ['lab'], calm: true });
    workbench = await launchWorkbench({ viewport: { width: 1280, height: 900 } });
    await workbench.openViewContainer('Proxbox');
  });
  after(async () => {
    await workbench.close();
    await simulator.close();
  });

  /** Waits for the question, answers it with a text. */
  const answer = async (question: RegExp, text: string): Promise<void> => {
    await workbench.quickInput().filter({ hasText: question }).waitFor({ timeout: waitMs });
    await workbench.quickInput().locator('input').first().fill(text);
    await workbench.page.keyboard.press('Enter');
  };
  /** Waits for the choice and takes it. */
  const choose = (label: RegExp): Promise<void> =>
    workbench.quickInput().locator('.monaco-list-row', { hasText: label }).first().click({ timeout: waitMs });
  const lab = () => simulator.clusters[0];

  it('shows an untrusted certificate before anything is sent, and reads the cluster once it is trusted', async () => {
    const cluster = lab();
    assert.ok(cluster);
    const address = new URL(cluster.url);
    const separator = cluster.token.indexOf('=');
    await workbench.runCommand('Proxbox: Add Connection…');
    await choose(/Proxmox nodes/);
    await answer(/Addresses of nodes/, `127.0.0.1:${address.port}`);
    await choose(/^Verify SSL/);
    await answer(/Token id/, cluster.token.slice(0, separator));
    await answer(/Secret of/, cluster.token.slice(separator + 1));
    const certificate = workbench
      .quickInput()
      .locator('.monaco-list-row', { hasText: 'Trust This Certificate' });
    await certificate.waitFor({ timeout: waitMs });
    await certificate.click();
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: waitMs });
    assert.ok(
      ((await dialog.textContent()) ?? '').includes(String(cluster.fingerprint)),
      'the whole fingerprint is shown',
    );
    await workbench.screenshot('certificate');
    await dialog.getByText('Trust This Certificate', { exact: true }).click();
    await answer(/Name of this connection/, 'Lab');
    await workbench.tree('Clusters').waitForRow('lab', (row) => row.description.includes('≈ quorate 3/3'));
  });

  it('keeps the secret out of settings and log', () => {
    const secret = lab()?.token.split('=')[1] ?? '';
    assert.ok(secret.length > 10);
    assert.ok(!workbench.readLogs().includes(secret));
  });

  it('shows a cluster that stops answering with its last picture, and its return', async () => {
    simulator.faults.get('lab')?.set({ kind: 'down' });
    await simulator.updateListeners();
    const tree = workbench.tree('Clusters');
    await tree.waitForRow('lab', (row) => /no answer|stale/.test(row.description));
    await workbench.screenshot('cluster-down');
    const text = await workbench.statusBarText();
    assert.doesNotMatch(text, /^.*lab ≈ quorate/m);
    simulator.faults.get('lab')?.set({ kind: 'none' });
    await simulator.updateListeners();
    await workbench.runCommand('Proxbox: Refresh');
    await waitUntil(
      'the cluster to be back',
      async () =>
        (await tree.rows()).some((row) => row.label === 'lab' && /^≈ quorate 3\/3/.test(row.description)),
      waitMs,
    );
  });
});
