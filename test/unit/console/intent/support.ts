import { FleetModel } from '../../../../src/console/fleetModel.ts';
import type { ApplyOrder, IntentPort, RunHandlers } from '../../../../src/console/intent/intentPort.ts';
import { IntentSession } from '../../../../src/console/intent/intentSession.ts';
import type { IntentOp } from '../../../../src/contract/intent/diff.ts';
import { type PlanReply, planReplySchema } from '../../../../src/contract/intent/plan.ts';
import { type IntentRun, runSchema } from '../../../../src/contract/intent/run.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import {
  buildCluster,
  buildGuest,
  buildNode,
  builtAtMs,
  FakeConnection,
} from '../../../support/fleetBuilders.ts';

export const documentText = `version: 1
cluster: prod
guests:
  - op: create
    kind: qemu
    vmid: 140
    node: pve2
    name: web-4
  - op: update
    kind: qemu
    vmid: 101
    node: pve1
    memory_mib: 4096
  - op: delete
    kind: qemu
    vmid: 105
    node: pve1
    reason: decommissioned
`;

/** Lines of the three guests' VMIDs. */
export const vmidLines = [6, 11, 16];

/** A verdict as a server sends it. */
export function wireVerdict(
  index: number,
  op: IntentOp,
  vmid: number,
  over: object = {},
): Record<string, unknown> {
  return {
    index,
    op,
    kind: 'qemu',
    vmid,
    name: `guest-${vmid}`,
    node: 'pve1',
    verdict: 'permitted',
    reason: 'default_permit',
    message: 'Can be applied.',
    findings: [],
    changes: [
      { key: 'memory', before: op === 'create' ? null : '2048', after: op === 'delete' ? null : '4096' },
    ],
    ha: [],
    ...over,
  };
}

/** A plan of the document's three guests that may be applied. */
export function buildPlan(over: object = {}): PlanReply {
  return planReplySchema.parse({
    permitted: true,
    verdicts: [
      wireVerdict(0, 'create', 140, { name: 'web-4', node: 'pve2' }),
      wireVerdict(1, 'update', 101),
      wireVerdict(2, 'delete', 105, {
        verdict: 'warning',
        reason: 'delete_routed_to_deletion_request',
        message: 'A deletion request is filed.',
        ha: [{ subject: 'rule', id: 'keep-db', effect: 'removed', message: 'Rule keep-db goes too.' }],
      }),
    ],
    plan_hash: '3f9c2a11',
    cluster: 'prod',
    created_at: 1_000,
    expires_at: 1_300,
    actor: 'mira',
    quorum: { quorate: true, votes: 3, needed: 2 },
    ...over,
  });
}

export function buildRun(statuses: readonly string[], over: object = {}): IntentRun {
  const plan = buildPlan();
  return runSchema.parse({
    run_uuid: 'run-1',
    state: 'running',
    overall: null,
    cluster: 'prod',
    actor: 'mira',
    created_at: builtAtMs / 1000,
    results: statuses.map((status, index) => ({
      ...plan.verdicts[index],
      status,
      message: null,
      started_at: builtAtMs / 1000,
      ended_at: builtAtMs / 1000 + 9,
    })),
    ...over,
  });
}

/** A server in memory that answers as told, and keeps what it was asked. */
export class FakePort implements IntentPort {
  planReply: PlanReply | Error = buildPlan();
  applyReply: IntentRun | Error = buildRun(['queued', 'queued', 'queued']);
  knownRun: IntentRun | null | Error = null;
  readonly planned: unknown[] = [];
  readonly applied: ApplyOrder[] = [];
  readonly cancelled: string[] = [];
  handlers: RunHandlers | null = null;

  async plan(cluster: string, diffs: readonly unknown[]): Promise<PlanReply> {
    this.planned.push({ cluster, diffs });
    return orThrow(this.planReply);
  }

  async apply(_cluster: string, order: ApplyOrder): Promise<IntentRun> {
    this.applied.push(order);
    return orThrow(this.applyReply);
  }

  async run(): Promise<IntentRun | null> {
    return orThrow(this.knownRun);
  }

  async cancelRun(uuid: string): Promise<IntentRun> {
    this.cancelled.push(uuid);
    return buildRun(['succeeded', 'running', 'queued']);
  }

  followRun(_uuid: string, handlers: RunHandlers) {
    this.handlers = handlers;
    return { dispose: () => undefined };
  }
}

function orThrow<T>(reply: T | Error): T {
  if (reply instanceof Error) throw reply;
  return reply;
}

/** A session over one connected cluster `prod` with guests 101 and 105. */
export function openSession() {
  const clock = new FakeClock(builtAtMs);
  const model = new FleetModel(clock);
  const connection = new FakeConnection({
    clusters: [buildCluster()],
    nodes: [buildNode('pve1'), buildNode('pve2'), buildNode('pve3')],
    guests: [buildGuest(101), buildGuest(105)],
  });
  model.setConnections([{ id: 'c0', name: 'c0', kind: 'proxmox', tls: null, connection }]);
  const port = new FakePort();
  const window = { trusted: true };
  let number = 0;
  const session = new IntentSession({
    about: 'file:///shop.proxbox-intent.yaml',
    fileName: 'shop.proxbox-intent.yaml',
    language: 'yaml',
    model,
    clock,
    portOf: () => port,
    isTrusted: () => window.trusted,
    newUuid: () => `run-${++number}`,
  });
  session.setText(documentText);
  return { clock, model, connection, port, window, session };
}
