import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { call } from './support/call.ts';

describe('simulated worlds', () => {
  const clock = new FakeClock();

  it('hostile names are there only when asked for, and reach the API unchanged', async () => {
    const plain = await startSimulator({ clock, http: true, clusters: ['lab'] });
    const hostile = await startSimulator({ clock, http: true, clusters: ['lab'], hostileNames: true });
    const names = async ({ clusters: [cluster] }: typeof plain): Promise<string> => {
      const headers = { authorization: `PVEAPIToken=${cluster?.token}` };
      return (await call(`${cluster?.url}/api2/json/cluster/resources`, { headers })).body;
    };
    assert.equal((await names(plain)).includes('<img'), false);
    const text = await names(hostile);
    assert.ok(text.includes('<img src=x onerror=alert(1)>') && text.includes('поставка-数据库-🦊'));
    await Promise.all([plain.close(), hostile.close()]);
  });

  it('guests move by themselves now and then, unless the world is calm', async () => {
    const live = await startSimulator({ clock, http: true, clusters: ['prod'] });
    const calm = await startSimulator({ clock, http: true, clusters: ['prod'], calm: true });
    await clock.advance(30 * 60_000);
    const moves = ({ world }: typeof live): number => {
      const { tasks, nodes } = world.cluster('prod').world;
      return [...nodes.keys()]
        .flatMap((node) => tasks.ofNode(node))
        .filter(({ type }) => type.endsWith('migrate')).length;
    };
    assert.ok(moves(live) >= 3);
    assert.equal(moves(calm), 0);
    const states = live.world.cluster('prod').world.store.managerStatus?.service_status ?? {};
    assert.equal(
      Object.values(states).some(({ state }) => state === 'error' || state === 'recovery'),
      false,
    );
    await Promise.all([live.close(), calm.close()]);
  });

  it('speed divides the delays of the behaviour', async () => {
    const fast = await startSimulator({ clock, http: true, clusters: ['prod'], calm: true, speed: 20 });
    await clock.advance(2000);
    fast.world.command('prod', (behaviour, nowMs) => behaviour.setNodePower('px-05', false, nowMs));
    await clock.advance(9000);
    const record = fast.world.cluster('prod').world.store.managerStatus?.service_status['vm:1031'];
    assert.equal(record?.state, 'started');
    assert.notEqual(record?.node, 'px-05');
    await fast.close();
  });

  it('ports count up from the given one: first listeners, admin, further listeners', async () => {
    const base = await freePortRange();
    const simulator = await startSimulator({
      clock,
      http: true,
      port: base,
      clusters: ['lab', 'prod'],
      listenersPerCluster: 2,
    });
    const ports = simulator.clusters.flatMap(({ endpoints }) =>
      endpoints.map(({ url }) => Number(new URL(url).port)),
    );
    assert.deepEqual(ports, [base, base + 3, base + 1, base + 4]);
    assert.equal(Number(new URL(simulator.admin.url).port), base + 2);
    await simulator.close();
  });

  it('a taken port ends the start with a clear error and leaves nothing open', async () => {
    const first = await startSimulator({ clock, http: true, clusters: ['lab'] });
    const port = Number(new URL(first.clusters[0]?.url ?? '').port);
    await assert.rejects(startSimulator({ clock, http: true, clusters: ['lab'], port }), /EADDRINUSE/);
    await first.close();
  });

  it('a large cluster answers once per step from one computed text', async () => {
    const large = await startSimulator({
      clock,
      http: true,
      clusters: 1,
      nodes: 32,
      guests: 10_000,
      ha: 500,
      calm: true,
    });
    const [cluster] = large.clusters;
    const headers = { authorization: `PVEAPIToken=${cluster?.token}` };
    const path = `${cluster?.url}/api2/json/cluster/resources?type=vm`;
    const first = await call(path, { headers });
    assert.equal(first.rows().length, 10_000);
    assert.equal((await call(path, { headers })).body, first.body);
    await clock.advance(10_000);
    assert.notEqual((await call(path, { headers })).body, first.body);
    await large.close();
  });
});

/** A port after which some more are free, as far as one can tell. */
async function freePortRange(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port > 60_000 ? port - 20_000 : port;
}
