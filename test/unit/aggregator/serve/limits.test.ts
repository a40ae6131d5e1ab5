import assert from 'node:assert/strict';
import { Lockout } from '../../../../src/aggregator/serve/access/lockout.ts';
import { RateLimit } from '../../../../src/aggregator/serve/access/rateLimit.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

const addresses = Array.from({ length: 10_001 }, (_, index) => `10.${index >> 8}.${index & 255}.1`);

describe('limits per client address', () => {
  it('slide: a request is free again a minute after the one that filled the place', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(clock, 2);
    assert.equal(limit.take('a'), null);
    await clock.advance(30_000);
    assert.equal(limit.take('a'), null);
    assert.equal(limit.take('a'), 30);
    await clock.advance(29_500);
    assert.equal(limit.take('a'), 1);
    await clock.advance(500);
    assert.equal(limit.take('a'), null);
    assert.equal(limit.take('a'), 30);
  });

  it('do not count what they refuse', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(clock, 1);
    limit.take('a');
    for (let i = 0; i < 100; i += 1) assert.equal(limit.take('a'), 60);
    await clock.advance(60_000);
    assert.equal(limit.take('a'), null);
  });

  it('end after their time, whatever the machine is told about the hour', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(clock, 1);
    const lockout = new Lockout(clock);
    limit.take('a');
    for (let i = 0; i < 5; i += 1) lockout.fail('a');
    clock.set(-3_600_000);
    assert.deepEqual([limit.take('a'), lockout.lockedForS('a')], [60, 300]);
    clock.set(7_200_000);
    assert.deepEqual([limit.take('a'), lockout.lockedForS('a')], [60, 300]);
    await clock.advance(300_000);
    assert.deepEqual([limit.take('a'), lockout.lockedForS('a')], [null, null]);
  });

  it('hold a bounded number of addresses, those that asked last', () => {
    const clock = new FakeClock();
    const limit = new RateLimit(clock, 1);
    const lockout = new Lockout(clock);
    for (const address of addresses) {
      limit.take(address);
      lockout.fail(address);
    }
    assert.equal(limit.take(addresses[0]!), null);
    assert.equal(limit.take(addresses.at(-1)!), 60);
    assert.equal(lockout.fail(addresses[0]!), 4);
    assert.equal(lockout.fail(addresses.at(-1)!), 3);
  });

  it('lock for five minutes from the first failure, however many follow', async () => {
    const clock = new FakeClock();
    const lockout = new Lockout(clock);
    lockout.fail('a');
    await clock.advance(299_000);
    for (let i = 0; i < 4; i += 1) lockout.fail('a');
    assert.equal(lockout.lockedForS('a'), 1);
    await clock.advance(1_000);
    assert.equal(lockout.lockedForS('a'), null);
    assert.equal(lockout.fail('a'), 4);
  });
});
