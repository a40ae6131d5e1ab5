import assert from 'node:assert/strict';
import { createFleetCollector } from '../../../../src/aggregator/collect/fleetCollector.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeProxmox, failure, never, readerOver, rowsOf } from './harness.ts';

/** A fleet of one cluster that somebody watches, read every two seconds. */
function watched() {
  const clock = new FakeClock();
  const proxmox = new FakeProxmox();
  const collector = createFleetCollector({
    readers: [readerOver([proxmox], clock)],
    clock,
    logger: nullLogger,
    random: () => 0.5,
    pollIntervalMs: 2_000,
  });
  const deltas: number[] = [];
  collector.onDidChange(() => deltas.push(clock.now()));
  const cluster = () => {
    const [record] = collector.snapshot().clusters;
    if (record === undefined) throw new Error('every configured cluster has a record');
    return record;
  };
  return { clock, proxmox, lists: proxmox.lists, collector, cluster, deltas };
}

function loseQuorum(lists: FakeProxmox['lists']): void {
  for (const row of rowsOf(lists['/cluster/status'])) if (row.type === 'cluster') row.quorate = 0;
  for (const row of rowsOf(lists['/cluster/ha/status/current'])) if (row.type === 'quorum') row.quorate = 0;
}

describe('a list that is late', () => {
  for (const late of [
    ['/cluster/ha/rules', '/cluster/config/qdevice'],
    ['/cluster/resources'],
    ['/cluster/ha/resources', '/cluster/config/nodes'],
  ] as const) {
    it(`(${late.join(', ')}) does not hold back the loss of quorum`, async () => {
      const { clock, lists, collector, cluster } = watched();
      collector.watch();
      await clock.advance(0);
      assert.equal(cluster().quorum.state, 'quorate');
      for (const path of late) lists[path] = never;
      await clock.advance(4_500);
      loseQuorum(lists);
      await clock.advance(3_600);
      assert.equal(cluster().quorum.state, 'notQuorate');
      collector.dispose();
    });
  }

  it('does not delay the rounds after it, nor is it asked for again while it is under way', async () => {
    const { clock, proxmox, lists, collector } = watched();
    collector.watch();
    await clock.advance(0);
    lists['/cluster/ha/rules'] = never;
    proxmox.calls.length = 0;
    await clock.advance(32_000);
    const asked = (path: string): number => proxmox.calls.filter((call) => call === path).length;
    assert.ok(asked('/cluster/status') >= 9, String(asked('/cluster/status')));
    assert.equal(asked('/cluster/ha/rules'), 1);
    collector.dispose();
  });

  it('is taken when it comes', async () => {
    const { clock, lists, collector, cluster } = watched();
    collector.watch();
    await clock.advance(0);
    let answer: (rows: unknown) => void = () => undefined;
    lists['/cluster/ha/rules'] = new Promise((resolve) => {
      answer = resolve;
    });
    await clock.advance(4_000);
    assert.equal(collector.snapshot().rules.length, 1);
    answer([]);
    await clock.advance(0);
    assert.deepEqual(collector.snapshot().rules, []);
    assert.equal(cluster().sections.haRules.readAtMs, clock.now());
    collector.dispose();
  });

  it('keeps the picture from counting as whole when it is a vital one, and is a failure once it failed', async () => {
    const { clock, lists, collector, cluster } = watched();
    collector.watch();
    await clock.advance(0);
    const wholeMs = cluster().freshness.lastSuccessMs;
    let fail: (error: unknown) => void = () => undefined;
    lists['/cluster/resources'] = new Promise((_resolve, reject) => {
      fail = reject;
    });
    await clock.advance(6_000);
    assert.equal(cluster().freshness.lastSuccessMs, wholeMs);
    assert.equal(cluster().freshness.error, null);
    fail(failure('timeout'));
    await clock.advance(0);
    assert.equal(cluster().freshness.error?.code, 'timeout');
    assert.equal(cluster().sections.resources.state, 'failed');
    assert.equal(cluster().sections.status.state, 'read');
    collector.dispose();
  });

  it('costs a quick cluster nothing: one change per round', async () => {
    const { clock, collector, deltas } = watched();
    collector.watch();
    await clock.advance(6_000);
    assert.equal(deltas.length, 4);
    collector.dispose();
  });
});
