// Takes the pictures of the README from the running product: the demo in a real workbench.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchWorkbench } from '../test/e2e/support/workbench.ts';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));
mkdirSync(folder, { recursive: true });

const workbench = await launchWorkbench({
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
  await workbench.runCommand('Proxbox: Pull the Plug…');
  await workbench.quickInput().locator('input').first().fill('px-04');
  await workbench.page.keyboard.press('Enter');
  await tree.waitForRow('px-04', (row) => row.description.startsWith('lost'));
  await page.locator('.banner', { hasText: 'px-04 is lost' }).waitFor();
  copyFileSync(await workbench.screenshot('picture-plug'), `${folder}node-lost.png`);
} finally {
  await workbench.close();
}
