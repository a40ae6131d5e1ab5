import assert from 'node:assert/strict';
import type { IntentJournal } from '../../../../src/aggregator/intent/intentJournal.ts';
import type {
  DeletionStore,
  IntentStore,
  RunStore,
} from '../../../../src/aggregator/intent/intentRecords.ts';
import { IntentService } from '../../../../src/aggregator/intent/intentService.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { FakeClock, settle } from '../../../support/fakeClock.ts';
import { actorNamed, FakeCluster, settingsWith } from './fakeCluster.ts';
import { MemoryJournal, MemoryStore } from './memoryStore.ts';

const upid = 'UPID:pve1:0001:0002:69200000:qmdestroy:105:root@pam:';
const target = { vmid: 105, node: 'pve1', kind: 'qemu' } as const;

/**
 * A process that dies at its nth contact with the world, before it or right after it: from then on nothing that it
 * awaits ever comes, as for a process that was killed.
 */
class Mortal {
  #left: number;
  readonly #diesAfter: boolean;
  isDead = false;

  constructor(contacts: number, diesAfter: boolean) {
    this.#left = contacts;
    this.#diesAfter = diesAfter;
  }

  readonly touch = async <T>(contact: () => Promise<T>): Promise<T> => {
    if (this.isDead) return forever();
    this.#left -= 1;
    if (this.#left >= 0) return contact();
    this.isDead = true;
    if (this.#diesAfter) await contact().catch(() => undefined);
    return forever();
  };

  /** The same object with every method going through {@link touch}. */
  wrap<T extends object>(inner: T): T {
    return new Proxy(inner, {
      get: (from, name) => {
        const value: unknown = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.touch(() => Promise.resolve(Reflect.apply(value, from, args)));
      },
    });
  }
}

function forever<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** A Proxmox that takes a while for its tasks, and shows them in its list. */
function worldOf(clock: FakeClock) {
  const cluster = new FakeCluster();
  const statusPath = `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`;
  cluster.set('/nodes/pve1/tasks', []);
  cluster.tellsTime('pve1', clock);
  cluster.set(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`, []);
  cluster.onDestroy = async () => {
    cluster.set('/nodes/pve1/tasks', [{ upid, type: 'qmdestroy', starttime: clock.now() / 1000 }]);
    cluster.set(statusPath, { status: 'running' });
    clock.setTimeout(() => {
      cluster.change(105, null);
      cluster.set(statusPath, { status: 'stopped', exitstatus: 'OK' });
    }, 5_000);
    return upid;
  };
  return cluster;
}

describe('a process that is killed', () => {
  const mira = actorNamed('mira', ['view', 'intent_delete_vm']);
  const tom = actorNamed('tom', ['view', 'authorize_deletion_request']);

  const start = (
    owner: string,
    world: { cluster: FakeCluster; store: MemoryStore; journal: MemoryJournal; clock: FakeClock },
    mortal: Mortal | null,
  ): IntentService => {
    const wrap = <T extends object>(inner: T): T => (mortal === null ? inner : mortal.wrap(inner));
    const store: IntentStore = {
      plans: wrap(world.store.plans),
      runs: wrap<RunStore>(world.store.runs),
      deletions: wrap<DeletionStore>(world.store.deletions),
    };
    const journal: IntentJournal =
      mortal === null
        ? world.journal
        : {
            begin: async (action) => {
              const entry = await mortal.touch(() => world.journal.begin(action));
              return { id: entry.id, complete: (...args) => mortal.touch(() => entry.complete(...args)) };
            },
            resume: (id) => {
              const entry = world.journal.resume(id);
              return { id, complete: (...args) => mortal.touch(() => entry.complete(...args)) };
            },
          };
    return new IntentService({
      clusters: [
        {
          key: world.cluster.key,
          endpointIds: world.cluster.endpointIds,
          api: wrap(world.cluster.api),
          destroyer: wrap(world.cluster.destroyer),
        },
      ],
      store,
      journal,
      settings: () => Promise.resolve(settingsWith()),
      clock: world.clock,
      logger: nullLogger,
      owner,
    });
  };

  /** Executes an approved request in a process with so many contacts to live, then lets another one take over. */
  const story = async (contacts: number, diesAfter: boolean) => {
    const clock = new FakeClock();
    const world = { cluster: worldOf(clock), store: new MemoryStore(), journal: new MemoryJournal(), clock };
    const before = start('before', world, null);
    await before.deletions.request(world.cluster, mira, { ...target, reason: 'gone', runUuid: null });
    await before.deletions.approve(1, tom, target);
    const mortal = new Mortal(contacts, diesAfter);
    const first = start('first', world, mortal);
    void first.executor.execute(1, tom, target).catch(() => undefined);
    await settle();
    await clock.advance(10_000);
    const second = start('second', world, null);
    for (let round = 0; round < 12; round += 1) {
      await clock.advance(15_000);
      void second.keeper.round();
    }
    await clock.advance(60_000);
    const record = await world.store.deletions.find(1);
    return { died: mortal.isDead, record, destroys: world.cluster.destroys.length, world };
  };

  for (const diesAfter of [false, true]) {
    it(`at any moment ${diesAfter ? 'right after' : 'before'} a contact leaves a deletion done once, clearly failed, or not begun`, async () => {
      const ends = new Map<string, number>();
      let contacts = 0;
      for (; ; contacts += 1) {
        const { died, record, destroys, world } = await story(contacts, diesAfter);
        if (!died) break;
        const where = `killed at contact ${contacts}`;
        const isGone = !(world.cluster.answers.get('/cluster/resources') as { vmid?: number }[]).some(
          ({ vmid }) => vmid === 105,
        );
        assert.ok(destroys <= 1, `${where}: destroyed ${destroys} times`);
        assert.equal(isGone, destroys === 1, where);
        assert.ok(record, where);
        ends.set(record.state, (ends.get(record.state) ?? 0) + 1);
        if (record.state === 'succeeded')
          assert.equal(isGone, true, `${where}: succeeded, but the guest is there`);
        else assert.equal(isGone, false, `${where}: the guest is gone, but the request is ${record.state}`);
        if (record.state === 'failed') assert.match(record.error ?? '', /[Nn]othing was destroyed/, where);
        assert.ok(
          ['approved', 'succeeded', 'failed'].includes(record.state),
          `${where}: left ${record.state}`,
        );
      }
      assert.ok(contacts > 15, `only ${contacts} moments were tried`);
      // Each kind of end must have been seen, or the test has lost its grip.
      assert.deepEqual([...ends.keys()].sort(), ['approved', 'failed', 'succeeded']);
    });
  }
});
