import assert from 'node:assert/strict';
import { GuestView } from '../../../src/console/guestPage.ts';
import type { GuestReading } from '../../../src/console/guestPageFacts.ts';
import { GuestReadings } from '../../../src/console/guestReadings.ts';
import type { GuestDetail } from '../../../src/contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../../../src/contract/model/loadTimeframe.ts';
import { buildDetail, buildError, buildFleet, builtAtMs } from '../../support/fleetBuilders.ts';
import { openModel } from './support.ts';

const point = (timeS: number) => ({ timeS, cpuRatio: 0.1, memoryBytes: 1, maxMemoryBytes: 2 });
const task = { upid: 'UPID:x', node: 'pve1', type: 'qmstart', user: null, startS: 1, endS: 2, status: 'OK' };
const whole = buildDetail({ tasks: [task], load: [point(1), point(2)] });
const error = buildError({ code: 'httpError', message: 'boom' });
const broken: Partial<GuestDetail> = {
  config: null,
  configError: error,
  status: null,
  statusError: error,
  tasks: [],
  tasksError: error,
  load: [],
  loadError: error,
};
const laterMs = builtAtMs + 30_000;

function show(reading: GuestReading, timeframe: LoadTimeframe = 'hour') {
  const { model } = openModel({ server: buildFleet() });
  const { config, tasks, load, guest } = new GuestView(model, 'guest:server.prod/101').build(
    reading,
    timeframe,
    laterMs,
  );
  return {
    counts: [config.sections.length > 0, tasks.rows.length, load.points.length],
    notices: [config.notice, tasks.notice, load.notice],
    uptime: guest.facts.find(({ label }) => label === 'Uptime')?.value,
  };
}

describe('the readings of a guest', () => {
  it('keep each part that fails later, with the moment it was read', () => {
    const readings = new GuestReadings();
    const good = show(readings.read(whole, builtAtMs));
    assert.deepEqual(good.counts, [true, 1, 2]);
    assert.deepEqual(good.notices, [null, null, null]);
    const failing = show(readings.read(buildDetail(broken), laterMs));
    assert.deepEqual(failing.counts, [true, 1, 2]);
    for (const notice of failing.notices)
      assert.match(
        notice ?? '',
        /not readable: .*boom.* Showing what was read at \d\d:\d\d\.|Showing what was read at/,
      );
    assert.match(failing.uptime ?? '', /^1 h at \d\d:\d\d$/);
  });

  it('keep everything when no answer comes, and say from when it is', () => {
    const readings = new GuestReadings();
    readings.read(whole, builtAtMs);
    readings.read(buildDetail({ ...broken, config: whole.config, configError: null }), laterMs);
    const reading = readings.failed(error);
    assert.deepEqual(show(reading).counts, [true, 1, 2]);
    assert.match(show(reading).notices[0] ?? '', /^Configuration as read at /);
    assert.ok(reading.state === 'failed');
    assert.deepEqual([reading.keptFromMs?.config, reading.keptFromMs?.tasks], [laterMs, builtAtMs]);
  });

  it('take a part that is read again for the newest', () => {
    const readings = new GuestReadings();
    readings.read(whole, builtAtMs);
    readings.read(buildDetail(broken), builtAtMs + 10_000);
    const told = readings.read(buildDetail({ tasks: [], load: [point(3)] }), laterMs);
    assert.deepEqual(show(told).counts, [true, 0, 1]);
    assert.deepEqual(show(told).notices, [null, 'No recent tasks.', null]);
  });

  it('keep no load of another timeframe, and nothing of another guest', () => {
    const readings = new GuestReadings();
    readings.read(whole, builtAtMs);
    const day = readings.read(buildDetail({ ...broken, loadTimeframe: 'day' }), laterMs);
    assert.deepEqual(show(day, 'day').counts, [true, 1, 0]);
    const other = new GuestReadings();
    other.read({ ...whole, vmid: 999 }, builtAtMs);
    assert.deepEqual(show(other.read(buildDetail(broken), laterMs)).counts, [false, 0, 0]);
  });

  it('have nothing to keep before the first one', () => {
    const reading = new GuestReadings().failed(error);
    assert.ok(reading.state === 'failed');
    assert.deepEqual([reading.detail, reading.keptFromMs], [null, {}]);
  });
});
