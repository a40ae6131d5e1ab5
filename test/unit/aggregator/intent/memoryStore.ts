import type {
  IntentJournal,
  JournalAction,
  JournalEntry,
} from '../../../../src/aggregator/intent/intentJournal.ts';
import type {
  DeletionHistoryRecord,
  DeletionRecord,
  IntentStore,
  PlanRecord,
  RunEventRecord,
  RunItemRecord,
  RunRecord,
} from '../../../../src/aggregator/intent/intentRecords.ts';

/** The process under test dies: whatever it was going to do next does not happen. */
export class Crash extends Error {}

interface Run {
  run: RunRecord;
  items: RunItemRecord[];
  events: RunEventRecord[];
}

interface Deletion {
  record: DeletionRecord;
  history: DeletionHistoryRecord[];
}

const open = new Set(['pending', 'approved', 'executing']);

/** A store in memory with the guarantees that {@link IntentStore} asks for. It outlives the processes of a test. */
export class MemoryStore implements IntentStore {
  readonly #plans = new Map<string, PlanRecord>();
  readonly #runs = new Map<string, Run>();
  readonly #deletions: Deletion[] = [];

  readonly plans: IntentStore['plans'] = {
    save: async (plan) => {
      this.#plans.set(plan.hash, plan);
    },
    find: async (hash) => this.#plans.get(hash) ?? null,
  };

  readonly runs: IntentStore['runs'] = {
    create: async (run, items) => {
      if (this.#runs.has(run.uuid)) return false;
      this.#runs.set(run.uuid, { run, items: [...items], events: [] });
      return true;
    },
    find: async (uuid) => {
      const found = this.#runs.get(uuid);
      return found === undefined ? null : { run: found.run, items: [...found.items] };
    },
    list: async ({ limit }) => ({
      runs: [...this.#runs.values()].reverse().slice(0, limit),
      nextBefore: null,
    }),
    saveItem: async (uuid, owner, item, event) => {
      const found = this.#runs.get(uuid);
      if (found === undefined || found.run.owner !== owner || found.run.state !== 'running') return false;
      if (found.items.some(({ index, endedMs }) => index === item.index && endedMs !== null)) return false;
      found.items = found.items.map((old) => (old.index === item.index ? item : old));
      found.events.push({ ...event, seq: found.events.length + 1 });
      return true;
    },
    addEvent: async (uuid, event) => {
      const found = this.#runs.get(uuid);
      found?.events.push({ ...event, seq: found.events.length + 1 });
    },
    events: async (uuid, afterSeq) =>
      (this.#runs.get(uuid)?.events ?? []).filter(({ seq }) => seq > afterSeq),
    finish: async (uuid, owner, overall, endedMs) =>
      this.#patchRun(uuid, owner, { state: 'done', overall, endedMs }),
    requestCancel: async (uuid) => {
      const found = this.#runs.get(uuid);
      if (found !== undefined) found.run = { ...found.run, cancelRequested: true };
    },
    renewLease: async (uuid, owner, leaseUntilMs) => this.#patchRun(uuid, owner, { leaseUntilMs }),
    abandoned: async (nowMs) =>
      [...this.#runs.values()]
        .filter(({ run }) => run.state === 'running' && run.leaseUntilMs <= nowMs)
        .map(({ run }) => run.uuid),
    takeOver: async (uuid, owner, nowMs, leaseUntilMs) => {
      const found = this.#runs.get(uuid);
      if (found === undefined || found.run.state !== 'running' || found.run.leaseUntilMs > nowMs)
        return false;
      found.run = { ...found.run, owner, leaseUntilMs };
      return true;
    },
  };

  readonly deletions: IntentStore['deletions'] = {
    create: async (record, history) => {
      if ((await this.deletions.findOpen(record.cluster, record.vmid)) !== null) return null;
      const created = { ...record, id: this.#deletions.length + 1, version: 1 };
      this.#deletions.push({ record: created, history: [history] });
      return created;
    },
    find: async (id) => this.#deletions[id - 1]?.record ?? null,
    findOpen: async (cluster, vmid) =>
      this.#deletions.find(
        ({ record }) => record.cluster === cluster && record.vmid === vmid && open.has(record.state),
      )?.record ?? null,
    list: async ({ limit }) =>
      this.#deletions
        .map(({ record }) => record)
        .reverse()
        .slice(0, limit),
    history: async (id) => this.#deletions[id - 1]?.history ?? [],
    change: async (seen, patch, history) => {
      const found = this.#deletions[seen.id - 1];
      if (found === undefined || found.record.version !== seen.version) return null;
      found.record = { ...found.record, ...patch, version: found.record.version + 1 };
      if (history !== null) found.history.push(history);
      return found.record;
    },
    expired: async (nowMs) =>
      this.#deletions
        .map(({ record }) => record)
        .filter(
          ({ state, expiresMs }) => (state === 'pending' || state === 'approved') && expiresMs <= nowMs,
        ),
    marked: async () =>
      this.#deletions
        .map(({ record }) => record)
        .filter(({ state, tagged }) => state === 'rejected' && tagged !== false),
    abandoned: async (nowMs) =>
      this.#deletions
        .map(({ record }) => record)
        .filter(({ state, leaseUntilMs }) => state === 'executing' && (leaseUntilMs ?? 0) <= nowMs),
  };

  #patchRun(uuid: string, owner: string, patch: Partial<RunRecord>): boolean {
    const found = this.#runs.get(uuid);
    if (found === undefined || found.run.owner !== owner || found.run.state !== 'running') return false;
    found.run = { ...found.run, ...patch };
    return true;
  }
}

/** A journal in memory; `fail` makes the next announcements impossible. */
export class MemoryJournal implements IntentJournal {
  readonly entries: (JournalAction & {
    id: string;
    result: string | null;
    end?: Readonly<Record<string, unknown>>;
  })[] = [];
  fail = false;

  async begin(action: JournalAction): Promise<JournalEntry> {
    if (this.fail) throw new Error('disk full');
    const id = `entry-${this.entries.length + 1}`;
    this.entries.push({ ...action, id, result: null });
    return this.resume(id);
  }

  resume(id: string): JournalEntry {
    return {
      id,
      complete: async (result, end) => {
        const entry = this.entries.find((candidate) => candidate.id === id);
        if (entry === undefined) throw new Error(`no entry ${id}`);
        entry.result = result;
        if (end !== undefined) entry.end = end;
      },
    };
  }

  /** Action and result of each entry. */
  get lines(): string[] {
    return this.entries.map(({ actor, action, target, result }) => `${actor} ${action} ${target} ${result}`);
  }
}
