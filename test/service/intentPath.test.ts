import assert from 'node:assert/strict';
import type { DeletionRequest } from '../../src/contract/intent/deletionRequest.ts';
import type { PlanReply } from '../../src/contract/intent/plan.ts';
import type { IntentRun } from '../../src/contract/intent/run.ts';
import { eventually } from './harness.ts';
import { type IntentService, startIntentService, switchOn } from './intentHarness.ts';

const retag = {
  op: 'update',
  kind: 'qemu',
  payload: { vmid: 150, node: 'pve1', cores: 4, tags: ['lab', 'web'] },
};
const create = {
  op: 'create',
  kind: 'qemu',
  payload: {
    vmid: 160,
    node: 'pve1',
    name: 'web-4',
    cores: 2,
    memory_mib: 2048,
    storage: 'nas',
    disk_gb: 8,
    nics: [{ key: 'net0', value: 'virtio,bridge=vmbr0' }],
  },
};
const clone = {
  op: 'create',
  kind: 'qemu',
  payload: {
    vmid: 161,
    node: 'pve1',
    name: 'web-5',
    template_vmid: 900,
    memory_mib: 1024,
    cloud_init: { user: 'deploy', ssh_keys: ['ssh-ed25519 AAAAC3Nza mira@desk'] },
  },
};
const remove = {
  op: 'delete',
  kind: 'qemu',
  reason: 'decommissioned',
  payload: { vmid: 105, node: 'pve2' },
};
const target = { vmid: 105, node: 'pve2', kind: 'qemu' };

describe('the intent path over real sockets', () => {
  let service: IntentService;
  beforeEach(async () => {
    service = await startIntentService();
  });
  afterEach(() => service.stop());

  const plan = async (...diffs: object[]): Promise<PlanReply> =>
    (await service.ask('mira', 'POST', '/intent/plan', { cluster: 'lab', diffs }))
      .body as unknown as PlanReply;
  const apply = async (runUuid: string, planHash: string | null, ...diffs: object[]): Promise<IntentRun> => {
    const answer = await service.ask('mira', 'POST', '/intent/apply?cluster=lab', {
      run_uuid: runUuid,
      diffs,
      ...(planHash === null ? {} : { plan_hash: planHash }),
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.body as unknown as IntentRun;
  };
  const request = async (id: number): Promise<DeletionRequest> =>
    (await service.ask('tom', 'GET', `/intent/deletion-requests/${id}`)).body as unknown as DeletionRequest;

  it('goes from a plan to a guest that is gone, with two people and a whole journal', async () => {
    const dry = await plan(retag, create, clone, remove);
    assert.deepEqual(
      dry.verdicts.map(({ verdict, message }) => [verdict, verdict === 'blocked' ? message : null]),
      [
        ['permitted', null],
        ['permitted', null],
        ['permitted', null],
        ['warning', null],
      ],
    );
    assert.deepEqual(
      dry.blockers.map(({ code }) => code),
      ['writes_disabled'],
    );
    await switchOn(service);
    const planned = await plan(retag, create, clone, remove);
    assert.equal(planned.permitted, true, JSON.stringify(planned.blockers));

    const run = await apply('run-1', planned.plan_hash, retag, create, clone, remove);
    assert.deepEqual(
      run.results.map(({ status, message }) => [status, status === 'failed' ? message : null]),
      [
        ['succeeded', null],
        ['succeeded', null],
        ['succeeded', null],
        ['delete-pending-approval', null],
      ],
    );
    assert.equal(service.destroys(), 0);
    assert.notEqual(service.guest(160), undefined);
    assert.notEqual(service.guest(161), undefined);
    assert.ok(service.guest(105)?.tags.includes('proxbox-pending-deletion'));

    const id = run.results[3]?.deletion_request_id ?? 0;
    const own = await service.ask('mira', 'POST', `/intent/deletion-requests/${id}/approve`, target);
    assert.deepEqual([own.status, own.body.reason], [403, 'self_approval_not_allowed']);
    const early = await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/execute`, target);
    assert.equal(early.status, 409);
    const wrong = await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/approve`, {
      ...target,
      vmid: 104,
    });
    assert.deepEqual([wrong.status, wrong.body.reason], [409, 'target_mismatch']);
    const approved = await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/approve`, target);
    assert.deepEqual([approved.status, approved.body.state], [200, 'approved']);
    assert.notEqual(service.guest(105), undefined);
    const started = await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/execute`, target);
    assert.equal(started.status, 200, started.text);
    const ended = await eventually(
      () => request(id),
      ({ state }) => state !== 'executing' && state !== 'approved',
    );
    assert.equal(ended.state, 'succeeded', String(ended.error));
    assert.equal(service.guest(105), undefined);
    assert.equal(service.destroys(), 1);
    assert.deepEqual(
      ended.history.map(({ to_state: state, actor }) => [state, actor]),
      [
        ['pending', 'mira'],
        ['approved', 'tom'],
        ['executing', 'tom'],
        // Proxmox ended it, nobody did.
        ['succeeded', null],
      ],
    );

    const { body: verified } = await service.ask('tom', 'GET', '/audit/verify');
    assert.equal(verified.intact, true);
    const { body: journal } = await service.ask('tom', 'GET', '/audit?limit=100');
    const entries = journal.entries as unknown as { result: string; action: string }[];
    assert.ok(entries.every(({ result }) => result !== 'open'));
  });

  it('refuses to apply a plan whose guest has changed since', async () => {
    await switchOn(service);
    const planned = await plan(retag);
    await apply('other', null, { ...retag, payload: { vmid: 150, node: 'pve1', cores: 8 } });
    const answer = await service.ask('mira', 'POST', '/intent/apply?cluster=lab', {
      run_uuid: 'run-1',
      diffs: [retag],
      plan_hash: planned.plan_hash,
    });
    assert.equal(answer.status, 409, answer.text);
    assert.equal((await service.ask('mira', 'GET', '/intent/runs/run-1')).status, 404);
  });

  it('does a run once, however often it is asked for', async () => {
    await switchOn(service);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        service.ask('mira', 'POST', '/intent/apply?cluster=lab', { run_uuid: 'run-1', diffs: [create] }),
      ),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    const log = service.simulator.requests.get('lab');
    assert.equal(log?.counts.byPath['POST /nodes/{node}/qemu'], 1, JSON.stringify(log?.counts.byPath));
    const other = await service.ask('mira', 'POST', '/intent/apply?cluster=lab', {
      run_uuid: 'run-1',
      diffs: [retag],
    });
    assert.equal(other.status, 409);
  });

  it('tells a run while it goes on, and again to whoever comes back', async () => {
    await switchOn(service);
    await service.ask('mira', 'POST', '/intent/apply?cluster=lab&wait=false', {
      run_uuid: 'run-1',
      diffs: [create],
    });
    const read = async (from: number): Promise<string[]> => {
      const reply = await fetch(`${service.urls[0]}/intent/runs/run-1/events`, {
        headers: {
          'x-proxbox-api-key': 'tom-key-of-at-least-thirty-two-characters',
          'last-event-id': String(from),
        },
      });
      return [...(await reply.text()).matchAll(/^event: (.*)$/gm)].map(([, name]) => name ?? '');
    };
    const all = await read(0);
    assert.deepEqual([all[0], all.at(-1)], ['plan_summary', 'done']);
    assert.ok(all.filter((name) => name === 'apply_progress').length >= 2);
    assert.deepEqual(await read(1), all.slice(1));
  });

  it('says so when Proxmox fails halfway, and goes on with the rest', async () => {
    await switchOn(service);
    await service.admin('/tasks/fault', { kind: 'fail', type: 'qmcreate', error: 'no space left on device' });
    const run = await apply('run-1', null, create, retag);
    assert.deepEqual(
      run.results.map(({ status }) => status),
      ['failed', 'succeeded'],
    );
    assert.match(run.results[0]?.message ?? '', /no space left on device/);
    assert.equal(run.overall, 'partial');
  });

  const fileAndApprove = async (): Promise<number> => {
    await switchOn(service);
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
    });
    const id = Number(filed.body.id);
    await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/approve`, target);
    return id;
  };
  const executed = async (id: number): Promise<DeletionRequest> => {
    await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/execute`, target);
    return eventually(
      () => request(id),
      ({ state }) => state !== 'executing' && state !== 'approved',
    );
  };

  it('finds out what became of a destroy whose reply was lost, and does not send it again', async () => {
    const id = await fileAndApprove();
    service.simulator.faults.get('lab')?.set({ kind: 'lostReply', path: '/nodes/pve2/qemu/105' });
    const ended = await executed(id);
    assert.equal(ended.state, 'succeeded', String(ended.error));
    assert.equal(service.guest(105), undefined);
    assert.equal(service.destroys(), 1);
  });

  it('calls a destroy that Proxmox gave up failed, with what Proxmox said', async () => {
    const id = await fileAndApprove();
    await service.admin('/tasks/fault', { kind: 'fail', type: 'qmdestroy', error: 'lvremove: in use' });
    const ended = await executed(id);
    assert.equal(ended.state, 'failed');
    assert.match(ended.error ?? '', /lvremove: in use/);
    assert.equal(service.destroys(), 1);
  });

  it('leaves a guest alone that was changed after its deletion was approved', async () => {
    const id = await fileAndApprove();
    await apply('run-1', null, {
      op: 'update',
      kind: 'qemu',
      payload: { vmid: 105, node: 'pve2', cores: 3 },
    });
    const answer = await service.ask('tom', 'POST', `/intent/deletion-requests/${id}/execute`, target);
    const ended = await eventually(
      () => request(id),
      ({ state }) => state !== 'executing',
    );
    assert.equal(service.destroys(), 0, `${answer.text} ${ended.state}`);
    assert.notEqual(service.guest(105), undefined);
    assert.notEqual(ended.state, 'succeeded');
  });

  it('lets a run be cancelled by who began it and by an administrator alone', async () => {
    await switchOn(service);
    await apply('run-1', null, retag);
    const made = await service.ask('mira', 'POST', '/auth/keys', {
      actor: 'anna',
      permissions: ['view', 'intent_update_vm', 'authorize_deletion_request'],
    });
    const route = '/intent/runs/run-1/cancel';
    const reply = await fetch(`${service.urls[0]}${route}`, {
      method: 'POST',
      headers: { 'x-proxbox-api-key': String(made.body.raw_key) },
    });
    const body = (await reply.json()) as { reason?: string };
    assert.deepEqual([reply.status, body.reason], [403, 'permission_missing']);
    for (const person of ['mira', 'tom'] as const)
      assert.equal((await service.ask(person, 'POST', route)).body.reason, 'run_ended', person);
  });

  it('counts a key that the requester made as the requester', async () => {
    await switchOn(service);
    const made = await service.ask('mira', 'POST', '/auth/keys', {
      actor: 'anna',
      permissions: ['view', 'authorize_deletion_request'],
    });
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
    });
    const reply = await fetch(
      `${service.urls[0]}/intent/deletion-requests/${Number(filed.body.id)}/approve`,
      {
        method: 'POST',
        headers: { 'x-proxbox-api-key': String(made.body.raw_key) },
        body: JSON.stringify(target),
      },
    );
    const body = (await reply.json()) as { reason?: string };
    assert.deepEqual([reply.status, body.reason], [403, 'key_made_by_requester']);
  });

  it('does not let a second person approve a guest that is no longer what was asked for', async () => {
    await switchOn(service);
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
    });
    await apply('run-1', null, {
      op: 'update',
      kind: 'qemu',
      payload: { vmid: 105, node: 'pve2', name: 'payroll-prod' },
    });
    const route = `/intent/deletion-requests/${Number(filed.body.id)}`;
    const compared = await service.ask('tom', 'GET', `${route}/comparison`);
    assert.deepEqual([compared.body.live, compared.body.material], ['changed', true], compared.text);
    const approved = await service.ask('tom', 'POST', `${route}/approve`, target);
    assert.deepEqual([approved.status, approved.body.reason], [409, 'guest_changed']);
    assert.equal((await service.ask('tom', 'POST', `${route}/execute`, target)).status, 409);
    assert.equal(service.destroys(), 0);
    assert.notEqual(service.guest(105), undefined);
  });

  it('takes the mark off a guest whose deletion is rejected', async () => {
    await switchOn(service);
    const filed = await service.ask('mira', 'POST', '/intent/deletion-requests', {
      ...target,
      cluster: 'lab',
    });
    assert.ok(service.guest(105)?.tags.includes('proxbox-pending-deletion'));
    const route = `/intent/deletion-requests/${Number(filed.body.id)}/reject`;
    assert.equal((await service.ask('tom', 'POST', route, {})).status, 422);
    assert.equal((await service.ask('tom', 'POST', route, { reason: '  ' })).status, 422);
    const rejected = await service.ask('tom', 'POST', route, { reason: 'auditors still need it' });
    assert.equal(rejected.body.state, 'rejected', rejected.text);
    assert.deepEqual(service.guest(105)?.tags, ['archive']);
  });
});
