import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { waitUntil } from '../../scripts/lib/processes.ts';
import { launchWorkbench, type ThemeName, themes, type Workbench } from './support/workbench.ts';

const demo = { id: 'demo', name: 'Demo', kind: 'demo', enabled: true };
/** Longest wait for something that takes a round of reading, milliseconds. */
const roundMs = 45_000;

/** The page's text once it holds what is expected. */
async function textWith(frame: Frame, expected: RegExp): Promise<string> {
  let text = '';
  await waitUntil(
    `the page to show ${expected}`,
    async () => {
      text = (await frame.locator('body').textContent()) ?? '';
      return expected.test(text);
    },
    roundMs,
  );
  return text;
}

describe('the console in a workbench', function () {
  this.timeout(240_000);
  let workbench: Workbench;

  before(async () => {
    workbench = await launchWorkbench({
      settings: { 'proxbox.connections': [demo] },
      viewport: { width: 1280, height: 1100 },
    });
    await workbench.openViewContainer('Proxbox');
  });
  after(() => workbench.close());

  const statusText = async (): Promise<string> =>
    (await workbench.statusBarItems()).find((item) => item.id.includes('proxbox.quorum'))?.text ?? '';
  const waitForStatus = (expected: RegExp): Promise<unknown> =>
    waitUntil(`the status bar to show ${expected}`, async () => expected.test(await statusText()), roundMs);

  it('shows the simulated clusters with their quorum in tree and status bar', async () => {
    const tree = workbench.tree('Clusters');
    await tree.waitForRow('prod', (row) => row.description.includes('≈ quorate 5/5 · can lose 2'));
    await tree.waitForRow('lab', (row) => row.description.includes('≈ quorate 3/3 · can lose 1'));
    await tree.waitForRow('edge-01', (row) => row.description.includes('standalone'));
    await waitForStatus(/demo · 3 clusters · lab can lose 1/);
    await tree.expand('lab');
    await tree.expand('prod');
    await tree.waitForRow('HA Rules');
    await tree.waitForRow('HA Groups');
  });

  it('gives every row words for screen readers', async () => {
    for (const row of await workbench.tree('Clusters').rows()) assert.match(row.ariaLabel, /, /, row.label);
  });

  it('opens the HA status page of a cluster', async () => {
    await workbench.tree('Clusters').click('prod');
    const frame = await workbench.webviewFrame('HA status: prod');
    const text = await textWith(frame, /≈ quorate 5\/5/);
    for (const expected of ['master px-02', 'armed', 'px-05', 'keep apart', 'infeasible'])
      assert.ok(text.includes(expected), expected);
  });

  it('has the menu of its kind on a row of the page', async () => {
    const frame = await workbench.webviewFrame('HA status: prod');
    await frame
      .locator('#resources tbody tr[data-id^="ha:"]', { hasText: 'px-01' })
      .first()
      .click({ button: 'right' });
    const entries = workbench.page.locator('.monaco-menu .action-label');
    await entries.first().waitFor();
    const labels = (await entries.allInnerTexts()).map((text) => text.trim()).filter((text) => text !== '');
    assert.deepEqual(labels, [
      'Open Guest',
      'Explain Placement',
      'Timeline',
      'Reveal in Tree',
      'Reveal Node',
      'Open in Proxmox',
      'Copy ID',
      'Copy Name',
      'Copy as Markdown',
      'Copy Details as JSON',
    ]);
    await workbench.screenshot('page-menu');
    await entries.filter({ hasText: 'Reveal Node' }).click();
    const tree = workbench.tree('Clusters');
    await tree.waitForRow('px-01', (node) => node.selected);
  });

  it('groups guests as chosen in the menu of the view, the choice ticked', async () => {
    const tree = workbench.tree('Clusters');
    await workbench.runCommand('Proxbox: Group Guests By…');
    await workbench.quickInput().locator('input').first().fill('State');
    await workbench.page.keyboard.press('Enter');
    await tree.expand('Guests');
    await tree.waitForRow('running', (row) => /guests?$/.test(row.description));
    await workbench.screenshot('guests-by-state');
    await tree.pane.locator('.pane-header').hover();
    await tree.pane.locator('.pane-header .codicon-toolbar-more').click();
    await workbench.page.locator('.monaco-menu .action-label', { hasText: 'Group Guests By' }).hover();
    const ticked = workbench.page.locator('.monaco-menu .action-label', { hasText: '✓' });
    await ticked.waitFor();
    assert.deepEqual(
      (await ticked.allInnerTexts()).map((text) => text.trim()),
      ['✓ State'],
    );
    await workbench.screenshot('group-by');
    await workbench.page.locator('.monaco-menu .action-label', { hasText: /^None$/ }).click();
    await waitUntil('the groups to go', async () => !(await tree.labels()).includes('running'), roundMs);
    await tree.collapse('Guests');
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    it(`can be read in ${theme}`, async () => {
      await workbench.setTheme(theme);
      await workbench.screenshot(`console-${theme}`);
      const frame = await workbench.webviewFrame('HA status: prod');
      const { text, background } = (await frame.evaluate(
        '({ text: getComputedStyle(document.querySelector("h1")).color, background: getComputedStyle(document.body).backgroundColor })',
      )) as { text: string; background: string };
      assert.notEqual(text, background);
    });
  }

  it('shows a pulled plug in tree, status bar and HA page, and its return', async () => {
    await workbench.setTheme('dark');
    await workbench.runCommand('Proxbox: Pull the Plug…');
    await workbench.quickInput().locator('input').first().fill('px-04');
    await workbench.page.keyboard.press('Enter');
    const tree = workbench.tree('Clusters');
    await tree.waitForRow('px-04', (row) => row.description.startsWith('lost'));
    await waitForStatus(/prod px-04 lost \d+:\d\d · fence at 1:00/);
    const frame = await workbench.webviewFrame('HA status: prod');
    await textWith(frame, /px-04 is lost/);
    await workbench.screenshot('plug-pulled');
    await workbench.runCommand('Proxbox: Restore Power…');
    await workbench.quickInput().locator('input').first().fill('px-04');
    await workbench.page.keyboard.press('Enter');
    // A node boots, its LRM reports and the next round of the manager counts it: that takes most of a minute.
    await waitUntil(
      'px-04 to be back',
      async () => {
        const rows = (await tree.rows()).filter((row) => row.label === 'px-04');
        return rows.length > 0 && rows.every((row) => !/lost|has not seen it/.test(row.description));
      },
      150_000,
    );
  });

  it('tells afterwards what happened, on the timeline of the cluster', async () => {
    await workbench.runCommand('Proxbox: Timeline');
    await workbench.quickInput().locator('input').first().fill('prod');
    await workbench.page.keyboard.press('Enter');
    const frame = await workbench.webviewFrame('Timeline prod, last hour');
    const text = await textWith(frame, /node px-04.*online → lost/s);
    assert.match(text, /lost → online/);
    const strip = frame.locator('svg[role=img][aria-label^="px-04:"]');
    assert.match((await strip.getAttribute('aria-label')) ?? '', /lost until .*, then online/);
    await workbench.screenshot('timeline');
    // A page that takes the focus late would close the next quick pick.
    await frame.locator('h1').click();
  });

  it('opens a guest found by searching', async () => {
    await workbench.runCommand('Proxbox: Search Everything…');
    await workbench.quickInput().locator('input').first().fill('is:ha cluster:lab db-01');
    await workbench.quickInput().locator('.monaco-list-row').first().waitFor();
    await workbench.page.keyboard.press('Enter');
    const frame = await workbench.webviewFrame('103 db-01');
    const text = await textWith(frame, /scsi0|virtio0/);
    assert.match(text, /Max restart/);
    await workbench.screenshot('guest');
  });

  it('shows one message that names the field for a connection that makes no sense, and keeps the others', async () => {
    workbench.setSettings({
      'proxbox.connections': [
        demo,
        { id: 'odd', name: 'Odd', kind: 'aggregator', host: 'https://x', port: 1 },
      ],
    });
    await waitUntil(
      'a notice about the connection',
      async () =>
        (await workbench.notifications()).some((text) => /Connection odd cannot be used: host/.test(text)),
      roundMs,
    );
    await workbench.tree('Clusters').waitForRow('prod');
  });

  it('keeps what it knew when a server goes away, and says which one and what to do', async () => {
    workbench.setSettings({
      'proxbox.connections': [
        demo,
        { id: 'gone', name: 'Gone', kind: 'aggregator', host: '127.0.0.1', port: 9, useHttps: false },
      ],
    });
    const tree = workbench.tree('Clusters');
    await tree.waitForRow('Gone');
    await tree.waitForRow('prod', (row) => row.description.includes('quorate'));
    await workbench.screenshot('server-gone');
  });
});
