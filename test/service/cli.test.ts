import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { EventReader } from '../unit/aggregator/serve/eventReader.ts';
import { configFor, request, serviceKey } from './harness.ts';

const cli = new URL('../../src/aggregator/cli.ts', import.meta.url).pathname;

interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves with the first line of output. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

describe('command line of the aggregator', () => {
  const children: Child[] = [];
  let folder: string;
  let simulator: Simulator;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aggregator-'));
    simulator = await startSimulator({ clusters: ['lab'], calm: true });
  });
  after(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.process.kill('SIGKILL');
      await child.ended;
    }
  });

  function start(args: readonly string[], environment: Record<string, string> = {}): Child {
    const process_ = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...environment } });
    let stdout = '';
    let stderr = '';
    const firstLine = new Promise<string>((resolve, reject) => {
      process_.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
      });
      process_.once('close', () => reject(new Error(`ended before its first line: ${stderr}`)));
    });
    // Many tests look only at the end.
    firstLine.catch(() => undefined);
    process_.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    process_.stdin.on('error', () => undefined);
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      process_.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    const child = { process: process_, firstLine, ended };
    children.push(child);
    return child;
  }

  function configFile(name: string, content: unknown): string {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  it('prints exactly one ready line, serves, and ends cleanly on SIGTERM with a stream open', async () => {
    const child = start(['--config', configFile('ok.json', configFor(simulator.clusters)), '--port', '0']);
    const ready = JSON.parse(await child.firstLine) as { ready: boolean; url: string };
    assert.deepEqual(Object.keys(ready), ['ready', 'url']);
    assert.equal(ready.ready, true);
    assert.match(ready.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const status = await request(`${ready.url}/proxmox/cluster/ha/status`);
    assert.equal((status.body as { cluster_name: string }[])[0]?.cluster_name, 'lab');
    assert.equal((await request(`${ready.url}/version`, { key: null })).status, 401);
    const reader = await EventReader.open(ready.url, serviceKey);
    await reader.received(1);
    child.process.kill('SIGTERM');
    const { code, stdout, stderr } = await child.ended;
    await reader.ended;
    assert.equal(code, 0);
    assert.equal(stdout.split('\n').length, 2);
    for (const line of stderr.trim().split('\n')) {
      assert.ok(typeof JSON.parse(line).message === 'string', line);
    }
    for (const secret of [serviceKey, simulator.clusters[0]?.token.split('=')[1] ?? '']) {
      assert.ok(!stderr.includes(secret));
    }
  });

  it('takes YAML and secrets from the environment', async () => {
    const { url, fingerprint, token } = simulator.clusters[0] ?? assert.fail();
    const file = configFile(
      'env.yaml',
      `clusters:
  - name: lab
    endpoints:
      - { url: "${url}", tokenEnv: LAB_TOKEN, fingerprint: "${fingerprint}" }
apiKeys:
  - keyEnv: CONSOLE_KEY
`,
    );
    const child = start(['--config', file, '--port', '0'], { LAB_TOKEN: token, CONSOLE_KEY: serviceKey });
    const { url: served } = JSON.parse(await child.firstLine) as { url: string };
    assert.equal((await request(`${served}/proxmox/cluster/ha/status`)).status, 200);
    child.process.kill('SIGINT');
    assert.equal((await child.ended).code, 0);
  });

  it('names the variable and the path when a secret is missing', async () => {
    const file = configFile('missing.yaml', 'clusters: []\napiKeys:\n  - keyEnv: NOT_THERE_AT_ALL\n');
    const { code, stdout, stderr } = await start(['--config', file]).ended;
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /apiKeys\[0\]\.keyEnv: environment variable NOT_THERE_AT_ALL is not set/);
  });

  it('refuses a configuration with the path of every finding and without its values', async () => {
    const file = configFile('bad.yaml', {
      clusters: [
        {
          name: 'lab',
          endpoints: [
            { url: 'https://pve1:8006', token: 'root@pam!a=hunter2' },
            { url: 'https://pve2:8006', token: 'root@pam!a=hunter2', verifyTsl: false },
          ],
        },
      ],
      surprise: 'hunter2',
    });
    const { code, stderr } = await start(['--config', file]).ended;
    assert.equal(code, 2);
    assert.match(stderr, /clusters\[0\]\.endpoints\[1\]\.verifyTsl: unknown key/);
    assert.match(stderr, /surprise: unknown key/);
    assert.ok(!stderr.includes('hunter2'));
  });

  const misuses: [string, string[], RegExp][] = [
    ['an unknown flag', ['--confg', 'x'], /--confg/],
    ['no configuration', [], /--config FILE is required/],
    ['a file that is not there', ['--config', '/nowhere/at/all.yaml'], /cannot read .*ENOENT/],
    ['a port that is none', ['--config', 'FILE', '--port', '99999'], /--port: expected a number/],
    ['a log level that is none', ['--config', 'FILE', '--log-level', 'loud'], /--log-level: expected one of/],
    ['a stray argument', ['serve'], /serve/],
    ['embedded with a file', ['--embedded', '--config', 'x'], /--embedded takes no/],
  ];
  for (const [what, args, message] of misuses) {
    it(`refuses ${what}`, async () => {
      const file = configFile('empty.yaml', 'clusters: []');
      const child = start(args.map((arg) => (arg === 'FILE' ? file : arg)));
      const { code, stdout, stderr } = await child.ended;
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }

  it('explains itself', async () => {
    const { code, stdout } = await start(['--help']).ended;
    assert.equal(code, 0);
    assert.match(stdout, /--config FILE/);
  });

  it('says that a port is taken', async () => {
    const file = configFile('taken.yaml', 'clusters: []');
    const first = start(['--config', file, '--port', '0']);
    const { url } = JSON.parse(await first.firstLine) as { url: string };
    const { code, stderr } = await start(['--config', file, '--port', new URL(url).port]).ended;
    assert.equal(code, 2);
    assert.match(stderr, /cannot listen on 127\.0\.0\.1 port \d+ \(EADDRINUSE\)/);
  });

  it('warns when it listens beyond this machine', async () => {
    const child = start([
      '--config',
      configFile('wide.yaml', 'clusters: []'),
      '--port',
      '0',
      '--host',
      '0.0.0.0',
    ]);
    const { url } = JSON.parse(await child.firstLine) as { url: string };
    assert.equal((await request(`${url}/health`)).status, 200);
    child.process.kill('SIGTERM');
    assert.match((await child.ended).stderr, /plain HTTP/);
  });

  describe('embedded', () => {
    it('takes configuration and key from standard input and ends when that closes', async () => {
      const child = start(['--embedded']);
      const { apiKeys: _apiKeys, ...config } = configFor(simulator.clusters);
      child.process.stdin.write(`${JSON.stringify({ config, apiKey: serviceKey })}\n`);
      const { url } = JSON.parse(await child.firstLine) as { url: string };
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal((await request(`${url}/proxmox/cluster/ha/status`)).status, 200);
      const reader = await EventReader.open(url, serviceKey);
      await reader.received(1);
      child.process.stdin.end();
      const { code, stdout, stderr } = await child.ended;
      await reader.ended;
      assert.equal(code, 0);
      assert.equal(stdout.trim().split('\n').length, 1);
      assert.ok(!stderr.includes(serviceKey));
    });

    for (const [what, line] of [
      ['nothing', ''],
      ['text that is not JSON', 'hunter2\n'],
      ['a short key', '{"config":{"clusters":[]},"apiKey":"hunter2"}\n'],
      ['an unknown field', `{"config":{"clusters":[]},"apiKey":"${serviceKey}","hunter":"hunter2"}\n`],
      ['a broken configuration', `{"config":{"clusters":"hunter2"},"apiKey":"${serviceKey}"}\n`],
    ] as const) {
      it(`refuses ${what} on standard input without echoing it`, async () => {
        const child = start(['--embedded']);
        child.process.stdin.end(line);
        const { code, stdout, stderr } = await child.ended;
        assert.deepEqual([code, stdout], [2, '']);
        assert.ok(stderr.startsWith('aggregator: '));
        assert.ok(!stderr.includes('hunter2'));
      });
    }
  });
}).timeout(30_000);
