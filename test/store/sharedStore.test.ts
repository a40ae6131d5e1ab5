import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ResolvedStore } from '../../src/aggregator/store/openStore.ts';
import type { DeletionRequest } from '../../src/contract/intent/deletionRequest.ts';
import { permissions } from '../../src/contract/intent/permissions.ts';
import { configFor, eventually } from '../service/harness.ts';
import { type IntentService, people, startIntentService, switchOn } from '../service/intentHarness.ts';
import { type PostgresServer, startPostgres } from '../support/postgresServer.ts';

const target = { vmid: 105, node: 'pve2', kind: 'qemu' };
const isOver = ({ state }: DeletionRequest): boolean => !['approved', 'executing'].includes(state);

describe('several aggregators over one PostgreSQL', () => {
  let postgres: PostgresServer;
  let store: ResolvedStore;
  let service: IntentService;

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    store = { kind: 'postgres', url: await postgres.createDatabase() };
    service = await startIntentService({ store, processes: 2 });
    await switchOn(service);
  });
  afterEach(() => service.stop());

  const approved = async (): Promise<number> => {
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
      reason: 'decommissioned',
    });
    const id = Number(filed.body.id);
    const answer = await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/approve`, target, 1);
    assert.equal(answer.status, 200, answer.text);
    return id;
  };
  const read = async (id: number): Promise<DeletionRequest> =>
    (await service.ask('tom', 'GET', `/intent/deletion-requests/${id}`)).body as unknown as DeletionRequest;

  it('execute a request once, however many ask both of them at the same time', async () => {
    const id = await approved();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        service.ask('tom', 'POST', `/intent/deletion-requests/${id}/execute`, target, index % 2),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1, answers.map(({ status, text }) => `${status} ${text}`).join('\n'));
    assert.ok(answers.every(({ status }) => status === 200 || status === 409));
    const ended = await eventually(() => read(id), isOver);
    assert.equal(ended.state, 'succeeded', String(ended.error));
    assert.equal(service.destroys(), 1);
    assert.equal((await service.ask('mira', 'GET', '/audit/verify', undefined, 1)).body.intact, true);
  });

  it('approve a request once when two people decide at the same time on two of them', async () => {
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
    });
    const id = Number(filed.body.id);
    const [approve, reject] = await Promise.all([
      service.ask('tom', 'POST', `/intent/deletion-requests/${id}/approve`, target, 0),
      service.ask('tom', 'POST', `/intent/deletion-requests/${id}/reject`, { reason: 'still needed' }, 1),
    ]);
    const { state } = await read(id);
    assert.ok(state === 'approved' || state === 'rejected', state);
    const statuses = [approve.status, reject.status];
    assert.ok(statuses.includes(200), `${approve.text}\n${reject.text}`);
    if (state === 'approved') assert.notEqual(reject.status, 200, 'a rejection that was confirmed holds');
  });

  it('apply a run once when both are asked for it', async () => {
    const body = {
      run_uuid: 'run-1',
      diffs: [{ op: 'create', kind: 'qemu', payload: { vmid: 160, node: 'pve1', name: 'web-4' } }],
    };
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        service.ask('mira', 'POST', '/intent/apply?cluster=lab&wait=false', body, index % 2),
      ),
    );
    assert.ok(
      answers.every(({ status }) => status === 200 || status === 202),
      answers.map(({ text }) => text).join('\n'),
    );
    const run = await eventually(
      () => service.ask('tom', 'GET', '/intent/runs/run-1', undefined, 1),
      ({ body: { state } }) => state === 'done',
    );
    assert.equal(run.body.overall, 'succeeded', run.text);
    const log = service.simulator.requests.get('lab');
    assert.equal(log?.counts.byPath['POST /nodes/{node}/qemu'], 1);
  });
});

describe('an aggregator that is killed', () => {
  let postgres: PostgresServer;
  let folder: string;
  let service: IntentService;
  const children: ChildProcess[] = [];

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'proxbox-killed-'));
    service = await startIntentService({
      store: { kind: 'postgres', url: await postgres.createDatabase() },
    });
    await switchOn(service);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  /** A second aggregator over the same store in a process of its own. */
  const startProcess = async (): Promise<{ url: string; child: ChildProcess }> => {
    const file = path.join(folder, 'config.json');
    writeFileSync(
      file,
      JSON.stringify(
        configFor(service.simulator.clusters, {
          apiKeys: Object.entries(people).map(([actor, key]) => ({
            actor,
            key,
            permissions: [...permissions],
          })),
          callDeadlineMs: 5_000,
          store: { postgresEnv: 'TEST_STORE' },
        }),
      ),
    );
    const cli = new URL('../../src/aggregator/cli.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [cli, '--config', file, '--port', '0'], {
      env: {
        ...process.env,
        TEST_STORE: service.store.kind === 'postgres' ? service.store.url : '',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    const line = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('\n')) resolve(text);
      });
      child.once('exit', () => reject(new Error('the aggregator ended before it was ready')));
    });
    return { url: (JSON.parse(line) as { url: string }).url, child };
  };

  it('while Proxmox destroys leaves a request that another brings to its end, destroying nothing twice', async () => {
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
    });
    const id = Number(filed.body.id);
    await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/approve`, target);
    const { url, child } = await startProcess();
    // The destroy takes long enough to die in the middle of it.
    await service.admin('/tasks/fault', { kind: 'slow', type: 'qmdestroy', factor: 200 });
    const started = await fetch(`${url}/intent/deletion-requests/${id}/execute`, {
      method: 'POST',
      headers: { 'x-proxbox-api-key': people.tom },
      body: JSON.stringify(target),
    });
    assert.equal(started.status, 200, await started.text());
    await eventually(
      async () => service.destroys(),
      (count) => count === 1,
    );
    child.kill('SIGKILL');
    // Nobody works on it any more, and its lease has ended.
    const { db } = service.opened[0]!.writeSide!.store;
    await eventually(
      () => db.selectFrom('deletion_requests').select('state').where('id', '=', id).executeTakeFirst(),
      (row) => row?.state === 'executing',
    );
    await db.updateTable('deletion_requests').set({ lease_expires_at_ms: 1 }).where('id', '=', id).execute();
    const ended = await eventually(async () => {
      await service.opened[0]!.writeSide!.intent.keeper.round();
      return (await service.ask('tom', 'GET', `/intent/deletion-requests/${id}`))
        .body as unknown as DeletionRequest;
    }, isOver);
    assert.equal(ended.state, 'succeeded', String(ended.error));
    assert.equal(service.guest(105), undefined);
    assert.equal(service.destroys(), 1);
    const { body } = await service.ask('tom', 'GET', '/audit/verify');
    assert.equal(body.intact, true);
    const open = await service.ask('tom', 'GET', '/audit?result=open');
    assert.deepEqual(open.body.entries, []);
  });
});
