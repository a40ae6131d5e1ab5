// Takes the pictures of the README from the running product: the demo in a real workbench.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchWorkbench } from '../test/e2e/support/workbench.ts';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));
mkdirSync(folder, { recursive: true });

const workspace = mkdtempSync(path.join(tmpdir(), 'proxbox-pictures-'));
writeFileSync(
  path.join(workspace, 'shop.proxbox-intent.yaml'),
  `version: 1
cluster: lab
guests:
  - op: delete
    kind: qemu
    vmid: 105
    node: pve2
    reason: the auditors have their copy
`,
);
const workbench = await launchWorkbench({
  folder: workspace,
  settings: { 'proxbox.connections': [{ id: 'demo', name: 'Demo', kind: 'demo', enabled: true }] },
  viewport: { width: 1280, height: 860 },
});
try {
  await workbench.openViewContainer('Proxbox');
  const tree = workbench.tree('Clusters');
  await tree.waitForRow('prod', (row) => row.description.includes('quorate'));
  await tree.expand('lab');
  await tree.expand('prod');
  await tree.click('prod');
  const page = await workbench.webviewFrame('HA status: prod');
  await page.locator('#resources tbody tr').first().waitFor();
  copyFileSync(await workbench.screenshot('picture-good'), `${folder}console.png`);
  await askForDeletion();
  copyFileSync(await workbench.screenshot('picture-deletion'), `${folder}deletion-request.png`);
  await tree.click('prod');
  const again = await workbench.webviewFrame('HA status: prod');
  await workbench.runCommand('Proxbox: Pull the Plug…');
  await workbench.quickInput().locator('input').first().fill('px-04');
  await workbench.page.keyboard.press('Enter');
  await tree.waitForRow('px-04', (row) => row.description.startsWith('lost'));
  await again.locator('.banner', { hasText: 'px-04 is lost' }).waitFor();
  copyFileSync(await workbench.screenshot('picture-plug'), `${folder}node-lost.png`);
} finally {
  await workbench.close();
  rmSync(workspace, { recursive: true });
}

/** Asks for a deletion as one person and opens the request as the other. */
async function askForDeletion(): Promise<void> {
  const { page } = workbench;
  const answer = async (title: string, text: string): Promise<void> => {
    await workbench.quickInput().filter({ hasText: title }).waitFor();
    await workbench.quickInput().locator('input').first().fill(text);
    await page.keyboard.press('Enter');
  };
  const choose = (label: string): Promise<void> =>
    workbench.quickInput().locator('.monaco-list-row', { hasText: label }).first().click();
  await workbench.runCommand('View: Close All Editors');
  await workbench.runCommand('Proxbox: Turn On Writes…');
  await choose('lab');
  await answer('Turn On Writes', 'allow-edit-and-add-actions');
  await page.keyboard.press('Control+P');
  await workbench.quickInput().locator('input').first().fill('shop.proxbox-intent');
  await choose('shop.proxbox-intent.yaml');
  await page.locator('.codelens-decoration').first().waitFor();
  await workbench.runCommand('Proxbox: Plan');
  const plan = await workbench.webviewFrame('Plan: shop.proxbox-intent.yaml → lab');
  await plan.getByText('Apply 1 Change').first().waitFor();
  await workbench.runCommand('Proxbox: Apply…');
  await page.locator('.monaco-dialog-box').getByText('Apply 1 Change', { exact: true }).click();
  await workbench.tree('Deletion Requests').waitForRow('105 old-wiki');
  await workbench.runCommand('View: Close All Editors');
  await workbench.runCommand('Proxbox: Switch Identity…');
  await choose('tom');
  await workbench.tree('Deletion Requests').waitForRow('Needs my decision');
  await workbench.tree('Deletion Requests').click('105 old-wiki');
  const request = await workbench.webviewFrame('Deletion request 1');
  await request.getByText('same as when asked').first().waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
}
