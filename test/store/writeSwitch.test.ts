import assert from 'node:assert/strict';
import { writesPhrase } from '../../src/contract/intent/settings.ts';
import { describeOnEngines } from './support/engines.ts';
import { miraKey, startWriteServer, viewerKey, type WriteServer } from './support/writeServer.ts';

describeOnEngines('the write side', (stores) => {
  let server: WriteServer;
  beforeEach(async () => {
    server = await startWriteServer(await stores.next(), stores.clock);
  });
  afterEach(() => server.opened.dispose());

  it('is off until it is switched on, for every cluster by itself', async () => {
    const { ask } = server;
    const { body } = await ask(viewerKey, 'GET', '/intent/settings');
    assert.equal(body.netbox_to_proxmox_enabled, false);
    assert.deepEqual(
      (body.endpoints as { cluster: string; allow_writes: boolean }[]).map(
        ({ cluster, allow_writes: on }) => [cluster, on],
      ),
      [['lab', false]],
    );
    const apply = { run_uuid: 'r-1', diffs: [{ op: 'delete', kind: 'qemu', payload: { vmid: 105 } }] };
    const off = await ask(miraKey, 'POST', '/intent/apply?cluster=lab', apply);
    assert.deepEqual([off.status, off.body.reason], [403, 'writes_disabled']);
    await ask(miraKey, 'PATCH', '/intent/settings', {
      netbox_to_proxmox_enabled: true,
      netbox_to_proxmox_typed_confirmation: writesPhrase,
    });
    const closed = await ask(miraKey, 'POST', '/intent/apply?cluster=lab', apply);
    assert.deepEqual([closed.status, closed.body.reason], [403, 'endpoint_writes_disabled']);
  });

  it('takes the typed phrase and nothing that is like it', async () => {
    const { ask } = server;
    for (const typed of [undefined, '', 'yes', ` ${writesPhrase}`, writesPhrase.toUpperCase()]) {
      const reply = await ask(miraKey, 'PATCH', '/intent/settings', {
        netbox_to_proxmox_enabled: true,
        ...(typed === undefined ? {} : { netbox_to_proxmox_typed_confirmation: typed }),
      });
      assert.deepEqual([reply.status, reply.body.reason], [403, 'typed_confirmation_missing']);
    }
    const alone = await ask(miraKey, 'PATCH', '/intent/settings', {
      netbox_to_proxmox_typed_confirmation: 'yes',
    });
    assert.deepEqual([alone.status, alone.body.reason], [403, 'typed_confirmation_missing']);
    const { body } = await ask(miraKey, 'GET', '/intent/settings');
    assert.equal(body.netbox_to_proxmox_enabled, false);
    const { entries } = (await ask(viewerKey, 'GET', '/audit?action=settings_change')).body as {
      entries: { result: string }[];
    };
    assert.deepEqual(
      entries.map(({ result }) => result),
      Array.from({ length: 6 }, () => 'blocked'),
    );
  });

  it('cannot be switched on by writing the switch into the store', async () => {
    const { store } = server.opened.writeSide!;
    await store.db
      .insertInto('settings')
      .values({ name: 'netbox_to_proxmox_enabled', value_json: 'true', updated_at_ms: 1, updated_by: 'x' })
      .execute();
    assert.equal((await store.settings.read()).isEnabled, false);
  });

  it('refuses settings and clusters that it does not know, with their place', async () => {
    const { ask } = server;
    const unknown = await ask(miraKey, 'PATCH', '/intent/settings', { allow_everything: true });
    assert.equal(unknown.status, 422);
    assert.match(unknown.text, /allow_everything/);
    const cluster = await ask(miraKey, 'PATCH', '/intent/settings', {
      endpoints: [{ cluster: 'elsewhere', allow_writes: true }],
    });
    assert.equal(cluster.status, 422);
    assert.match(cluster.text, /no cluster elsewhere; it has lab/);
    assert.equal(
      (await ask(miraKey, 'PATCH', '/intent/settings', { intent_deletion_request_ttl_days: 0 })).status,
      422,
    );
  });

  it('has neither a raw proxy nor any way to delete on Proxmox', async () => {
    const { ask } = server;
    for (const url of [
      '/proxmox/nodes/pve1/qemu/105',
      '/proxmox/qemu/105',
      '/proxmox/cluster/ha/resources',
      '/proxmox/api2/json/nodes/pve1/qemu/105',
    ]) {
      for (const method of ['DELETE', 'POST'] as const) {
        const { status } = await ask(miraKey, method, url, {});
        assert.ok(status === 404 || status === 405, `${method} ${url} is ${status}`);
      }
    }
  });

  it('stops when the journal cannot be written, with nothing done', async () => {
    const { ask, opened } = server;
    const { db, dialect } = opened.writeSide!.store;
    await db.schema.alterTable('audit').renameTo('audit_gone').execute();
    const reply = await ask(miraKey, 'PATCH', '/intent/settings', { intent_deletion_request_ttl_days: 3 });
    assert.equal(reply.status, 503, `${dialect}: ${reply.text}`);
    await db.schema.alterTable('audit_gone').renameTo('audit').execute();
    assert.equal((await opened.writeSide!.store.settings.read()).deletionTtlDays, 7);
  });

  it('exports the journal as JSON and CSV', async () => {
    const { ask } = server;
    await ask(miraKey, 'PATCH', '/intent/settings', { intent_deletion_request_ttl_days: 3 });
    const json = await ask(viewerKey, 'GET', '/audit/export?format=json');
    const rows = JSON.parse(json.text) as { action: string; phase: string; hash: string }[];
    assert.deepEqual(
      rows.map(({ phase }) => phase),
      ['begin', 'end'],
    );
    const csv = await ask(viewerKey, 'GET', '/audit/export?format=csv');
    const lines = csv.text.trimEnd().split('\r\n');
    assert.equal(lines.length, 3);
    assert.match(lines[0]!, /^seq,entry_id,phase/);
    assert.ok(lines[2]!.includes(rows[1]!.hash));
    const verified = await ask(viewerKey, 'GET', '/audit/verify');
    assert.deepEqual([verified.body.intact, verified.body.rows], [true, 2]);
    assert.equal((await ask(viewerKey, 'GET', '/audit/export?format=xml')).status, 422);
    assert.equal((await ask(viewerKey, 'GET', '/audit?actor=nobody')).status, 200);
    assert.equal((await ask(viewerKey, 'GET', '/intent/deletion-requests?state=pending,bogus')).status, 422);
    assert.equal((await ask(viewerKey, 'GET', '/intent/deletion-requests?state=pending,failed')).status, 200);
  });
});
