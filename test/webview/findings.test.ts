import assert from 'node:assert/strict';
import { FindingsWatch } from '../../src/console/findings/findingsWatch.ts';
import { FleetModel } from '../../src/console/fleetModel.ts';
import { HaStatusView } from '../../src/console/haStatusPage.ts';
import type { FleetRecords } from '../../src/contract/model/fleet.ts';
import { FakeClock } from '../support/fakeClock.ts';
import {
  buildCluster,
  buildFleet,
  buildGuest,
  buildNodeRule,
  builtAtMs,
  FakeConnection,
} from '../support/fleetBuilders.ts';
import { assertLooksGood } from './support/looks.ts';
import { openPage, type PageHarness, type ThemeName, themes } from './support/pageHarness.ts';

const hostile = '<img src=x onerror="window.hacked=1">';

/** Something of every severity, and a name with markup. */
const faulty: Partial<FleetRecords> = {
  ...buildFleet(),
  clusters: [buildCluster('prod', { sections: { haResources: { droppedRows: 1 } } })],
};
const broken: Partial<FleetRecords> = {
  ...buildFleet(),
  guests: [buildGuest(101), buildGuest(102, { node: 'pve2' }), buildGuest(300, { haManaged: 'notManaged' })],
  rules: [
    buildNodeRule('database-servers', ['pve2', 'pve3'], ['vm:101']),
    buildNodeRule(hostile, ['pve9', 'pve2'], ['vm:102']),
  ],
};

describe('findings on the HA status page in a browser', function () {
  this.timeout(60_000);
  let shown: PageHarness;
  before(async () => {
    shown = await openPage('haStatus');
  });
  after(() => shown.close());

  /** The section as it reads once the records were looked through. */
  async function show(records: Partial<FleetRecords>, isLookedThrough = true): Promise<string> {
    const clock = new FakeClock(builtAtMs);
    const model = new FleetModel(clock);
    const connection = new FakeConnection(records);
    model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
    const watch = isLookedThrough ? new FindingsWatch(model, clock, () => 1_800_000) : null;
    await clock.advance(2_500);
    const host = new HaStatusView(model, 'cluster:c0.prod');
    await shown.post({ type: 'model', nowMs: clock.now(), model: host.whole(clock.now()) });
    watch?.dispose();
    model.dispose();
    return shown.page.locator('#findings').innerText();
  }

  it('stand worst first with their number and next step', async () => {
    await show(broken);
    assert.match(await shown.page.locator('#findings h2').innerText(), /^Findings \d+/);
    const severities = await shown.page.locator('#findings tbody tr td:nth-of-type(1)').allInnerTexts();
    assert.deepEqual(
      [...severities].sort((a, b) => (a < b ? 1 : -1)),
      severities,
      severities.join(),
    );
    const first = await shown.page
      .locator('#findings tbody tr', { hasText: 'which is not allowed' })
      .innerText();
    assert.match(first, /vm:101 runs on pve1.*Look at the last migration task/s);
  });

  it('lead to the guest that they are about', async () => {
    await show(broken);
    await shown.page.getByText('vm:101 runs on pve1').click();
    const sent = (await shown.sent()) as { action?: unknown }[];
    assert.deepEqual(sent.at(-1)?.action, { kind: 'open', id: 'guest:c0.prod/101' });
  });

  it('show names with markup as text', async () => {
    assert.match(await show(broken), /<img src=x/);
    assert.equal(await shown.page.locator('#findings img').count(), 0);
    assert.equal(await shown.page.evaluate('window.hacked'), undefined);
  });

  it('call a cluster faultless only when all of it was read and looked through', async () => {
    const fleet = buildFleet();
    const faultless = { ...fleet, guests: fleet.guests.filter(({ haManaged }) => haManaged === 'managed') };
    assert.match(await show(faultless), /Nothing to find fault with/);
    assert.match(await show(faultless, false), /Not checked yet/);
    const text = await show(faulty);
    assert.match(text, /Could not be checked in full/);
    assert.match(text, /not checked/);
    assert.doesNotMatch(text, /Nothing to find fault with/);
  });

  for (const theme of Object.keys(themes) as ThemeName[])
    it(`can be read in ${theme}, however narrow`, async () => {
      await shown.page.setViewportSize({ width: 1280, height: 800 });
      await show(broken);
      await assertLooksGood(shown, 'findings', theme);
    });
});
