import assert from 'node:assert/strict';
import { maintenancePageModel } from '../../src/console/foresight/maintenancePage.ts';
import { whatIfPageModel } from '../../src/console/foresight/whatIfPage.ts';
import { stateView } from '../../src/console/states.ts';
import { guest, pictureWith, rule, service } from '../unit/ha/pictureBuilders.ts';
import { assertLooksGood } from './support/looks.ts';
import { openPage, type PageHarness, type ThemeName, themes } from './support/pageHarness.ts';

describe('what-if page in a browser', function () {
  this.timeout(60_000);
  let shown: PageHarness;

  before(async () => {
    shown = await openPage('whatIf');
  });
  after(() => shown.close());
  beforeEach(async () => {
    await shown.page.setViewportSize({ width: 1280, height: 800 });
  });

  const picture = pictureWith({
    rules: [
      rule('gpu', {
        kind: 'nodeAffinity',
        nodes: [{ name: 'pve3', priority: 0 }],
        resources: ['vm:104'],
        strict: true,
      }),
    ],
    resources: [service(101, 'pve1'), service(103, 'pve3'), service(104, 'pve3')],
    guests: [
      guest(101, 'pve1'),
      guest(103, 'pve3'),
      guest(104, 'pve3'),
      guest(200, 'pve3', { haManaged: 'notManaged' }),
    ],
  });
  const post = (lost: readonly string[]) =>
    shown.post({
      type: 'model',
      nowMs: Date.now(),
      model: whatIfPageModel({
        about: '[]',
        picture,
        name: 'prod',
        lost,
        freshness: stateView('live', 'calm', 'pass', 'Read now.'),
      }),
    });

  it('gives the answer first, then the picture, then every guest with its reason', async () => {
    await post(['pve3']);
    const text = await shown.page.locator('main').innerText();
    assert.match(text, /Quorum holds with 2 votes, 2 needed\. 1 resource recovers, 1 resource finds no node/);
    assert.match(text, /1 guest without HA stays down/);
    assert.match(await shown.page.locator('tbody tr').first().innerText(), /Rule gpu allows only pve3\./);
    assert.match(await shown.page.locator('.timeline').innerText(), /1:00\s+pve3 is fenced/);
  });

  it('asks anew when another node is chosen', async () => {
    await post(['pve3']);
    await shown.page.getByLabel('pve2').check();
    assert.deepEqual((await shown.sent()).at(-1), { type: 'toggle', node: 'pve2' });
    await post(['pve2', 'pve3']);
    assert.match(await shown.page.locator('.verdict').innerText(), /Quorum is lost/);
    assert.match(await shown.page.locator('.column').first().innerText(), /resets itself/);
  });

  it('answers for maintenance of one node, with what speaks against it', async () => {
    const postMaintenance = (node: string) =>
      shown.post({
        type: 'model',
        nowMs: Date.now(),
        model: maintenancePageModel({
          about: '[]',
          picture,
          name: 'prod',
          node,
          freshness: stateView('live', 'calm', 'pass', 'Read now.'),
        }),
      });
    await postMaintenance('pve3');
    const text = await shown.page.locator('main').innerText();
    assert.match(text, /pve3 cannot be taken out of service as things are\./);
    assert.match(
      await shown.page.locator('.reasons').innerText(),
      /vm:104 cannot leave\. Rule gpu allows only pve3\./,
    );
    assert.match(await shown.page.locator('#status').innerText(), /cannot be taken out of service/);
    assert.equal(await shown.page.locator('.timeline').count(), 0);
    assert.match(
      (await shown.page.getByRole('list', { name: 'Nodes' }).textContent()) ?? '',
      /pve2: stays, memory 8 GiB to 12 GiB of 16 GiB/,
    );
    assert.equal(await shown.page.getByRole('radio', { name: 'pve3' }).isChecked(), true);
    await shown.page.getByRole('radio', { name: 'pve1' }).check();
    assert.deepEqual((await shown.sent()).at(-1), { type: 'toggle', node: 'pve1' });
    await postMaintenance('pve1');
    assert.equal(await shown.page.getByRole('radio', { name: 'pve3' }).isChecked(), false);
    for (const theme of ['dark', 'light'] as const) await assertLooksGood(shown, 'maintenance', theme);
  });

  for (const theme of Object.keys(themes) as ThemeName[])
    it(`can be read in ${theme}, however narrow`, async () => {
      await post(['pve3']);
      await assertLooksGood(shown, 'whatIf', theme);
    });
});
