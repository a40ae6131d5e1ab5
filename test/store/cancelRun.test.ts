import assert from 'node:assert/strict';
import { permissions } from '../../src/contract/intent/permissions.ts';
import { describeOnEngines } from './support/engines.ts';
import { miraKey, startWriteServer, tomKey, viewerKey, type WriteServer } from './support/writeServer.ts';

const annKey = 'ann-key-of-at-least-thirty-two-characters';

describeOnEngines('cancelling a run', (stores) => {
  let server: WriteServer;
  beforeEach(async () => {
    server = await startWriteServer(await stores.next(), stores.clock, {
      apiKeys: [
        { key: miraKey, actor: 'mira', permissions: ['view', 'intent_update_vm'] },
        { key: annKey, actor: 'ann', permissions: permissions.filter((one) => one !== 'admin') },
        { key: tomKey, actor: 'tom', permissions: ['view', 'admin'] },
        { key: viewerKey, actor: 'vera', permissions: ['view'] },
      ],
    });
    await server.opened.writeSide!.store.runs.create(
      {
        uuid: 'r-1',
        requestHash: 'x',
        cluster: 'lab',
        actor: 'mira',
        planHash: null,
        state: 'running',
        overall: null,
        cancelRequested: false,
        createdMs: stores.clock.now(),
        endedMs: null,
        owner: 'another process',
        leaseUntilMs: stores.clock.now() + 60_000,
        auditEntry: null,
      },
      [],
    );
  });
  afterEach(() => server.opened.dispose());

  it('is for whoever began it and for an administrator, and is on record', async () => {
    const cancel = (key: string) => server.ask(key, 'POST', '/intent/runs/r-1/cancel');
    for (const key of [viewerKey, annKey]) {
      const refused = await cancel(key);
      assert.deepEqual([refused.status, refused.body.reason], [403, 'permission_missing']);
    }
    const { runs } = server.opened.writeSide!.store;
    assert.equal((await runs.find('r-1'))?.run.cancelRequested, false);
    for (const key of [miraKey, tomKey]) assert.equal((await cancel(key)).status, 200);
    assert.equal((await runs.find('r-1'))?.run.cancelRequested, true);
    const { entries } = (await server.ask(viewerKey, 'GET', '/audit?action=intent_run_cancel')).body as {
      entries: { actor: string; result: string }[];
    };
    assert.deepEqual(
      entries.map(({ actor, result }) => [actor, result]),
      [
        ['tom', 'succeeded'],
        ['mira', 'succeeded'],
      ],
    );
  });
});
