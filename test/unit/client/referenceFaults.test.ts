import assert from 'node:assert/strict';
import { ruleState } from '../../../src/console/placementStates.ts';
import { settle } from '../../support/fakeClock.ts';
import {
  clusterRow,
  good,
  guestRow,
  oldServer,
  quorumRow,
  ServerError,
  serviceRow,
  summaryPath,
} from './oldServer.ts';

type Answers = Record<string, unknown>;
const statusPath = '/proxmox/cluster/status';
const resourcesPath = '/proxmox/cluster/resources';
const rule = {
  cluster_name: 'lab',
  rule: 'apart',
  type: 'resource-affinity',
  affinity: 'negative',
  resources: 'vm:100',
};
const base = { status: [quorumRow, serviceRow], groups: [], resources: [], rules: [rule], errors: [] };
const other = { ...guestRow, id: 'qemu/200', vmid: 200, name: 'web', hastate: null };

/** Polls once with a good picture, then with what is given. */
async function afterGood(answers: Answers) {
  const server = oldServer({
    ...good(),
    [summaryPath]: { ...base, resources: [{ cluster_name: 'lab', sid: 'vm:100', comment: 'first' }] },
    [resourcesPath]: [{ lab: [guestRow, other] }],
  });
  server.connection.watch();
  await settle();
  Object.assign(server.answers, answers);
  await server.clock.advance(15_000);
  return told(server);
}

async function atOnce(answers: Answers) {
  const server = oldServer({ ...good(), ...answers });
  server.connection.watch();
  await settle();
  return told(server);
}

function told({ connection }: ReturnType<typeof oldServer>) {
  const { store } = connection;
  const cluster = store.list('clusters').get('cluster:lab');
  return { connection, store, cluster, sections: cluster?.sections };
}

describe('a polled cluster of which a part failed', () => {
  it('keeps HA resources and rules whose section the summary calls failed, and calls no guest unmanaged', async () => {
    const { store, sections, cluster } = await afterGood({
      [summaryPath]: {
        ...base,
        status: [quorumRow],
        rules: [],
        errors: [
          { cluster_name: 'lab', section: 'resources', message: 'it timed out' },
          { cluster_name: 'lab', section: 'rules', message: 'it timed out' },
        ],
      },
    });
    assert.equal(sections?.haResources.state, 'failed');
    assert.equal(sections?.haRules.error?.message, 'it timed out');
    assert.ok(store.list('rules').has('rule:lab/apart'));
    assert.equal(store.list('resources').get('ha:lab/vm:100')?.comment, 'first');
    assert.equal(store.list('guests').get('guest:lab/200')?.haManaged, 'unknown');
    assert.equal(cluster?.quorum.state, 'quorate');
    assert.equal(cluster?.freshness.error, null);
  });

  it('keeps guests whose list came as an error row', async () => {
    const { store, sections } = await afterGood({
      [resourcesPath]: [{ lab: [{ status: 'error: it timed out', error: 'it timed out' }] }],
    });
    assert.equal(sections?.resources.state, 'failed');
    assert.equal(sections?.resources.error?.message, 'it timed out');
    assert.equal(store.list('guests').size, 2);
  });

  it('keeps when a failing part was read, and since when it fails', async () => {
    const broken = { [statusPath]: [{ name: 'lab', error: 'it timed out' }] };
    const { sections, connection } = await afterGood(broken);
    assert.equal(sections?.status.state, 'failed');
    const first = sections?.status;
    await connection.refresh();
    const again = connection.store.list('clusters').get('cluster:lab')?.sections.status;
    assert.deepEqual([again?.readAtMs, again?.error?.sinceMs], [first?.readAtMs, first?.error?.sinceMs]);
    assert.ok(connection.store.list('nodes').has('node:lab/pve1'));
  });

  it('takes an empty list beside a failed status for a failure where the server has no error entries', async () => {
    const { store, sections } = await afterGood({
      [summaryPath]: {
        status: [{ cluster_name: 'lab', status: 'error: gone' }],
        groups: [],
        resources: [],
        rules: [],
      },
    });
    assert.equal(sections?.haRules.state, 'failed');
    assert.ok(store.list('rules').has('rule:lab/apart'));
  });

  it('counts rows that nobody understands, and then calls no guest unmanaged', async () => {
    const { store, sections } = await atOnce({
      [summaryPath]: { ...base, resources: ['odd', { cluster_name: 'lab', sid: 7 }] },
      [resourcesPath]: [{ lab: [other, 'odd', { type: 'qemu', vmid: 'x' }] }],
    });
    assert.equal(sections?.haResources.droppedRows, 2);
    assert.equal(sections?.resources.droppedRows, 2);
    assert.equal(store.list('guests').get('guest:lab/200')?.haManaged, 'unknown');
  });

  it('calls HA never used only when the whole status says so', async () => {
    const whole = await atOnce({});
    assert.equal(whole.cluster?.master.state, 'never');
    const odd = await atOnce({
      [summaryPath]: { ...base, status: [quorumRow, { cluster_name: 'lab', type: 7 }] },
    });
    assert.equal(odd.cluster?.master.state, 'unknown');
    assert.equal(odd.cluster?.fencing.state, 'unknown');
  });
});

describe('a polled server of which an answer failed', () => {
  const broken = { [statusPath]: new ServerError(502, 'lab'), [resourcesPath]: new ServerError(502, 'lab') };

  it('still tells quorum and HA from its summary', async () => {
    const { connection, cluster, store } = await atOnce({
      ...broken,
      [summaryPath]: { ...base, status: [{ ...quorumRow, quorate: false }, serviceRow] },
    });
    assert.equal(connection.state.kind, 'live');
    assert.equal(cluster?.quorum.state, 'notQuorate');
    assert.equal(cluster?.sections.status.state, 'failed');
    assert.ok(store.list('resources').has('ha:lab/vm:100'));
  });

  it('keeps what the failing answers told before', async () => {
    const { store, cluster } = await afterGood(broken);
    assert.ok(store.list('nodes').has('node:lab/pve1'));
    assert.equal(store.list('guests').size, 2);
    assert.equal(cluster?.freshness.consecutiveFailures, 0);
  });

  it('keeps its clusters, as failing, when the summary fails', async () => {
    const { cluster, store } = await afterGood({ [summaryPath]: new ServerError(502, 'boom') });
    assert.equal(cluster?.freshness.consecutiveFailures, 1);
    assert.equal(cluster?.sections.haStatus.state, 'failed');
    assert.ok(store.list('rules').has('rule:lab/apart'));
  });

  it('is a failure of the connection when nothing could be read or the key is refused', async () => {
    const none = await afterGood({ ...broken, [summaryPath]: new ServerError(502, 'boom') });
    assert.equal(none.connection.state.kind, 'waiting');
    assert.equal(none.store.list('guests').size, 2);
    const refused = await afterGood({ [statusPath]: new ServerError(401, 'no') });
    assert.equal(refused.connection.state.kind, 'halted');
  });

  it('takes an answer that is no list for a failure, not for an empty one', async () => {
    const { store, sections } = await afterGood({ [resourcesPath]: { detail: 'maintenance' } });
    assert.equal(sections?.resources.error?.code, 'unexpectedShape');
    assert.equal(store.list('guests').size, 2);
  });
});

describe('odd words of a polled server', () => {
  it('stay unknown, also where they name what every object has', async () => {
    const row = (type: string, word: string) => ({
      cluster_name: 'lab',
      type,
      node: 'pve1',
      status: `pve1 (${word}, watchdog active, x)`,
    });
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const { cluster, store } = await atOnce({
        [summaryPath]: { ...base, status: [quorumRow, row('master', word), row('lrm', word)] },
      });
      assert.equal(cluster?.master.state, 'unknown');
      assert.equal(store.list('nodes').get('node:lab/pve1')?.lrm?.state, 'unknown');
    }
  });
});

describe('what the polled reference does not tell', () => {
  it('is not made up: a rule without told conflicts is not called in force', async () => {
    const { store } = await atOnce({ [summaryPath]: base });
    const polled = store.list('rules').get('rule:lab/apart');
    assert.ok(polled !== undefined);
    assert.equal(ruleState(polled).tone, 'unknown');
    assert.equal(ruleState({ ...polled, disabled: true }).label, 'disabled');
    assert.equal(ruleState({ ...polled, conflictsTold: true }).label, 'in force');
  });

  it('keeps since when HA is disarmed from poll to poll', async () => {
    const fencing = { cluster_name: 'lab', type: 'fencing', status: 'disarmed, resource mode: freeze (x)' };
    const server = oldServer({ ...good(), [summaryPath]: { ...base, status: [quorumRow, fencing] } });
    server.connection.watch();
    await settle();
    const since = (): number | null | undefined => told(server).cluster?.fencing.sinceMs;
    const first = since();
    assert.equal(first, server.clock.now());
    await server.clock.advance(45_000);
    assert.equal(since(), first);
    Object.assign(server.answers, { [summaryPath]: base });
    await server.clock.advance(15_000);
    assert.equal(since(), null);
  });
});

describe('polled clusters of one name', () => {
  const lone = { ...clusterRow, mode: 'standalone' };

  it('are not merged: nothing of them is told, and why', async () => {
    for (const answers of [
      { [summaryPath]: { ...base, status: [quorumRow, { ...quorumRow, quorate: false }] } },
      { [statusPath]: [lone, lone] },
      { [resourcesPath]: [{ lab: [guestRow] }, { lab: [other] }] },
    ]) {
      const { cluster, store } = await atOnce(answers);
      assert.equal(cluster?.quorum.state, 'unknown');
      assert.match(cluster?.freshness.error?.message ?? '', /several clusters called lab/);
      assert.equal(store.list('guests').size, 0);
      const later = await afterGood(answers);
      assert.equal(later.cluster?.quorum.state, 'unknown');
    }
  });

  it('are one when everything about them is told once', async () => {
    const { cluster } = await atOnce({});
    assert.equal(cluster?.quorum.state, 'quorate');
  });
});

describe('a polled lone node', () => {
  const lone = { ...clusterRow, mode: 'standalone' };

  it('is standalone, unless HA says that there is no quorum', async () => {
    assert.equal((await atOnce({ [statusPath]: [lone] })).cluster?.quorum.state, 'standalone');
    const lost = { ...base, status: [{ ...quorumRow, quorate: false }] };
    assert.equal(
      (await atOnce({ [statusPath]: [lone], [summaryPath]: lost })).cluster?.quorum.state,
      'notQuorate',
    );
  });

  it('is not what a cluster becomes by one odd reply', async () => {
    const { cluster } = await afterGood({
      [statusPath]: [lone],
      [summaryPath]: { ...base, status: [serviceRow] },
    });
    assert.deepEqual([cluster?.mode, cluster?.quorum.state], ['undefined', 'unknown']);
  });
});
