import assert from 'node:assert/strict';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { type CallResult, call } from './support/call.ts';

describe('simulator admin routes', () => {
  const clock = new FakeClock();
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await startSimulator({ clock, calm: true, http: true });
  });
  afterEach(() => simulator.close());

  const admin = (
    method: string,
    path: string,
    body?: unknown,
    token = simulator.admin.token,
  ): Promise<CallResult> =>
    call(`${simulator.admin.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const errorOf = (result: CallResult): { error: string; issues?: string[] } =>
    result.json() as unknown as { error: string; issues?: string[] };

  it('need the bearer token', async () => {
    assert.equal((await admin('GET', '/state', undefined, 'wrong')).status, 401);
    assert.equal((await call(`${simulator.admin.url}/state`)).status, 401);
    assert.equal((await admin('GET', '/state')).status, 200);
  });

  it('tell which field of a body is wrong, and take nothing unknown', async () => {
    const bad = await admin('POST', '/clusters/lab/fault', { kind: 'sleepy' });
    assert.equal(bad.status, 400);
    assert.match(errorOf(bad).issues?.[0] ?? '', /^kind: /);
    const extra = await admin('POST', '/clusters/lab/nodes/pve1/power', { on: true, hard: true });
    assert.equal(extra.status, 400);
    assert.match(errorOf(extra).issues?.[0] ?? '', /hard/);
    const deep = await admin('POST', '/clusters/lab/tokens', {
      action: 'set',
      id: 'root@pam!x',
      permissions: [{ path: 'vms', privileges: [] }],
    });
    assert.match(
      errorOf(deep).issues?.join(' ') ?? '',
      /permissions\.0\.path: .*permissions\.0\.privileges: /s,
    );
    assert.equal((await admin('POST', '/clusters/lab/fault', '{')).status, 400);
    assert.equal((await admin('POST', '/clusters/lab/fault', { kind: 'down', endpoint: 4 })).status, 400);
  });

  it('name what does not exist or cannot be done', async () => {
    const unknown = await admin('POST', '/clusters/none/fault', { kind: 'down' });
    assert.equal(unknown.status, 404);
    assert.match(errorOf(unknown).error, /There are: lab, prod, edge/);
    const node = await admin('POST', '/clusters/lab/nodes/pve9/power', { on: false });
    assert.deepEqual([node.status, errorOf(node).error], [409, "There is no node 'pve9' in lab."]);
    const disarm = await admin('POST', '/clusters/lab/ha/disarm', { mode: 'freeze' });
    assert.deepEqual([disarm.status, errorOf(disarm).error], [409, 'Proxmox VE 8.4 cannot disarm HA.']);
    const same = await admin('POST', '/clusters/lab/guests/101/migrate', { target: 'pve1' });
    assert.equal(same.status, 409);
    assert.equal((await admin('GET', '/nope')).status, 404);
  });

  it('count requests per cluster and path template, in total and since the last reset', async () => {
    const [lab] = simulator.clusters;
    const headers = { authorization: `PVEAPIToken=${lab?.token}` };
    for (const path of ['/version', '/nodes/pve1/status', '/nodes/pve2/status']) {
      await call(`${lab?.url}/api2/json${path}`, { headers });
    }
    interface Counts {
      clusters: Record<
        string,
        { total: number; sinceReset: number; byPath: Record<string, number>; recent: unknown[] }
      >;
    }
    const counts = async (): Promise<Counts> => (await admin('GET', '/requests')).json() as unknown as Counts;
    const before = (await counts()).clusters;
    assert.deepEqual(before.lab?.byPath, { 'GET /nodes/{node}/status': 2, 'GET /version': 1 });
    assert.equal(before.lab?.total, 3);
    assert.equal(before.prod?.total, 0);
    assert.equal(JSON.stringify(before).includes(String(lab?.token.split('=')[1])), false);
    await admin('POST', '/requests/reset');
    const after = (await counts()).clusters;
    assert.deepEqual([after.lab?.total, after.lab?.sinceReset, after.lab?.recent.length], [3, 0, 0]);
  });

  it('drive the world: migration, HA state, maintenance, disarm, faults show in the state', async () => {
    assert.equal((await admin('POST', '/clusters/lab/guests/102/migrate', { target: 'pve3' })).status, 200);
    assert.equal((await admin('POST', '/clusters/lab/ha/vm:101', { crmState: 'error' })).status, 200);
    assert.equal(
      (await admin('POST', '/clusters/prod/nodes/px-03/maintenance', { enabled: true })).status,
      200,
    );
    assert.equal(
      (await admin('POST', '/clusters/lab/fault', { kind: 'slow', delayMs: 10, path: '/nodes' })).status,
      200,
    );
    await clock.advance(90_000);
    interface State {
      clusters: {
        name: string;
        faults: { forAll: { kind: string } };
        ha: { sid: string; crmState: string; node: string }[];
      }[];
    }
    const state = (await admin('GET', '/state')).json() as unknown as State;
    const lab = state.clusters.find(({ name }) => name === 'lab');
    assert.equal(lab?.ha.find(({ sid }) => sid === 'vm:101')?.crmState, 'error');
    assert.equal(lab?.ha.find(({ sid }) => sid === 'vm:102')?.node, 'pve3');
    assert.equal(lab?.faults.forAll.kind, 'slow');
    assert.equal((await admin('POST', '/clusters/prod/ha/disarm', { mode: 'ignore' })).status, 200);
    assert.equal((await admin('POST', '/clusters/prod/ha/arm')).status, 200);
    assert.equal(JSON.stringify(state).includes(String(simulator.clusters[0]?.password)), false);
  });

  it('reboot a node as its operating system does, and load it', async () => {
    await clock.advance(20_000);
    assert.equal(
      (await admin('POST', '/clusters/prod/nodes/px-04/shutdown', { kind: 'reboot' })).status,
      200,
    );
    assert.equal((await admin('POST', '/clusters/prod/nodes/px-01/load', { share: 1 })).status, 200);
    assert.equal((await admin('POST', '/clusters/prod/nodes/px-01/load', { share: 2 })).status, 400);
    await clock.advance(30_000);
    const { world } = simulator.world.cluster('prod');
    assert.equal(world.nodes.get('px-04')?.power, 'booting');
    assert.equal(world.store.managerStatus?.service_status['vm:1020']?.state, 'freeze');
    const busy = [...(world.guestsByNode.get('px-01') ?? [])];
    assert.ok(busy.length > 0 && busy.every(({ busyness }) => busyness === 1));
    const again = await admin('POST', '/clusters/prod/nodes/px-04/shutdown', { kind: 'reboot' });
    assert.deepEqual([again.status, errorOf(again).error], [409, "Node 'px-04' is not up."]);
    await clock.advance(120_000);
    assert.equal(world.store.managerStatus?.service_status['vm:1020']?.state, 'started');
    assert.equal(world.guests.get(1020)?.status, 'running');
  });

  it('list, play and stop scenarios', async () => {
    interface Scenes {
      scenarios: { id: string; clusters: string[] }[];
      playing: { id: string; cluster: string; isOver: boolean; said: { text: string }[] } | null;
    }
    const scenes = async (): Promise<Scenes> => (await admin('GET', '/scenario')).json() as unknown as Scenes;
    const before = await scenes();
    assert.equal(before.playing, null);
    assert.deepEqual(before.scenarios.find(({ id }) => id === 'split')?.clusters, ['lab', 'prod']);
    assert.equal((await admin('POST', '/scenario', { id: 'no-such' })).status, 400);
    assert.equal((await admin('POST', '/scenario', { id: 'node-failure', cluster: 'lab' })).status, 200);
    await clock.advance(10_000);
    const { playing } = await scenes();
    assert.deepEqual([playing?.id, playing?.cluster, playing?.isOver], ['node-failure', 'lab', false]);
    assert.match(playing?.said[0]?.text ?? '', /loses power/);
    const second = await admin('POST', '/scenario', { id: 'split' });
    assert.deepEqual(
      [second.status, errorOf(second).error],
      [409, "The scenario 'node-failure' still plays. Stop it first."],
    );
    assert.equal((await admin('POST', '/scenario/stop')).status, 200);
    assert.equal((await scenes()).playing?.isOver, true);
    await clock.advance(60_000);
    for (const node of simulator.world.cluster('lab').world.nodes.values()) assert.equal(node.power, 'on');
  });
});
