import assert from 'node:assert/strict';
import { IntentRefusal } from '../../../../src/aggregator/intent/intentRefusal.ts';
import { IntentService } from '../../../../src/aggregator/intent/intentService.ts';
import type { IntentSettings } from '../../../../src/aggregator/intent/intentSettings.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { actorNamed, FakeCluster, settingsWith } from './fakeCluster.ts';
import { MemoryJournal, MemoryStore } from './memoryStore.ts';

/** UPID of the destroy of guest 105. */
export const destroyUpid = 'UPID:pve1:0001:0002:69200000:qmdestroy:105:root@pam:';
export const target = { vmid: 105, node: 'pve1', kind: 'qemu' } as const;
export const wish = { ...target, reason: 'decommissioned', runUuid: null };

/** May ask for a deletion. */
export const mira = actorNamed('mira', ['view', 'intent_delete_vm']);
/** May decide on one. */
export const tom = actorNamed('tom', ['view', 'authorize_deletion_request']);

/** A cluster, a store and a journal, and processes that share them. Configuration writes take effect. */
export class DeletionHarness {
  readonly cluster = new FakeCluster();
  readonly store = new MemoryStore();
  readonly journal = new MemoryJournal();
  clock = new FakeClock();
  settings: IntentSettings = settingsWith();
  readonly service: IntentService;

  constructor() {
    const { cluster } = this;
    cluster.onWrite = async ({ path, params }) => {
      const old = cluster.answers.get(path) as Record<string, unknown>;
      const { digest: _digest, delete: gone, ...values } = params;
      const { [String(gone ?? '')]: _gone, ...kept } = old;
      cluster.set(path, { ...kept, ...values });
      return null;
    };
    this.taskIs({ status: 'running' });
    cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(destroyUpid)}/log`, []);
    cluster.set('/nodes/pve1/tasks', []);
    cluster.tellsTime('pve1', this.clock);
    this.service = this.process('one');
  }

  process(owner: string): IntentService {
    return new IntentService({
      clusters: [this.cluster],
      store: this.store,
      journal: this.journal,
      settings: () => Promise.resolve(this.settings),
      clock: this.clock,
      logger: nullLogger,
      owner,
    });
  }

  taskIs(status: object | Error): void {
    this.cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(destroyUpid)}/status`, status);
  }

  /** The list of running and of all tasks of pve1. */
  tasksAre(active: readonly object[], all: readonly object[] = active): void {
    this.cluster.set('/nodes/pve1/tasks?vmid=105&source=active', active);
    this.cluster.set('/nodes/pve1/tasks', all);
  }

  /** Request 1 for guest 105: asked for by mira, approved by tom. */
  async approved(): Promise<void> {
    await this.service.deletions.request(this.cluster, mira, wish);
    await this.service.deletions.approve(1, tom, target);
  }

  async record(id = 1) {
    const record = await this.store.deletions.find(id);
    assert.ok(record);
    return record;
  }
}

/** The refusal that a call ends in, which must be this one. */
export async function refused(
  work: Promise<unknown>,
  status: number,
  reason: string,
): Promise<IntentRefusal> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof IntentRefusal, String(error));
    assert.deepEqual([error.status, error.reason], [status, reason], error.detail);
    return error;
  }
  throw new assert.AssertionError({ message: `expected ${reason}` });
}
