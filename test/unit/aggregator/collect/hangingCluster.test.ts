import assert from 'node:assert/strict';
import { createFleetCollector } from '../../../../src/aggregator/collect/fleetCollector.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeProxmox, failure, never, readerOver } from './harness.ts';

/** A healthy cluster and one that never answers anything from the moment it hangs. */
function fleet() {
  const clock = new FakeClock();
  const [good, bad] = [new FakeProxmox(), new FakeProxmox()];
  const collector = createFleetCollector({
    readers: [readerOver([good], clock, 'good'), readerOver([bad], clock, 'bad')],
    clock,
    logger: nullLogger,
    random: () => 0.5,
    pollIntervalMs: 60_000,
  });
  const hang = (): void => {
    for (const path of Object.keys(bad.lists) as (keyof typeof bad.lists)[]) bad.lists[path] = never;
  };
  /** How long one wait for a fresh picture lasts. */
  const waitedMs = async (): Promise<number> => {
    const startedMs = clock.now();
    let endedMs = Number.NaN;
    const wait = collector.ensureFresh(5_000, 2_000).then(() => {
      endedMs = clock.now();
    });
    for (let step = 0; step < 30; step += 1) await clock.advance(100);
    await wait;
    return endedMs - startedMs;
  };
  return { clock, collector, hang, waitedMs };
}

describe('a cluster that hangs', () => {
  it('costs the fleet picture 400 ms when it begins to, and nothing afterwards', async () => {
    const { clock, collector, hang, waitedMs } = fleet();
    assert.equal(await waitedMs(), 0);
    hang();
    await clock.advance(6_000);
    assert.equal(await waitedMs(), 400);
    await clock.advance(6_000);
    assert.equal(await waitedMs(), 0);
    collector.dispose();
  });

  it('costs it one second when nothing was ever read of it', async () => {
    const { collector, hang, waitedMs } = fleet();
    hang();
    assert.equal(await waitedMs(), 1_000);
    collector.dispose();
  });
});

describe('a refresh', () => {
  it('asks once more when it was answered by a call that had been sent before', async () => {
    const clock = new FakeClock();
    const proxmox = new FakeProxmox();
    const reader = readerOver([proxmox], clock);
    const collector = createFleetCollector({
      readers: [reader],
      clock,
      logger: nullLogger,
      random: () => 0.5,
      pollIntervalMs: 60_000,
    });
    const rows = proxmox.lists['/cluster/status'];
    let settle: (data: unknown) => void = () => undefined;
    proxmox.lists['/cluster/status'] = new Promise((resolve) => {
      settle = resolve;
    });
    void reader.read('status');
    await clock.advance(1_000);
    proxmox.lists['/cluster/status'] = rows;
    const refreshed = collector.refresh();
    await clock.advance(1_000);
    settle(failure('timeout'));
    await clock.advance(1_000);
    assert.deepEqual(await refreshed, ['x']);
    collector.dispose();
  });
});

describe('the pace of a list', () => {
  it('tells how long it usually takes, since when it is under way, and what it failed with slowly', async () => {
    const clock = new FakeClock();
    const proxmox = new FakeProxmox();
    const reader = readerOver([proxmox], clock);
    assert.deepEqual(reader.pace('status'), { usualMs: null, slowFailure: null, underWaySinceMs: null });
    let settle: (data: unknown) => void = () => undefined;
    const rows = proxmox.lists['/cluster/status'];
    const hold = (): void => {
      proxmox.lists['/cluster/status'] = new Promise((resolve) => {
        settle = resolve;
      });
    };
    hold();
    const startedMs = clock.now();
    const first = reader.read('status');
    assert.equal(reader.pace('status').underWaySinceMs, startedMs);
    await clock.advance(1_500);
    settle(rows);
    await first;
    assert.deepEqual(reader.pace('status'), { usualMs: 1_500, slowFailure: null, underWaySinceMs: null });
    hold();
    const second = reader.read('status');
    await clock.advance(5_000);
    settle(failure('timeout'));
    await second;
    assert.equal(reader.pace('status').slowFailure?.code, 'timeout');
    assert.equal(reader.pace('status').usualMs, 1_500);
    proxmox.lists['/cluster/status'] = failure('connectionRefused');
    await reader.read('status');
    assert.equal(reader.pace('status').slowFailure, null);
  });
});
