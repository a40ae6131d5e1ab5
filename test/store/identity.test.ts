import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { KeysUsageError, readKeysCommand } from '../../src/aggregator/identity/keysCommand.ts';
import { describeOnEngines } from './support/engines.ts';
import { miraKey, startWriteServer, tomKey, viewerKey, type WriteServer } from './support/writeServer.ts';

/** What the owner of a process finds in the file that it named. */
function secretOf({ opened }: WriteServer): string {
  return readFileSync(opened.writeSide?.firstKey?.file ?? '', 'utf8').trim();
}

describeOnEngines('identity', (stores) => {
  const servers: WriteServer[] = [];
  const start = async (
    place: Awaited<ReturnType<typeof stores.next>>,
    change: Parameters<typeof startWriteServer>[2] = {},
  ): Promise<WriteServer> => {
    const server = await startWriteServer(place, stores.clock, change);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(({ opened }) => opened.dispose()));
  });

  it('comes from the key, and from nothing that a client says', async () => {
    const { ask } = await start(await stores.next());
    const { body } = await ask(tomKey, 'GET', '/me', undefined, {
      headers: { 'x-proxbox-actor': 'mira' },
    });
    assert.equal(body.actor, 'tom');
    assert.deepEqual(
      [body.intent_available, body.four_eyes, body.writes_enabled, body.writable_clusters],
      [true, true, false, []],
    );
    assert.deepEqual((await ask(viewerKey, 'GET', '/me')).body.permissions, ['view']);
    assert.equal((await ask(null, 'GET', '/me')).status, 401);
  });

  it('lets only an administrator see, make, rotate and revoke keys', async () => {
    const { ask } = await start(await stores.next());
    const id = '0123456789ab';
    for (const [method, url] of [
      ['GET', '/auth/keys'],
      ['POST', '/auth/keys'],
      ['POST', `/auth/keys/${id}/rotate`],
      ['DELETE', `/auth/keys/${id}`],
      ['PATCH', '/intent/settings'],
    ] as const) {
      const reply = await ask(viewerKey, method, url, {});
      assert.deepEqual([reply.status, reply.body.reason], [403, 'permission_missing'], `${method} ${url}`);
    }
  });

  it('lives from being made to being revoked, which ends it at once and in every process', async () => {
    const place = await stores.next();
    const [one, two] = [await start(place), await start(place)];
    const made = await one.ask(miraKey, 'POST', '/auth/keys', {
      actor: 'anna',
      permissions: ['view', 'intent_create_vm'],
      label: 'laptop',
    });
    assert.equal(made.status, 201);
    const { raw_key: key, id } = made.body as { raw_key: string; id: string };
    for (const { ask } of [one, two]) assert.equal((await ask(key, 'GET', '/me')).body.actor, 'anna');
    const listed = await one.ask(miraKey, 'GET', '/auth/keys');
    assert.equal(listed.text.includes(key), false);
    assert.equal((listed.body.keys as { id: string }[])[0]?.id, id);

    const rotated = (await one.ask(miraKey, 'POST', `/auth/keys/${id}/rotate`)).body.raw_key as string;
    assert.equal((await one.ask(key, 'GET', '/me')).status, 401);
    assert.equal((await two.ask(rotated, 'GET', '/me')).body.actor, 'anna');

    assert.equal((await one.ask(miraKey, 'DELETE', `/auth/keys/${id}`)).status, 204);
    assert.equal((await one.ask(rotated, 'GET', '/me')).status, 401);
    // The other process has not looked yet; a request that would change something does not get through all the same.
    assert.equal((await two.ask(rotated, 'POST', '/intent/plan', { cluster: 'lab', diffs: [] })).status, 401);
    while ((await two.ask(rotated, 'GET', '/me')).status !== 401) await stores.clock.advance(2_000);
    assert.equal((await one.ask(miraKey, 'DELETE', `/auth/keys/${id}`)).status, 409);
    assert.equal((await one.ask(miraKey, 'DELETE', '/auth/keys/ffffffffffff')).status, 404);
    assert.equal((await one.ask(miraKey, 'DELETE', '/auth/keys/..%2f')).status, 422);
  });

  it('remembers who was shown a key last', async () => {
    const { ask, opened } = await start(await stores.next());
    const made = await ask(miraKey, 'POST', '/auth/keys', { actor: 'anna', permissions: ['view'] });
    const { raw_key: first, id } = made.body as { raw_key: string; id: string };
    const ring = opened.writeSide?.ring;
    assert.equal((await ring?.verify(first, true))?.madeBy, 'mira');
    const rotated = await ask(tomKey, 'POST', `/auth/keys/${id}/rotate`);
    assert.equal(rotated.body.rotated_by, 'tom');
    assert.equal((await ring?.verify(rotated.body.raw_key as string, true))?.madeBy, 'tom');
  });

  it('ends when its time is over', async () => {
    const { ask } = await start(await stores.next());
    const made = await ask(miraKey, 'POST', '/auth/keys', {
      actor: 'guest',
      permissions: ['view'],
      expires_in_days: 1,
    });
    const key = made.body.raw_key as string;
    assert.equal((await ask(key, 'GET', '/me')).status, 200);
    await stores.clock.advance(24 * 3600_000);
    assert.equal((await ask(key, 'GET', '/me')).status, 401);
  });

  it('refuses keys for nobody, for nothing and with what it does not know', async () => {
    const { ask } = await start(await stores.next());
    for (const body of [
      { actor: '', permissions: ['view'] },
      { actor: 'a\nb', permissions: ['view'] },
      ...['mira\uFE0F', 'mi\u3164ra', 'm\u0131ra', 'm\u0456ra', 'mira.', '\uFF4Dira'].map((actor) => ({
        actor,
        permissions: ['view'],
      })),
      { actor: 'a', permissions: [] },
      { actor: 'a', permissions: ['view', 'view'] },
      { actor: 'a', permissions: ['root'] },
      { actor: 'a', permissions: ['view'], admin: true },
    ])
      assert.equal((await ask(miraKey, 'POST', '/auth/keys', body)).status, 422, JSON.stringify(body));
  });

  it('is bootstrapped once, by one of many who try at the same time', async () => {
    const place = await stores.next();
    const both = [await start(place, { apiKeys: [] }), await start(place, { apiKeys: [] })];
    const [one] = both;
    assert.deepEqual((await one!.ask(null, 'GET', '/auth/bootstrap-status')).body, {
      needs_bootstrap: true,
      has_db_keys: false,
    });
    const tries = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        both[index % 2]!.ask(null, 'POST', '/auth/register-key', {
          bootstrap_secret: secretOf(both[index % 2]!),
          api_key: `a-key-that-somebody-chose-number-${index}`,
          label: `client ${index}`,
        }),
      ),
    );
    const won = tries.findIndex(({ status }) => status === 201);
    assert.deepEqual(tries.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
    const key = `a-key-that-somebody-chose-number-${won}`;
    const me = await one!.ask(key, 'GET', '/me');
    assert.deepEqual(me.body.permissions, ['view', 'admin']);
    const { id } = ((await one!.ask(key, 'GET', '/auth/keys')).body.keys as { id: string }[])[0]!;
    const last = await one!.ask(key, 'DELETE', `/auth/keys/${id}`);
    assert.equal(last.status, 409);
    assert.equal((last.body.detail as { code: string }).code, 'last_active_api_key_required');
    assert.equal((await one!.ask(null, 'GET', '/auth/bootstrap-status')).body.needs_bootstrap, false);
  });

  it('is not bootstrapped once any key is configured', async () => {
    const { ask, opened } = await start(await stores.next());
    assert.equal(opened.writeSide?.firstKey, null);
    for (const secret of [{}, { bootstrap_secret: '' }, { bootstrap_secret: 'guessed' }]) {
      const reply = await ask(null, 'POST', '/auth/register-key', {
        api_key: 'a-key-that-any-program-here-may-choose',
        actor: 'mallory',
        ...secret,
      });
      assert.deepEqual(
        [reply.status, (reply.body.detail as { code: string }).code],
        [409, 'bootstrap_consumed'],
      );
    }
    assert.equal((await ask('a-key-that-any-program-here-may-choose', 'GET', '/me')).status, 401);
    assert.deepEqual((await ask(null, 'GET', '/auth/bootstrap-status')).body, {
      needs_bootstrap: false,
      has_db_keys: false,
    });
  });

  it('is bootstrapped only by who can read what the process wrote for its owner', async () => {
    const server = await start(await stores.next(), { apiKeys: [] });
    const file = server.opened.writeSide?.firstKey?.file ?? '';
    assert.equal(statSync(file).mode & 0o077, 0);
    assert.equal(statSync(path.dirname(file)).mode & 0o077, 0);
    const api_key = 'a-key-that-any-program-here-may-choose';
    for (const secret of [{}, { bootstrap_secret: '' }, { bootstrap_secret: 'guessed' }]) {
      const reply = await server.ask(null, 'POST', '/auth/register-key', { api_key, ...secret });
      assert.equal(reply.status, 403);
      assert.match(String(reply.body.detail), /keys bootstrap/);
    }
    assert.equal((await server.ask(null, 'GET', '/auth/bootstrap-status')).body.needs_bootstrap, true);
    const body = { api_key, bootstrap_secret: secretOf(server) };
    assert.equal((await server.ask(null, 'POST', '/auth/register-key', body)).status, 201);
    assert.equal(existsSync(file), false);
    assert.equal((await server.ask(null, 'POST', '/auth/register-key', body)).status, 409);
  });

  it('is not bootstrapped from the network', async () => {
    const { ask } = await start(await stores.next(), { apiKeys: [], isOpenToAll: true });
    const reply = await ask(null, 'POST', '/auth/register-key', {
      api_key: 'a-key-that-somebody-chose-far-away',
    });
    assert.equal(reply.status, 403);
    assert.match(String(reply.body.detail), /keys bootstrap/);
    assert.equal((await ask(null, 'GET', '/auth/bootstrap-status')).body.needs_bootstrap, true);
  });

  it('is managed from the command line as well', async () => {
    const store = await stores.fresh();
    const run = (...args: string[]): Promise<string> =>
      readKeysCommand([...args, '--config', 'x'])!.run(store, stores.clock.now());
    assert.match(await run('list'), /no key yet/);
    const first = (await run('bootstrap', '--actor', 'mira')).trim();
    assert.match(first, /^pbx_[0-9a-f]{12}_/);
    await assert.rejects(run('bootstrap', '--actor', 'eve'), /already/);
    const second = (await run('create', '--actor', 'tom', '--permissions', 'view, admin')).trim();
    const id = second.split('_')[1]!;
    assert.notEqual((await run('rotate', '--id', id)).trim(), second);
    await run('revoke', '--id', id);
    const list = await run('list');
    assert.match(list, new RegExp(`${id} {2}revoked`));
    assert.equal(list.includes(first), false);
    await assert.rejects(run('revoke', '--id', first.split('_')[1]!), /last active/);
    await run('revoke', '--id', first.split('_')[1]!, '--even-last');
    assert.equal((await store.audit.verify()).intact, true);
  });
});

describe('aggregator keys', () => {
  it('says what is wrong with its arguments before it opens anything', () => {
    for (const [args, expected] of [
      [[], /expected one of/],
      [['list'], /--config FILE is required/],
      [['steal', '--config', 'x'], /none of list/],
      [['create', '--config', 'x'], /--actor NAME/],
      [['create', '--config', 'x', '--actor', 'a'], /--permissions/],
      [['create', '--config', 'x', '--actor', 'a', '--permissions', 'root'], /--permissions/],
      [['rotate', '--config', 'x'], /--id ID/],
      [
        ['create', '--config', 'x', '--actor', 'a', '--permissions', 'view', '--expires-in-days', '0'],
        /from 1 to 3650/,
      ],
    ] as const)
      assert.throws(
        () => readKeysCommand(args),
        (error: Error) => error instanceof KeysUsageError && expected.test(error.message),
      );
  });
});
