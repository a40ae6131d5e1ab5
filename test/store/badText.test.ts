import assert from 'node:assert/strict';
import { describeOnEngines } from './support/engines.ts';
import { miraKey, startWriteServer, type WriteServer } from './support/writeServer.ts';

const nul = String.fromCharCode(0);
const bidi = String.fromCharCode(0x202e);
const target = { cluster: 'lab', vmid: 105, node: 'pve1', kind: 'qemu' };

describeOnEngines('text that no store and no screen should hold', (stores) => {
  let server: WriteServer;
  beforeEach(async () => {
    server = await startWriteServer(await stores.next(), stores.clock);
  });
  afterEach(() => server.opened.dispose());

  const refused: readonly (readonly ['GET' | 'POST', string, object | undefined, string])[] = [
    ['GET', '/intent/runs/x%00y', undefined, 'path'],
    ['GET', '/audit?actor=%00', undefined, 'query'],
    ['POST', '/intent/deletion-requests', { ...target, reason: `old${nul}` }, 'reason'],
    ['POST', '/intent/deletion-requests', { ...target, reason: `old${bidi}dlo` }, 'reason'],
    ['POST', '/intent/deletion-requests', { ...target, reason: 'old\nnew' }, 'reason'],
    ['POST', '/intent/deletion-requests/1/reject', { reason: `not${bidi}now` }, 'reason'],
    ['POST', '/intent/apply?cluster=lab', { run_uuid: `r${nul}`, diffs: [] }, 'run_uuid'],
    ['POST', '/intent/apply?cluster=lab', { run_uuid: `r${bidi}`, diffs: [] }, 'run_uuid'],
    [
      'POST',
      '/intent/plan',
      { cluster: 'lab', diffs: [{ op: 'delete', kind: 'qemu', payload: { deep: [{ er: nul }] } }] },
      'er',
    ],
  ];
  for (const [method, url, body, place] of refused)
    it(`is refused with its place: ${method} ${url} ${JSON.stringify(body ?? {}).replace(bidi, '(bidi)')}`, async () => {
      const reply = await server.ask(miraKey, method, url, body);
      assert.equal(reply.status, 422, reply.text);
      assert.ok(reply.text.includes(place), reply.text);
      assert.equal(((await server.ask(miraKey, 'GET', '/audit')).body.entries as unknown[]).length, 0);
    });

  it('nor are fields that cancelling a run does not know', async () => {
    const cancel = (body?: object) => server.ask(miraKey, 'POST', '/intent/runs/r-1/cancel', body);
    const unknown = await cancel({ force: true });
    assert.equal(unknown.status, 422, unknown.text);
    assert.match(unknown.text, /force/);
    assert.deepEqual([(await cancel()).status, (await cancel({})).status], [404, 404]);
  });

  it('is looked for however deep a body is nested', async () => {
    const payload = `{"cluster":"lab","diffs":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const reply = await server.ask(miraKey, 'POST', '/intent/plan', undefined, { payload });
    assert.equal(reply.status, 422);
  });
});
