import assert from 'node:assert/strict';
import { settle } from '../../support/fakeClock.ts';
import { clusterRow, good, oldServer, quorumRow, serviceRow, summaryPath } from './oldServer.ts';

describe('a server without fleet routes', () => {
  it('is polled, and its reference becomes records', async () => {
    const { connection } = oldServer(good());
    connection.watch();
    await settle();
    assert.deepEqual(connection.state, { kind: 'live', via: 'polling', intervalMs: 15_000 });
    assert.deepEqual(connection.capabilities, { version: '0.0.11', fleet: false, ha: true });
    const { store } = connection;
    const cluster = store.list('clusters').get('cluster:lab');
    assert.equal(cluster?.quorum.state, 'quorate');
    assert.equal(cluster?.quorum.votes, null, 'votes are not told there, so they are not known');
    assert.equal(store.list('nodes').get('node:lab/pve1')?.lrm?.state, 'maintenance');
    assert.equal(store.list('resources').get('ha:lab/vm:100')?.maxRestart, 0, 'zero stays zero');
    assert.equal(store.list('guests').get('guest:lab/100')?.haManaged, 'managed');
  });

  it('keeps the moment at which HA was first seen disarmed, and a node lost, over all further polls', async () => {
    const answers = good();
    const { connection, clock } = oldServer(answers);
    connection.watch();
    await settle();
    const readMs = clock.now();
    answers[summaryPath].status.push({
      ...quorumRow,
      id: 'fencing',
      type: 'fencing',
      status: 'disarmed (resource mode: freeze)',
    });
    answers['/proxmox/cluster/status'] = [
      { ...clusterRow, node_list: [{ name: 'pve1', online: false, local: true, nodeid: 1 }] },
    ];
    await clock.advance(60_000);
    const { fencing } = connection.store.list('clusters').get('cluster:lab') ?? {};
    assert.deepEqual([fencing?.state, fencing?.sinceMs], ['disarmed', readMs + 15_000]);
    const node = connection.store.list('nodes').get('node:lab/pve1');
    assert.deepEqual([node?.lostSinceMs, node?.lastOnlineMs], [readMs + 15_000, readMs]);
  });

  it('is asked again after the interval, and not while nobody watches', async () => {
    const { connection, clock, asked } = oldServer(good());
    const watch = connection.watch();
    await settle();
    const perPoll = asked.length;
    await clock.advance(15_000);
    assert.equal(asked.length, 2 * perPoll);
    watch.dispose();
    await clock.advance(120_000);
    assert.equal(asked.length, 2 * perPoll);
  });

  it('does not make a cluster quorate that has no quorum row, whatever its cluster status says', async () => {
    const answers = good();
    answers[summaryPath] = {
      ...answers[summaryPath],
      status: [serviceRow],
    } as (typeof answers)[typeof summaryPath];
    const { connection } = oldServer(answers);
    connection.watch();
    await settle();
    assert.equal(connection.store.list('clusters').get('cluster:lab')?.quorum.state, 'unknown');
  });

  it('keeps the last picture of a cluster that turns into an error row, with the reason', async () => {
    const { connection, clock, answers } = oldServer(good());
    connection.watch();
    await settle();
    answers[summaryPath] = {
      status: [{ cluster_name: 'lab', status: 'error: it timed out' }],
      groups: [],
      resources: [],
      rules: [],
    };
    answers['/proxmox/cluster/resources'] = [];
    await clock.advance(15_000);
    const { store } = connection;
    assert.ok(store.list('guests').has('guest:lab/100'));
    assert.ok(store.list('resources').has('ha:lab/vm:100'));
    assert.equal(store.list('clusters').get('cluster:lab')?.freshness.error?.message, 'it timed out');
  });

  it('shows guests and nodes without the HA routes, and says that HA is not offered', async () => {
    const answers: Record<string, unknown> = good();
    delete answers[summaryPath];
    const { connection } = oldServer(answers);
    connection.watch();
    await settle();
    assert.equal(connection.capabilities?.ha, false);
    assert.ok(connection.store.list('guests').has('guest:lab/100'));
    assert.equal(connection.store.list('clusters').get('cluster:lab')?.quorum.state, 'unknown');
  });

  it('tells of a guest what it has, and that the rest is not offered', async () => {
    const { connection } = oldServer(good());
    connection.watch();
    await settle();
    const detail = await connection.guestDetail('lab', 100, 'hour');
    assert.equal(detail.guest?.name, 'db');
    assert.equal(detail.configError?.code, 'notOffered');
  });
});
