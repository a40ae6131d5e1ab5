import assert from 'node:assert/strict';
import { followTask } from '../../../../src/aggregator/intent/apply/followTask.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

const upid = 'UPID:pve1:0001:0002:69200000:qmdestroy:105:root@pam:';

describe('the end of a task', () => {
  const endOf = (exitstatus: string | null | undefined) =>
    followTask(
      {
        get: async () => ({ status: 'stopped', ...(exitstatus === undefined ? {} : { exitstatus }) }),
        write: () => Promise.reject(new Error('following writes nothing')),
      },
      upid,
      { clock: new FakeClock(), pauseMs: 1_000, patienceMs: 1_000 },
    );

  it('is good with OK and with warnings', async () => {
    assert.deepEqual(await endOf('OK'), { state: 'ok', warnings: false });
    assert.deepEqual(await endOf('WARNINGS: 2'), { state: 'ok', warnings: true });
  });

  it('is a failure without a status, because a task that was killed has none', async () => {
    for (const none of [undefined, null])
      assert.deepEqual(await endOf(none), { state: 'failed', message: 'the task ended without a status' });
  });

  it('is a failure with anything else', async () => {
    for (const status of ['', 'ok', 'unexpected status', 'interrupted by signal', 'command failed: OK'])
      assert.equal((await endOf(status)).state, 'failed', status);
  });
});
