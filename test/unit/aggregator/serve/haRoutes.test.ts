import assert from 'node:assert/strict';
import type { ClusterList } from '../../../../src/aggregator/collector.ts';
import { settle } from '../../../support/fakeClock.ts';
import { FakeReader, failed, fleetError, read } from './fakeCollector.ts';
import { startTestServer } from './harness.ts';

type Row = Record<string, unknown>;
const never = new Promise<never>(() => undefined);

/** Lets requests in flight reach the point where they wait for the clock. */
async function reachWait(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await settle();
  }
}

function lab(): FakeReader {
  return new FakeReader('lab', {
    haStatus: read(
      { id: 'quorum', type: 'quorum', node: 'pve1', status: 'OK', quorate: 1 },
      {
        id: 'service:vm:100',
        type: 'service',
        sid: 'vm:100',
        node: 'pve1',
        crm_state: 'started',
        status: 's',
      },
    ),
    haResources: read(
      { sid: 'vm:100', type: 'vm', state: 'started', max_restart: 0, group: 'a' },
      { sid: 'ct:200', type: 'ct', state: 'stopped' },
    ),
    haGroups: read({ group: 'a', type: 'group', nodes: 'pve1:2,pve2' }),
    haRules: { state: 'notOffered' },
  });
}

describe('routes of the HA reference', () => {
  it('gives the rows of every cluster in the order of the configuration', async () => {
    const other = new FakeReader('edge', { haStatus: read({ id: 'quorum', type: 'quorum', quorate: 0 }) });
    const { ask } = startTestServer([lab(), other]);
    const { body } = await ask('/proxmox/cluster/ha/status');
    assert.deepEqual(
      (body as Row[]).map((row) => [row.cluster_name, row.id, row.quorate]),
      [
        ['lab', 'quorum', true],
        ['lab', 'service:vm:100', null],
        ['edge', 'quorum', false],
      ],
    );
  });

  it('names rows by what Proxmox calls the cluster', async () => {
    const reader = lab();
    reader.pveName = 'pve-lab';
    const { ask } = startTestServer([reader]);
    const { body } = await ask('/proxmox/cluster/ha/groups');
    assert.equal((body as Row[])[0]?.cluster_name, 'pve-lab');
  });

  it('merges runtime state by sid inside one cluster only', async () => {
    const twin = new FakeReader('twin', { haResources: read({ sid: 'vm:100', type: 'vm' }) });
    const { ask } = startTestServer([lab(), twin]);
    const { body } = await ask('/proxmox/cluster/ha/resources');
    assert.deepEqual(
      (body as Row[]).map((row) => [row.cluster_name, row.sid, row.node, row.crm_state, row.max_restart]),
      [
        ['lab', 'vm:100', 'pve1', 'started', 0],
        ['lab', 'ct:200', null, null, null],
        ['twin', 'vm:100', null, null, null],
      ],
    );
  });

  it('gives resources without runtime state when only the status failed, and says so in the summary', async () => {
    const reader = lab();
    reader.answers.haStatus = failed('no route');
    const { ask } = startTestServer([reader]);
    const { body } = await ask('/proxmox/cluster/ha/summary');
    const summary = body as Record<string, Row[]>;
    assert.deepEqual(Object.keys(summary), ['status', 'groups', 'resources', 'rules', 'errors']);
    assert.deepEqual(
      summary.status?.map((row) => row.status),
      ['error: no route'],
    );
    assert.deepEqual(
      summary.resources?.map((row) => [row.sid, row.crm_state]),
      [
        ['vm:100', null],
        ['ct:200', null],
      ],
    );
    assert.deepEqual(summary.errors, [{ cluster_name: 'lab', section: 'status', message: 'no route' }]);
  });

  it('reads each list once per cluster for the summary', async () => {
    const reader = lab();
    const { ask } = startTestServer([reader]);
    await ask('/proxmox/cluster/ha/summary');
    assert.deepEqual([...reader.calls].sort(), ['haGroups', 'haResources', 'haRules', 'haStatus']);
  });

  it('takes "not this model" on groups and rules as no rows and no error', async () => {
    const reader = lab();
    reader.answers.haGroups = { state: 'movedToRules' };
    const { ask } = startTestServer([reader]);
    const summary = (await ask('/proxmox/cluster/ha/summary')).body as Record<string, Row[]>;
    assert.deepEqual(summary.groups, []);
    assert.deepEqual(summary.rules, []);
    assert.deepEqual(summary.errors, []);
    const single = await ask('/proxmox/cluster/ha/groups/a');
    assert.equal(single.status, 200);
    assert.equal(single.body, null);
  });

  const sections: [ClusterList, string, string][] = [
    ['haResources', '/proxmox/cluster/ha/resources', 'resources'],
    ['haGroups', '/proxmox/cluster/ha/groups', 'groups'],
    ['haRules', '/proxmox/cluster/ha/rules', 'rules'],
  ];
  for (const [list, path, section] of sections) {
    it(`leaves a cluster whose ${section} failed out of the list and keeps the others`, async () => {
      const broken = lab();
      broken.answers[list] = failed('boom');
      const healthy = new FakeReader('edge', { [list]: read({ sid: 'vm:1', group: 'g', rule: 'r' }) });
      const { ask } = startTestServer([broken, healthy]);
      const { status, body } = await ask(path);
      assert.equal(status, 200);
      assert.deepEqual(
        (body as Row[]).map((row) => row.cluster_name),
        ['edge'],
      );
      const summary = (await ask('/proxmox/cluster/ha/summary')).body as Record<string, Row[]>;
      assert.deepEqual(summary.errors, [{ cluster_name: 'lab', section, message: 'boom' }]);
    });
  }

  it('tells in the summary which section lacks rows that could not be understood', async () => {
    const reader = lab();
    reader.answers.haResources = { state: 'read', rows: [{ sid: 'vm:100' }], malformed: 1 };
    reader.answers.haRules = read({ rule: 'a' }, { rule: 5 });
    const { ask } = startTestServer([reader]);
    const summary = (await ask('/proxmox/cluster/ha/summary')).body as Record<string, Row[]>;
    assert.deepEqual(
      summary.errors?.map((row) => [row.section, row.message]),
      [
        ['resources', 'entries that could not be understood: 1'],
        ['rules', 'sent rows without a readable rule'],
      ],
    );
    assert.equal(summary.resources?.length, 1);
  });

  it('answers empty lists when nothing is configured', async () => {
    const { ask } = startTestServer([]);
    for (const path of ['status', 'resources', 'groups', 'rules']) {
      assert.deepEqual((await ask(`/proxmox/cluster/ha/${path}`)).body, []);
    }
    assert.deepEqual((await ask('/proxmox/cluster/ha/summary')).body, {
      status: [],
      groups: [],
      resources: [],
      rules: [],
      errors: [],
    });
    assert.equal((await ask('/proxmox/cluster/ha/resources/by-vm/100')).text, 'null');
    assert.equal((await ask('/proxmox/cluster/ha/groups/a')).text, 'null');
  });

  describe('by-vm', () => {
    const byVm = '/proxmox/cluster/ha/resources/by-vm';
    const managed = (key: string, ...sids: string[]): FakeReader =>
      new FakeReader(key, {
        haResources: read(...sids.map((sid) => ({ sid, type: sid.slice(0, 2) }))),
        haStatus: read(...sids.map((sid) => ({ sid, type: 'service', node: `${key}-node` }))),
      });
    const broken = (key: string): FakeReader =>
      new FakeReader(key, { haResources: failed('connection refused') });

    it('finds a virtual machine with its runtime state', async () => {
      const { ask } = startTestServer([managed('a', 'vm:100')]);
      const row = (await ask(`${byVm}/100`)).body as Row;
      assert.deepEqual([row.sid, row.node], ['vm:100', 'a-node']);
    });

    it('falls back to the container of that number, and prefers the virtual machine', async () => {
      const { ask } = startTestServer([managed('a', 'ct:7'), managed('b', 'ct:100', 'vm:100')]);
      assert.equal(((await ask(`${byVm}/7`)).body as Row).sid, 'ct:7');
      assert.equal(((await ask(`${byVm}/100`)).body as Row).sid, 'vm:100');
    });

    it('takes the first cluster of the configuration when several have the number', async () => {
      const { ask } = startTestServer([managed('a', 'ct:100'), managed('b', 'vm:100')]);
      assert.equal(((await ask(`${byVm}/100`)).body as Row).cluster_name, 'a');
    });

    it('answers 200 with null for an unmanaged guest when every cluster answered', async () => {
      const { ask } = startTestServer([managed('a', 'vm:1'), managed('b')]);
      const reply = await ask(`${byVm}/100`);
      assert.equal(reply.status, 200);
      assert.equal(reply.text, 'null');
    });

    it('finds the guest on a healthy cluster while another one is down, in either order', async () => {
      for (const readers of [
        [broken('down'), managed('up', 'vm:100')],
        [managed('up', 'vm:100'), broken('down')],
      ]) {
        const { ask } = startTestServer(readers);
        assert.equal(((await ask(`${byVm}/100`)).body as Row).cluster_name, 'up');
      }
    });

    it('says 502 with the cluster, never null, when a silent cluster may have the guest', async () => {
      const { ask } = startTestServer([managed('up', 'vm:1'), broken('down')]);
      const reply = await ask(`${byVm}/100`);
      assert.equal(reply.status, 502);
      assert.deepEqual(reply.body, {
        message: 'Could not tell: no answer from down',
        detail: 'down: connection refused',
        python_exception: null,
      });
    });

    it('says 502 when a cluster sends rows that do not tell which guest they are about', async () => {
      const garbled = new FakeReader('garbled', { haResources: read({ sid: 'vm:1' }, { sid: 7 }) });
      const { ask } = startTestServer([garbled]);
      assert.equal((await ask(`${byVm}/1`)).status, 200);
      const reply = await ask(`${byVm}/100`);
      assert.equal(reply.status, 502);
      assert.match(reply.text, /garbled: sent rows without a readable sid/);
    });

    it('says 502 when an entry of the list was no row, as it may have been the guest', async () => {
      const rows = [{ sid: 'vm:1', type: 'vm' }];
      const { ask } = startTestServer([
        new FakeReader('garbled', { haResources: { state: 'read', rows, malformed: 2 } }),
      ]);
      assert.equal(((await ask(`${byVm}/1`)).body as Row).sid, 'vm:1');
      const reply = await ask(`${byVm}/100`);
      assert.equal(reply.status, 502);
      assert.match(reply.text, /garbled: entries that could not be understood: 2/);
    });

    it('does not ask clusters that a selector leaves out', async () => {
      const { ask } = startTestServer([managed('up', 'vm:1'), broken('down')]);
      assert.equal((await ask(`${byVm}/100?name=up`)).text, 'null');
      assert.equal((await ask(`${byVm}/100?name=down`)).status, 502);
    });

    it('gives the row when only the status of its cluster failed', async () => {
      const reader = managed('a', 'vm:100');
      reader.answers.haStatus = failed('boom');
      const { ask } = startTestServer([reader]);
      const row = (await ask(`${byVm}/100`)).body as Row;
      assert.deepEqual([row.sid, row.node], ['vm:100', null]);
    });

    it('does not wait for later clusters once an earlier one has the guest', async () => {
      const slow = new FakeReader('slow', { haResources: never });
      const { ask } = startTestServer([managed('a', 'vm:100'), slow]);
      assert.equal(((await ask(`${byVm}/100`)).body as Row).cluster_name, 'a');
    });

    it('finds nothing for integers that no guest can have, which are no errors', async () => {
      const { ask } = startTestServer([managed('a', 'vm:1')]);
      for (const number of ['0', '-1', '1000000000']) {
        const reply = await ask(`${byVm}/${number}`);
        assert.deepEqual([reply.status, reply.text], [200, 'null'], number);
      }
    });

    for (const bad of ['abc', '1e2', '0x10', '--1', '1.5', '%20']) {
      it(`refuses the number ${bad} with 422`, async () => {
        const { ask } = startTestServer([]);
        const reply = await ask(`${byVm}/${bad}`);
        assert.equal(reply.status, 422);
        const [finding] = (reply.body as { detail: Row[] }).detail;
        assert.deepEqual(Object.keys(finding ?? {}), ['type', 'loc', 'msg']);
        assert.deepEqual(finding?.loc, ['path', 'vmid']);
      });
    }
  });

  describe('single group', () => {
    it('gives the group of the first cluster that has it, or null', async () => {
      const { ask } = startTestServer([new FakeReader('edge'), lab()]);
      assert.equal(((await ask('/proxmox/cluster/ha/groups/a')).body as Row).cluster_name, 'lab');
      assert.equal((await ask('/proxmox/cluster/ha/groups/b')).text, 'null');
    });

    it('says 502 when a cluster that may have it is silent', async () => {
      const { ask } = startTestServer([lab(), new FakeReader('down', { haGroups: failed('x') })]);
      assert.equal((await ask('/proxmox/cluster/ha/groups/b')).status, 502);
    });
  });

  describe('clusters that are late', () => {
    it('waits one second for the rest once a cluster answered, then gives an error row', async () => {
      const hanging = new FakeReader('hanging', { haStatus: never });
      const { ask, clock } = startTestServer([hanging, lab()]);
      const pending = ask('/proxmox/cluster/ha/status');
      await reachWait();
      await clock.advance(1_000);
      const rows = (await pending).body as Row[];
      assert.deepEqual(
        rows.map((row) => [row.cluster_name, row.status]),
        [
          ['hanging', 'error: no answer yet after 1000 ms'],
          ['lab', 'OK'],
          ['lab', 's'],
        ],
      );
    });

    it('waits longer for a cluster that is known to be slow, and gives its rows', async () => {
      const wan = new FakeReader('wan');
      wan.listPace = { usualMs: 1_500, slowFailure: null, underWaySinceMs: null };
      let answer: (value: ReturnType<typeof read>) => void = () => undefined;
      wan.answers.haStatus = new Promise((resolve) => {
        answer = resolve;
      });
      const { ask, clock } = startTestServer([wan, lab()]);
      const pending = ask('/proxmox/cluster/ha/status');
      await reachWait();
      await clock.advance(2_500);
      answer(read({ id: 'quorum', status: 'OK' }));
      const rows = (await pending).body as Row[];
      assert.deepEqual(
        rows.map((row) => [row.cluster_name, row.status]),
        [
          ['wan', 'OK'],
          ['lab', 'OK'],
          ['lab', 's'],
        ],
      );
    });

    it('takes 400 ms without an answer from a quick cluster for late, and adds what others waited', async () => {
      const hanging = new FakeReader('hanging', { haStatus: never });
      const { ask, clock } = startTestServer([hanging, lab()]);
      for (const [waitedMs, leftMs] of [
        [0, 400],
        [300, 100],
        [2_000, 0],
      ] as const) {
        const underWaySinceMs = waitedMs === 0 ? null : clock.now() - waitedMs;
        hanging.listPace = { usualMs: 20, slowFailure: null, underWaySinceMs };
        const pending = ask('/proxmox/cluster/ha/status');
        await reachWait();
        await clock.advance(leftMs);
        const rows = (await pending).body as Row[];
        assert.deepEqual([rows.length, rows[0]?.status], [3, `error: no answer yet after ${leftMs} ms`]);
      }
    });

    it('does not wait for one that failed slowly while it is tried again', async () => {
      const hanging = new FakeReader('hanging', { haStatus: never });
      const slowFailure = fleetError('no answer within 5000 ms');
      hanging.listPace = { usualMs: 20, slowFailure, underWaySinceMs: null };
      const { ask, clock } = startTestServer([hanging, lab()]);
      const rows = (await ask('/proxmox/cluster/ha/status')).body as Row[];
      assert.equal(rows[0]?.status, 'error: no answer within 5000 ms');
      assert.deepEqual(hanging.calls, ['haStatus']);
      assert.equal(clock.pendingTimers, 0);
    });

    it('waits for that one when nobody else is asked, because its time costs nobody', async () => {
      const back = new FakeReader('back', { haStatus: read({ id: 'quorum', status: 'OK' }) });
      back.listPace = { usualMs: 20, slowFailure: fleetError('was away'), underWaySinceMs: null };
      const { ask } = startTestServer([back, lab()]);
      const rows = (await ask('/proxmox/cluster/ha/status?name=back')).body as Row[];
      assert.deepEqual(
        rows.map((row) => row.status),
        ['OK'],
      );
    });

    it('does not cut a slow cluster short because another one failed', async () => {
      let answer: (value: ReturnType<typeof read>) => void = () => undefined;
      const slow = new FakeReader('slow', {
        haStatus: new Promise((resolve) => {
          answer = resolve;
        }),
      });
      const { ask, clock } = startTestServer([new FakeReader('down', { haStatus: failed('refused') }), slow]);
      const pending = ask('/proxmox/cluster/ha/status');
      await reachWait();
      await clock.advance(4_000);
      answer(read({ id: 'quorum', status: 'OK' }));
      const rows = (await pending).body as Row[];
      assert.deepEqual(
        rows.map((row) => row.status),
        ['error: refused', 'OK'],
      );
    });

    it('gives up on a lone cluster before callers do', async () => {
      const { ask, clock } = startTestServer([new FakeReader('hanging', { haStatus: never })]);
      const pending = ask('/proxmox/cluster/ha/status');
      await reachWait();
      await clock.advance(9_000);
      const rows = (await pending).body as Row[];
      assert.equal(rows[0]?.status, 'error: no answer yet after 9000 ms');
    });

    it('answers a cluster that is known to fail at once, without asking it', async () => {
      const down = new FakeReader('down', { haStatus: never });
      down.standingFailure = fleetError('connection refused');
      down.pveName = 'pve-down';
      const { ask } = startTestServer([down, lab()]);
      const rows = (await ask('/proxmox/cluster/ha/status')).body as Row[];
      assert.deepEqual([rows[0]?.cluster_name, rows[0]?.status], ['pve-down', 'error: connection refused']);
      assert.deepEqual(down.calls, []);
      assert.equal(rows.length, 3);
    });

    it('names a failing cluster by its key when nobody learned its name', async () => {
      const down = new FakeReader('down');
      down.standingFailure = fleetError('x');
      down.pveName = 'never';
      const { ask } = startTestServer([down]);
      assert.equal(((await ask('/proxmox/cluster/ha/status')).body as Row[])[0]?.cluster_name, 'down');
    });

    it('keeps what a late cluster has already told', async () => {
      const half = lab();
      half.answers.haRules = never;
      const { ask, clock } = startTestServer([half, new FakeReader('edge')]);
      const pending = ask('/proxmox/cluster/ha/summary');
      await reachWait();
      await clock.advance(1_000);
      const summary = (await pending).body as Record<string, Row[]>;
      assert.equal(summary.resources?.length, 2);
      assert.deepEqual(
        summary.errors?.map((error) => [error.cluster_name, error.section]),
        [['lab', 'rules']],
      );
    });

    it('leaves no timer behind', async () => {
      const { ask, clock } = startTestServer([lab(), new FakeReader('edge')]);
      await ask('/proxmox/cluster/ha/summary');
      assert.equal(clock.pendingTimers, 0);
    });
  });
});
