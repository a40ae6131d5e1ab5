import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseCliOptions } from '../../src/simulator/cliOptions.ts';
import { call } from './support/call.ts';

const cli = fileURLToPath(new URL('../../src/simulator/cli.ts', import.meta.url));

interface Ready {
  ready: boolean;
  clusters: { name: string; url: string; token: string; fingerprint: string | null; nodes: string[] }[];
  admin: { url: string; token: string };
}

describe('simulator command', function () {
  this.timeout(20_000);
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function start(...options: string[]): ChildProcess {
    const child = spawn(process.execPath, [cli, ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
    children.push(child);
    return child;
  }

  async function readyLine(child: ChildProcess): Promise<Ready> {
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    return JSON.parse(line) as Ready;
  }

  it('prints one ready line, answers, and ends cleanly at once on SIGTERM with connections open', async () => {
    const child = start();
    const ready = await readyLine(child);
    assert.equal(ready.ready, true);
    assert.deepEqual(
      ready.clusters.map(({ name }) => name),
      ['lab', 'prod', 'edge'],
    );
    const [lab] = ready.clusters;
    assert.match(lab!.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    const result = await call(`${lab!.url}/api2/json/version`, {
      headers: { authorization: `PVEAPIToken=${lab!.token}` },
    });
    assert.equal(result.status, 200);
    await call(`${ready.admin.url}/clusters/lab/fault`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ready.admin.token}` },
      body: '{"kind":"hang"}',
    });
    const hanging = call(`${lab!.url}/api2/json/version`).catch(() => 'cut');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    assert.equal(await hanging, 'cut');
  });

  it('builds a world of the wanted size', async () => {
    const ready = await readyLine(
      start('--clusters', '2', '--nodes', '4', '--guests', '30', '--ha', '10', '--http', '--calm'),
    );
    assert.deepEqual(
      ready.clusters.map(({ nodes }) => nodes.length),
      [4, 4],
    );
    const [cluster] = ready.clusters;
    assert.equal(cluster?.fingerprint, null);
    const headers = { authorization: `PVEAPIToken=${cluster?.token}` };
    const guests = (await call(`${cluster?.url}/api2/json/cluster/resources?type=vm`, { headers })).rows();
    assert.equal(guests.length, 30);
    assert.equal(guests.filter((row) => row.hastate !== undefined).length, 10);
  });

  it('ends with its parent when asked to', async () => {
    const child = start('--exit-with-parent', '--http', '--clusters', 'lab');
    await readyLine(child);
    child.stdin!.end();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
  });

  it('refuses an unknown or wrong option with one clear line', async () => {
    const child = start('--port', 'many');
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 1);
    assert.match(text, /^simulator: did not start\. --port: .+\n$/);
    assert.throws(() => parseCliOptions(['--nope']), /--nope/);
    assert.throws(() => parseCliOptions(['--releases', '9.2,7.0']), /--releases/);
  });

  it('reads numbers and names of clusters', () => {
    assert.equal(parseCliOptions(['--clusters', '7']).simulator.clusters, 7);
    assert.deepEqual(parseCliOptions(['--clusters', 'lab,prod']).simulator.clusters, ['lab', 'prod']);
    assert.deepEqual(parseCliOptions([]).simulator, {});
  });
});
