import assert from 'node:assert/strict';
import type { InjectOptions } from 'fastify';
import { createConfiguredKeys } from '../../../../src/aggregator/serve/access/apiKeys.ts';
import type { Logger } from '../../../../src/base/logger.ts';
import { configuredKey, startTestServer, type TestServer, testKey } from './harness.ts';

interface Reply {
  readonly status: number;
  readonly detail: string;
  readonly retryAfter: string | undefined;
}

async function askWith(
  server: TestServer,
  key: string | undefined,
  url = '/version',
  options: Omit<InjectOptions, 'url'> = {},
): Promise<Reply> {
  const reply = await server.aggregator.app.inject({
    method: 'GET',
    ...options,
    url,
    headers: { ...(key === undefined ? {} : { 'x-proxbox-api-key': key }), ...options.headers },
  });
  const body = reply.body === '' ? {} : (JSON.parse(reply.body) as { detail?: string });
  return {
    status: reply.statusCode,
    detail: body.detail ?? '',
    retryAfter: reply.headers['retry-after'] as string | undefined,
  };
}

async function failTimes(server: TestServer, count: number, options: Omit<InjectOptions, 'url'> = {}) {
  for (let i = 0; i < count; i += 1) await askWith(server, 'wrong', '/version', options);
}

describe('access', () => {
  it('asks no key of / and /health, and one of everything else', async () => {
    const server = startTestServer();
    assert.equal((await askWith(server, undefined, '/')).status, 200);
    assert.equal((await askWith(server, undefined, '/health')).status, 200);
    const limits = { rateLimitPerMinute: 1_000 };
    for (const url of [
      '/openapi.json',
      '/version',
      '/fleet',
      '/fleet/stream',
      '/proxmox/nodes/',
      '/proxmox/cluster/ha/summary',
      '/unknown',
      '/health/',
      '/health/x',
    ]) {
      const fresh = startTestServer([], limits);
      const { status, detail } = await askWith(fresh, undefined, url);
      if (url === '/health/') assert.equal(status, 200);
      else assert.deepEqual([status, detail.startsWith('API key required')], [401, true], url);
    }
  });

  it('tells a missing from a wrong key, with the tries that remain', async () => {
    const server = startTestServer();
    const missing = await askWith(server, undefined);
    assert.deepEqual([missing.status, missing.detail.startsWith('API key required')], [401, true]);
    assert.match(missing.detail, /4 attempts remaining/);
    const empty = await askWith(server, '');
    assert.ok(empty.detail.startsWith('API key required'));
    const wrong = await askWith(server, 'wrong');
    assert.deepEqual([wrong.status, wrong.detail.startsWith('Invalid API key')], [401, true]);
    assert.match(wrong.detail, /2 attempts remaining/);
    assert.ok(!wrong.detail.includes('wrong'));
  });

  it('says 401 before 404 and before validation', async () => {
    const server = startTestServer();
    assert.equal((await askWith(server, 'wrong', '/nowhere')).status, 401);
    assert.equal((await askWith(server, 'wrong', '/proxmox/cluster/ha/resources/by-vm/abc')).status, 401);
    assert.equal((await askWith(server, testKey, '/nowhere')).status, 404);
    assert.equal((await askWith(server, testKey, '/nowhere')).detail, 'Not Found');
  });

  it('accepts any of several keys and none that is merely similar', async () => {
    const second = 'another-key-of-at-least-32-characters';
    const keys = createConfiguredKeys([configuredKey(testKey), configuredKey(second)]);
    const server = startTestServer([], { keys });
    assert.equal((await askWith(server, testKey)).status, 200);
    assert.equal((await askWith(server, second)).status, 200);
    for (const near of [`${testKey} x`, testKey.slice(0, -1), testKey.toUpperCase(), `${testKey}x`]) {
      assert.equal((await askWith(server, near)).status, 401);
    }
  });

  it('refuses everything, without counting, while no key is configured', async () => {
    const server = startTestServer([], { keys: createConfiguredKeys([]) });
    for (let i = 0; i < 7; i += 1) {
      const reply = await askWith(server, 'whatever');
      assert.deepEqual([reply.status, reply.detail.startsWith('No API key configured')], [401, true]);
    }
  });

  it('locks an address after five failures and says for how long', async () => {
    const server = startTestServer();
    await failTimes(server, 5);
    const locked = await askWith(server, 'wrong');
    assert.deepEqual([locked.status, locked.detail.startsWith('Too many failed')], [429, true]);
    assert.equal(locked.retryAfter, '300');
    await server.clock.advance(100_000);
    assert.equal((await askWith(server, undefined)).retryAfter, '200');
    await server.clock.advance(200_000);
    assert.equal((await askWith(server, 'wrong')).status, 401);
  });

  it('lets a right key through while its address is locked, and keeps the lock for the others', async () => {
    const server = startTestServer();
    await failTimes(server, 5);
    assert.equal((await askWith(server, testKey)).status, 200);
    assert.equal((await askWith(server, 'wrong')).status, 429);
  });

  it('forgets failures after a right key', async () => {
    const server = startTestServer();
    await failTimes(server, 4);
    assert.equal((await askWith(server, testKey)).status, 200);
    assert.match((await askWith(server, 'wrong')).detail, /4 attempts remaining/);
  });

  it('counts each address by itself', async () => {
    const server = startTestServer();
    await failTimes(server, 5, { remoteAddress: '10.0.0.9' });
    assert.equal((await askWith(server, 'wrong', '/version', { remoteAddress: '10.0.0.9' })).status, 429);
    assert.equal((await askWith(server, 'wrong', '/version', { remoteAddress: '10.0.0.8' })).status, 401);
  });

  it('counts the addresses of one IPv6 network as one client', async () => {
    const server = startTestServer([], { rateLimitPerMinute: 6 });
    const from = (remoteAddress: string, key = testKey) =>
      askWith(server, key, '/version', { remoteAddress });
    for (let host = 1; host <= 5; host += 1)
      assert.equal((await from(`2001:db8:0:7::${host}`, 'wrong')).status, 401);
    const locked = await from('2001:db8:0:7:aaaa:bbbb:cccc:1', 'wrong');
    assert.deepEqual([locked.status, locked.detail.startsWith('Too many failed')], [429, true]);
    const limited = await from('2001:db8:0:7:ffff::', 'wrong');
    assert.deepEqual([limited.status, limited.detail.startsWith('Rate limit exceeded')], [429, true]);
    assert.equal((await from('2001:db8:0:8::1')).status, 200);
    assert.equal((await from('::ffff:10.0.0.1', 'wrong')).status, 401);
    assert.match((await from('10.0.0.1', 'wrong')).detail, /3 attempts remaining/);
  });

  it('does not believe X-Forwarded-For', async () => {
    const server = startTestServer();
    for (let i = 0; i < 5; i += 1) {
      await askWith(server, 'wrong', '/version', { headers: { 'x-forwarded-for': `10.0.0.${i}` } });
    }
    assert.equal((await askWith(server, 'wrong')).status, 429);
  });

  it('treats OPTIONS like any other request', async () => {
    const server = startTestServer();
    const reply = await askWith(server, undefined, '/version', { method: 'OPTIONS' });
    assert.deepEqual([reply.status, reply.detail.startsWith('API key required')], [401, true]);
  });

  it('lets a right key through however many wrong ones come from its address', async () => {
    const server = startTestServer([], { rateLimitPerMinute: 20 });
    for (let i = 0; i < 20; i += 1) await askWith(server, 'wrong');
    const flooded = await askWith(server, 'wrong');
    assert.deepEqual([flooded.status, flooded.detail.startsWith('Rate limit exceeded')], [429, true]);
    assert.equal((await askWith(server, testKey)).status, 200);
  });

  it('limits requests per sliding minute, those of each right key apart, keyless ones free', async () => {
    const server = startTestServer([], { rateLimitPerMinute: 3 });
    assert.equal((await askWith(server, testKey)).status, 200);
    await server.clock.advance(20_000);
    assert.equal((await askWith(server, testKey)).status, 200);
    assert.equal((await askWith(server, testKey)).status, 200);
    const refused = await askWith(server, testKey);
    assert.deepEqual([refused.status, refused.detail.startsWith('Rate limit exceeded')], [429, true]);
    assert.equal(refused.retryAfter, '40');
    assert.equal((await askWith(server, 'wrong')).status, 401);
    assert.equal((await askWith(server, undefined, '/health')).status, 200);
    assert.equal((await askWith(server, testKey, '/version', { remoteAddress: '10.1.1.1' })).status, 200);
    await server.clock.advance(40_000);
    assert.equal((await askWith(server, testKey)).status, 200);
    assert.equal((await askWith(server, testKey)).status, 429);
  });

  it('answers 405 with the allowed method for a known path', async () => {
    const server = startTestServer();
    for (const [method, url, allow] of [
      ['DELETE', '/proxmox/nodes/', 'GET'],
      ['HEAD', '/fleet', 'GET'],
      ['GET', '/fleet/refresh', 'POST'],
      ['PUT', '/fleet/clusters/a/guests/1', 'GET'],
    ] as const) {
      const reply = await server.ask(url, { method });
      assert.equal(reply.status, 405, url);
      assert.equal(reply.headers.allow, allow);
    }
  });

  it('refuses other host names on loopback, and pages of other origins', async () => {
    const server = startTestServer();
    for (const host of ['localhost:8800', '127.0.0.1:1', '[::1]:9', 'LOCALHOST']) {
      assert.equal((await askWith(server, testKey, '/version', { headers: { host } })).status, 200, host);
    }
    for (const host of ['evil.example', 'evil.example:8800', '127.0.0.1.evil.example', '192.168.0.1']) {
      assert.equal((await askWith(server, testKey, '/version', { headers: { host } })).status, 403, host);
      assert.equal((await askWith(server, undefined, '/health', { headers: { host } })).status, 403, host);
    }
    const origins: [string, number][] = [
      ['http://localhost:80', 200],
      ['http://localhost:81', 403],
      ['https://evil.example', 403],
      ['null', 403],
    ];
    for (const [origin, status] of origins) {
      const reply = await askWith(server, testKey, '/version', { headers: { origin, host: 'localhost:80' } });
      assert.equal(reply.status, status, origin);
    }
  });

  it('accepts any host name when it listens beyond loopback', async () => {
    const server = startTestServer([], { allowedHosts: null });
    const reply = await askWith(server, testKey, '/version', { headers: { host: 'ha.example:8800' } });
    assert.equal(reply.status, 200);
  });

  it('sends security headers with every answer, refusals included', async () => {
    const server = startTestServer();
    for (const [url, key] of [
      ['/health', ''],
      ['/version', testKey],
      ['/version', 'wrong'],
      ['/nowhere', testKey],
      ['/%E0%A4%A', testKey],
    ] as const) {
      const reply = await server.aggregator.app.inject({ url, headers: { 'x-proxbox-api-key': key } });
      assert.equal(reply.headers['cache-control'], 'no-store', url);
      assert.equal(reply.headers['x-content-type-options'], 'nosniff', url);
      assert.match(String(reply.headers['content-type']), /^application\/json/);
      assert.equal(reply.headers['access-control-allow-origin'], undefined);
    }
  });

  it('limits bodies and ignores what they hold', async () => {
    const server = startTestServer();
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;
    assert.equal((await server.ask('/fleet/refresh', { ...options, payload: '{"broken' })).status, 200);
    const large = await server.ask('/fleet/refresh', { ...options, payload: 'x'.repeat(17_000) });
    assert.deepEqual([large.status, large.body], [413, { detail: 'Request body too large' }]);
  });

  it('tells nothing of the inside when something unforeseen fails', async () => {
    const logged: string[] = [];
    const write = (message: string, data?: unknown): void => {
      logged.push(`${message} ${JSON.stringify(data)}`);
    };
    const logger: Logger = { trace: write, debug: write, info: write, warn: write, error: write };
    const server = startTestServer([], { logger });
    server.collector.ensureFresh = () => Promise.reject(new Error('inner detail'));
    const reply = await server.ask('/fleet');
    assert.equal(reply.status, 500);
    assert.deepEqual(reply.body, { message: 'Internal server error', detail: null, python_exception: null });
    assert.ok(logged.some((line) => line.includes('inner detail')));
  });

  it('writes neither keys nor query values into the log', async () => {
    const logged: string[] = [];
    const write = (message: string, data?: unknown): void => {
      logged.push(`${message} ${JSON.stringify(data)}`);
    };
    const logger: Logger = { trace: write, debug: write, info: write, warn: write, error: write };
    const server = startTestServer([], { logger });
    await server.ask('/proxmox/cluster/ha/status?name=hunter2');
    await server.ask('/fleet?password=hunter2');
    await failTimes(server, 6, { headers: { 'x-proxbox-api-key': 'wrong-hunter2' } });
    await askWith(server, 'wrong-hunter2', '/hunter2');
    assert.ok(logged.length > 0);
    assert.ok(!logged.some((line) => line.includes('hunter2') || line.includes(testKey)));
  });
});
