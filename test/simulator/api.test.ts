import assert from 'node:assert/strict';
import { type SimulatedCluster, type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { type CallResult, call } from './support/call.ts';

describe('simulated API over HTTPS', () => {
  const clock = new FakeClock();
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({ clock, calm: true, listenersPerCluster: 2 });
  });
  after(() => simulator.close());

  const clusterOf = (name: string): SimulatedCluster =>
    simulator.clusters.find((cluster) => cluster.name === name)!;
  const get = (name: string, path: string, endpoint = 0): Promise<CallResult> => {
    const cluster = clusterOf(name);
    return call(`${cluster.endpoints[endpoint]?.url}/api2/json${path}`, {
      headers: { authorization: `PVEAPIToken=${cluster.token}` },
    });
  };
  const getAs = (name: string, path: string, headers: Record<string, string>): Promise<CallResult> =>
    call(`${clusterOf(name).url}/api2/json${path}`, { headers });
  const login = (name: string, username: string, password: string): Promise<CallResult> =>
    call(`${clusterOf(name).url}/api2/json/access/ticket`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username, password }).toString(),
    });
  const admin = (path: string, body: unknown): Promise<CallResult> =>
    call(`${simulator.admin.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.admin.token}` },
      body: JSON.stringify(body),
    });

  it('plays three clusters of three releases, each with its own certificate', async () => {
    assert.deepEqual(
      simulator.clusters.map(({ name, version, nodes }) => [name, version, nodes.length]),
      [
        ['lab', '8.4', 3],
        ['prod', '9.2', 5],
        ['edge', '9.1', 1],
      ],
    );
    const fingerprints = simulator.clusters.flatMap(({ endpoints }) =>
      endpoints.map(({ fingerprint }) => fingerprint),
    );
    assert.equal(fingerprints.length, 5, 'a standalone node has one listener only');
    assert.equal(new Set(fingerprints).size, 5);
    for (const fingerprint of fingerprints)
      assert.match(String(fingerprint), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const nodes = (await get('lab', '/nodes')).rows();
    assert.equal(nodes.find((row) => row.node === 'pve1')?.ssl_fingerprint, clusterOf('lab').fingerprint);
  });

  it('answers in the data envelope with the type and headers of the real server', async () => {
    const result = await get('prod', '/version');
    assert.equal(result.status, 200);
    assert.equal(result.headers['content-type'], 'application/json;charset=UTF-8');
    assert.deepEqual(Object.keys(result.json()), ['data']);
    assert.equal((result.json().data as { release: string }).release, '9.2');
  });

  it('each listener answers as its own node', async () => {
    for (const [endpoint, node] of [
      [0, 'px-01'],
      [1, 'px-02'],
    ] as const) {
      const local = (await get('prod', '/cluster/status', endpoint)).rows().filter((row) => row.local === 1);
      assert.deepEqual(
        local.map((row) => row.name),
        [node],
      );
      assert.equal((await get('prod', '/cluster/ha/status/current', endpoint)).rows()[0]?.node, node);
    }
  });

  describe('authentication', () => {
    const wrong: [what: string, headers: Record<string, string>, reason: string][] = [
      ['nothing', {}, 'No ticket'],
      ['a token without a name', { authorization: 'PVEAPIToken=root@pam' }, 'no tokenid specified'],
      [
        'an unknown token',
        { authorization: 'PVEAPIToken=root@pam!other=x' },
        "no such token 'other' for user 'root@pam'",
      ],
      ['an unknown user', { authorization: 'PVEAPIToken=eve@pam!console=x' }, "no such user ('eve@pam')"],
      ['a wrong secret', { authorization: 'PVEAPIToken=root@pam!console=x' }, 'invalid token value!'],
      [
        'an invented ticket',
        { cookie: 'PVEAuthCookie=PVE:root@pam:0::x' },
        'permission denied - invalid PVE ticket',
      ],
    ];
    for (const [what, headers, reason] of wrong) {
      it(`refuses ${what} with 401 and the reason phrase alone`, async () => {
        const result = await getAs('lab', '/version', headers);
        assert.equal(result.status, 401);
        assert.equal(result.reason, reason);
        assert.equal(result.body, '');
      });
    }

    it('gives a ticket for user and password, good for two hours', async () => {
      const { username, password } = clusterOf('lab');
      const reply = (await login('lab', username, password)).json().data as Record<string, string>;
      assert.equal(reply.username, 'root@pam');
      assert.equal(reply.clustername, 'lab');
      assert.match(String(reply.ticket), /^PVE:root@pam:[0-9A-F]{8}::/);
      assert.match(String(reply.CSRFPreventionToken), /^[0-9A-F]{8}:/);
      const cookie = { cookie: `PVEAuthCookie=${encodeURIComponent(String(reply.ticket))}` };
      assert.equal((await getAs('lab', '/version', cookie)).status, 200);
      await clock.advance(2 * 3_600_000);
      assert.equal((await getAs('lab', '/version', cookie)).status, 401);
    });

    it('refuses a wrong password with "authentication failure"', async () => {
      const result = await login('lab', 'root@pam', 'nope');
      assert.equal(result.status, 401);
      assert.equal(result.reason, 'authentication failure');
      assert.equal(result.json().data, null);
    });

    it('names missing login parameters', async () => {
      const result = await call(`${clusterOf('lab').url}/api2/json/access/ticket`, {
        method: 'POST',
        body: '',
      });
      assert.equal(result.status, 400);
      assert.equal(result.reason, 'Parameter verification failed.');
      assert.deepEqual(Object.keys(result.json().errors as object).sort(), ['password', 'username']);
    });

    it('wants the CSRF header for writes with a ticket', async () => {
      const { username, password, url } = clusterOf('lab');
      const reply = (await login('lab', username, password)).json().data as Record<string, string>;
      const cookie = `PVEAuthCookie=${encodeURIComponent(String(reply.ticket))}`;
      const write = (headers: Record<string, string>): Promise<CallResult> =>
        call(`${url}/api2/json/cluster/ha/resources`, { method: 'POST', headers: { cookie, ...headers } });
      const without = await write({});
      assert.deepEqual([without.status, without.reason], [401, 'Permission denied - invalid csrf token']);
      const withHeader = await write({ CSRFPreventionToken: String(reply.CSRFPreventionToken) });
      assert.deepEqual([withHeader.status, withHeader.reason], [400, 'Parameter verification failed.']);
    });

    it('a revoked token stops working, tickets can be expired at once', async () => {
      const made = (
        await admin('/clusters/lab/tokens', { action: 'set', id: 'root@pam!second' })
      ).json() as unknown as { token: string };
      const headers = { authorization: `PVEAPIToken=${made.token}` };
      assert.equal((await getAs('lab', '/version', headers)).status, 200);
      await admin('/clusters/lab/tokens', { action: 'revoke', id: 'root@pam!second' });
      assert.equal((await getAs('lab', '/version', headers)).status, 401);
      const { username, password } = clusterOf('lab');
      const reply = (await login('lab', username, password)).json().data as Record<string, string>;
      const cookie = { cookie: `PVEAuthCookie=${encodeURIComponent(String(reply.ticket))}` };
      await admin('/clusters/lab/tokens', { action: 'expireTickets' });
      assert.equal((await getAs('lab', '/version', cookie)).status, 401);
    });

    it('a restricted token gets 403 with the missing privilege, and lists cut to what it may see', async () => {
      const permissions = [{ path: '/vms/1010', privileges: ['VM.Audit'] }];
      const made = (
        await admin('/clusters/prod/tokens', { action: 'set', id: 'root@pam!narrow', permissions })
      ).json() as unknown as { token: string };
      const headers = { authorization: `PVEAPIToken=${made.token}` };
      const refused = await getAs('prod', '/cluster/ha/status/current', headers);
      assert.deepEqual([refused.status, refused.reason], [403, 'Permission check failed (/, Sys.Audit)']);
      assert.equal(refused.json().message, 'Permission check failed (/, Sys.Audit)\n');
      const rows = (await getAs('prod', '/cluster/resources', headers)).rows();
      assert.deepEqual(
        rows.filter((row) => row.vmid !== undefined).map((row) => row.vmid),
        [1010],
      );
      assert.equal(rows.find((row) => row.type === 'node')?.maxcpu, undefined);
      const own = (await getAs('prod', '/access/permissions', headers)).json().data;
      assert.deepEqual(own, {}, 'nothing on the usual paths');
      const all = (await get('prod', '/access/permissions')).json().data as Record<
        string,
        Record<string, number>
      >;
      assert.equal(all['/']?.['Sys.Audit'], 1);
      const full = (await get('prod', '/cluster/resources')).rows();
      assert.ok(full.length > rows.length, 'answers are not shared between callers of different rights');
    });
  });

  describe('differences between releases', () => {
    it('8.4 does not know rules, 9 answers groups with an error', async () => {
      const rules = await get('lab', '/cluster/ha/rules');
      assert.deepEqual([rules.status, rules.reason], [501, "Method 'GET /cluster/ha/rules' not implemented"]);
      const groups = await get('prod', '/cluster/ha/groups');
      assert.equal(groups.status, 500);
      assert.deepEqual(groups.json(), {
        data: null,
        message: 'cannot index groups: ha groups have been migrated to rules\n',
      });
      assert.equal((await get('lab', '/cluster/ha/groups')).rows().length, 3);
      assert.equal((await get('prod', '/cluster/ha/rules')).rows().length, 7);
    });

    it('only 9.2 has the fencing row, the watchdog words and the disarm index entries', async () => {
      for (const [name, has] of [
        ['lab', false],
        ['edge', false],
        ['prod', true],
      ] as const) {
        const rows = (await get(name, '/cluster/ha/status/current')).rows();
        assert.equal(
          rows.some((row) => row.type === 'fencing'),
          has,
          name,
        );
        assert.equal(
          rows.some((row) => String(row.status).includes('watchdog active')),
          has,
          name,
        );
        assert.equal((await get(name, '/cluster/ha/status')).rows().length, has ? 4 : 2);
      }
    });

    it('groups belong to 8, failback and host memory to 9', async () => {
      const lab = (await get('lab', '/cluster/ha/status/current')).rows().find((row) => row.sid === 'vm:101');
      const prod = (await get('prod', '/cluster/ha/status/current'))
        .rows()
        .find((row) => row.sid === 'vm:1011');
      assert.equal(lab?.group, 'prefer-pve1');
      assert.equal(lab !== undefined && 'failback' in lab, false);
      assert.equal(prod?.failback, 0);
      assert.equal(
        (await get('lab', '/cluster/resources?type=vm')).rows().some((row) => 'memhost' in row),
        false,
      );
      assert.equal(
        (await get('prod', '/cluster/resources?type=vm')).rows().some((row) => 'memhost' in row),
        true,
      );
    });

    it('older servers give the message in the reason phrase only', async () => {
      const old = await startSimulator({
        clusters: ['old'],
        nodes: 3,
        guests: 4,
        releases: ['8.3'],
        http: true,
        clock,
        calm: true,
      });
      const [cluster] = old.clusters;
      const result = await call(`${cluster?.url}/api2/json/cluster/ha/resources/vm:1`, {
        headers: { authorization: `PVEAPIToken=${cluster?.token}` },
      });
      assert.deepEqual([result.status, result.reason], [500, "no such resource 'vm:1'"]);
      assert.deepEqual(result.json(), { data: null });
      await old.close();
    });

    it('the infeasible rule carries its errors, the disabled one its flag', async () => {
      const rules = (await get('prod', '/cluster/ha/rules')).rows();
      assert.deepEqual(rules.find((row) => row.rule === 'lonely')?.errors, {
        resources: ['rule is ineffective as there are less than two resources'],
      });
      assert.equal(rules.find((row) => row.rule === 'old-pairing')?.disable, 1);
      assert.equal(rules.find((row) => row.rule === 'gpu')?.strict, 1);
      assert.equal(rules.find((row) => row.rule === 'db-nodes')?.nodes, 'px-01:2,px-02:2,px-03:1,px-04');
      const byResource = (await get('prod', '/cluster/ha/rules?resource=vm:1040')).rows();
      assert.deepEqual(
        byResource.map((row) => row.rule),
        ['gpu'],
      );
    });
  });

  it('a standalone node has no cluster row, no nodes in the configuration and never used HA', async () => {
    assert.deepEqual((await get('edge', '/cluster/status')).rows(), [
      {
        type: 'node',
        id: 'node/edge-01',
        name: 'edge-01',
        nodeid: 0,
        ip: '203.0.113.5',
        local: 1,
        online: 1,
        level: '',
      },
    ]);
    assert.deepEqual((await get('edge', '/cluster/config/nodes')).rows(), []);
    assert.deepEqual((await get('edge', '/cluster/ha/status/current')).rows(), [
      { id: 'quorum', type: 'quorum', node: 'edge-01', status: 'OK', quorate: 1 },
    ]);
    const join = await get('edge', '/cluster/config/join');
    assert.deepEqual([join.status, join.reason], [424, 'node is not in a cluster, no join info available!']);
  });

  it('votes and link addresses of the configuration are texts; the quorum device is empty until there is one', async () => {
    const nodes = (await get('lab', '/cluster/config/nodes')).rows();
    assert.deepEqual(
      nodes.find((row) => row.node === 'pve1'),
      {
        node: 'pve1',
        name: 'pve1',
        nodeid: '1',
        quorum_votes: '1',
        ring0_addr: '192.0.2.11',
      },
    );
    assert.deepEqual((await get('lab', '/cluster/config/qdevice')).json().data, {});
    await admin('/clusters/lab/qdevice', { state: 'connected' });
    const device = (await get('lab', '/cluster/config/qdevice')).json().data as Record<string, string>;
    assert.equal(device.State, 'Connected');
    await admin('/clusters/lab/qdevice', { state: 'none' });
  });

  it('filters the cluster resources by type and refuses unknown ones', async () => {
    const types = async (query: string): Promise<unknown[]> => [
      ...new Set((await get('prod', `/cluster/resources${query}`)).rows().map((row) => row.type)),
    ];
    assert.deepEqual(await types('?type=vm'), ['qemu', 'lxc']);
    assert.deepEqual(await types('?type=node'), ['node']);
    assert.deepEqual(await types('?type=storage'), ['storage']);
    assert.deepEqual((await types('')).sort(), ['lxc', 'network', 'node', 'pool', 'qemu', 'storage']);
    const refused = await get('prod', '/cluster/resources?type=foo');
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.json().errors, {
      type: "value 'foo' does not have a value in the enumeration 'vm, storage, node, sdn'",
    });
  });

  it('guests have configuration, status and series in the forms of their kind', async () => {
    const config = (await get('prod', '/nodes/px-01/qemu/1010/config')).json().data as Record<
      string,
      unknown
    >;
    assert.equal(config.memory, '98304');
    assert.match(String(config.scsi0), /^ceph-vm:vm-1010-disk-0,/);
    const container = (await get('prod', '/nodes/px-01/lxc/2001/config')).json().data as Record<
      string,
      unknown
    >;
    assert.equal(container.memory, 512);
    assert.equal(container.hostname, 'dns-1');
    const paused = (await get('prod', '/nodes/px-02/qemu/1063/status/current')).json().data as Record<
      string,
      unknown
    >;
    assert.deepEqual([paused.status, paused.qmpstatus], ['running', 'paused']);
    assert.deepEqual(paused.ha, { managed: 0 });
    const managed = (await get('prod', '/nodes/px-01/qemu/1010/status/current')).json().data as Record<
      string,
      unknown
    >;
    assert.deepEqual(managed.ha, { managed: 1, state: 'started' });
    for (const timeframe of ['hour', 'day', 'week', 'month', 'year']) {
      const series = (
        await get('prod', `/nodes/px-01/qemu/1010/rrddata?timeframe=${timeframe}&cf=AVERAGE`)
      ).rows();
      assert.ok(series.length >= 60);
      assert.ok(series.every((row) => typeof row.time === 'number'));
    }
    const missing = await get('prod', '/nodes/px-01/qemu/1010/rrddata');
    assert.equal(missing.status, 400);
  });

  it('errors of unknown guests, nodes, tasks and paths are worded as the real ones', async () => {
    const expectations: [path: string, status: number, reason: string][] = [
      [
        '/nodes/pve1/qemu/999/config',
        500,
        "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
      ],
      [
        '/nodes/pve1/lxc/201/status/current',
        500,
        "Configuration file 'nodes/pve1/lxc/201.conf' does not exist",
      ],
      [
        '/nodes/pve9/status',
        500,
        "hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known",
      ],
      ['/cluster/ha/resources/vm:999', 500, "no such resource 'vm:999'"],
      ['/cluster/ha/groups/none', 500, "no such ha group 'none'"],
      ['/nope', 501, "Method 'GET /nope' not implemented"],
      ['/nodes/pve1/tasks/nonsense/status', 400, 'Parameter verification failed.'],
      ['/nodes/pve1/tasks?limit=x', 400, 'Parameter verification failed.'],
    ];
    for (const [path, status, reason] of expectations) {
      const result = await get('lab', path);
      assert.deepEqual([result.status, result.reason], [status, reason]);
      assert.equal(result.json().data, null);
    }
  });

  it('lists of groups, nodes and resources come in changing order', async () => {
    const orders = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      orders.add(
        (await get('prod', '/nodes'))
          .rows()
          .map((row) => row.node)
          .join(),
      );
      await clock.advance(1000);
    }
    assert.ok(orders.size > 1);
  });

  it('every list of the default world is healthy and lifelike', async () => {
    const resources = (await get('prod', '/cluster/resources')).rows();
    assert.ok(resources.some((row) => row.template === 1));
    assert.ok(resources.some((row) => row.lock === 'backup'));
    assert.ok(resources.some((row) => row.status === 'paused'));
    assert.ok(resources.some((row) => row.status === 'stopped' && row.template === 0));
    assert.ok(resources.some((row) => row.tags === 'db;prod'));
    const states = new Set((await get('prod', '/cluster/ha/status/current')).rows().map((row) => row.state));
    assert.deepEqual([...states].filter((state) => state !== undefined).sort(), [
      'disabled',
      'ignored',
      'started',
      'stopped',
    ]);
    const storages = (await get('prod', '/nodes/px-01/storage')).rows();
    assert.ok(storages.every((row) => row.active === 1 && Number(row.avail) > 0));
    assert.equal((await get('prod', '/storage')).rows().length, storages.length);
    assert.ok((await get('prod', '/cluster/tasks')).rows().length > 10);
    assert.equal((await get('prod', '/cluster/options')).status, 200);
  });

  it('compresses large answers for clients that take it', async () => {
    const { url, token } = clusterOf('prod');
    const result = await call(`${url}/api2/json/cluster/resources`, {
      headers: { authorization: `PVEAPIToken=${token}`, 'accept-encoding': 'gzip' },
    });
    assert.equal(result.headers['content-encoding'], 'gzip');
  });

  describe('with a node powered off', () => {
    before(async () => {
      await admin('/clusters/lab/nodes/pve3/power', { on: false });
      await clock.advance(10_000);
    });
    after(async () => {
      await admin('/clusters/lab/nodes/pve3/power', { on: true });
      await clock.advance(60_000);
    });

    it('calls for it end with 595 and no body', async () => {
      const result = await get('lab', '/nodes/pve3/status');
      assert.deepEqual([result.status, result.reason, result.body], [595, 'No route to host', '']);
    });

    it('the rest of the cluster still answers, with the node offline', async () => {
      const rows = (await get('lab', '/cluster/status')).rows();
      assert.equal(rows.find((row) => row.name === 'pve3')?.online, 0);
    });
  });

  it('a node without power accepts no connections, and its neighbours calls for a cut-off one time out', async () => {
    await admin('/clusters/prod/nodes/px-02/power', { on: false });
    await assert.rejects(get('prod', '/version', 1), { code: 'ECONNREFUSED' });
    assert.equal((await get('prod', '/version', 0)).status, 200);
    await admin('/clusters/prod/nodes/px-02/power', { on: true });
    await clock.advance(60_000);
    assert.equal((await get('prod', '/version', 1)).status, 200);
    await admin('/clusters/prod/nodes/px-02/partition', { isolated: true });
    await clock.advance(10_000);
    const timedOut = await get('prod', '/nodes/px-02/status', 0);
    assert.deepEqual([timedOut.status, timedOut.reason], [596, 'Connection timed out']);
    const minority = (await get('prod', '/cluster/ha/status/current', 1)).rows();
    assert.equal(minority[0]?.quorate, 0);
    const refused = await call(
      `${clusterOf('prod').endpoints[1]?.url}/api2/json/cluster/ha/resources/vm:1010`,
      {
        method: 'PUT',
        headers: { authorization: `PVEAPIToken=${clusterOf('prod').token}` },
      },
    );
    assert.deepEqual([refused.status, refused.reason], [500, 'cluster not ready - no quorum?']);
    await admin('/clusters/prod/nodes/px-02/partition', { isolated: false });
    await clock.advance(20_000);
  });
});
