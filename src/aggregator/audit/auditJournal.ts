import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import type { AuditEntry, AuditQuery, AuditVerification, auditResults } from '../../contract/intent/audit.ts';
import type { Dialect } from '../store/migrations.ts';
import type { AuditRow, StoreSchema } from '../store/schema.ts';
import { AuditUnavailable } from './auditUnavailable.ts';
import { chainStart, hashOf } from './chain.ts';
import { scrub, scrubText } from './scrub.ts';

export type AuditResult = Exclude<(typeof auditResults)[number], 'open'>;

/** Who is about to do what. */
export interface AuditAction {
  readonly actor: string;
  readonly keyId?: string | null;
  /** Verb in snake case, such as `intent_update_qemu`. */
  readonly action: string;
  /** What it is done to, such as `vm:prod/105`. */
  readonly target?: string | null;
  readonly cluster?: string | null;
  /** Particulars; plain data. Secrets in it are removed. */
  readonly details?: unknown;
}

export interface AuditCompletion {
  readonly result: AuditResult;
  /** One sentence for an operator. */
  readonly message?: string | null;
  /** What was learned, such as the UPID; plain data. Secrets in it are removed. */
  readonly outcome?: unknown;
}

/** An announced action. */
export interface AnnouncedAction {
  readonly entryId: string;
  /** Writes how it ended, once. See {@link AuditJournal.begin} for `within`. */
  complete(completion: AuditCompletion, within?: Transaction<StoreSchema>): Promise<void>;
}

export type AuditFilter = Omit<AuditQuery, 'before' | 'limit'>;

export interface AuditJournalOptions {
  readonly db: Kysely<StoreSchema>;
  readonly dialect: Dialect;
  readonly clock: Clock;
  /** Secrets of the configuration, removed by value. */
  readonly secrets: readonly string[];
}

/** Held on PostgreSQL from reading the head of the chain until the commit, so that two writers cannot fork it. */
const chainLock = 5_702_417_733_481;

const maxTextLength = 2_000;
const maxDetailsLength = 64 * 1024;
const pageRows = 2_000;

type NewRow = Pick<AuditRow, 'entry_id' | 'phase' | 'result' | 'message' | 'details_json'> & Head;
type Head = Pick<AuditRow, 'actor' | 'key_id' | 'action' | 'target' | 'cluster'>;

/**
 * The append-only record of who did what. An action is announced before it begins and completed after it ended, as two
 * rows of one chain in which every row carries the hash of the row before.
 */
export class AuditJournal {
  readonly #options: AuditJournalOptions;

  constructor(options: AuditJournalOptions) {
    this.#options = options;
  }

  /**
   * Announces an action. Only begin it when this resolved.
   *
   * @param within a transaction to write in, so that row and change stand or fall together. Keep it short: on PostgreSQL
   *   every other writer of the journal waits for its end.
   * @throws AuditUnavailable when the row cannot be written.
   */
  async begin(action: AuditAction, within?: Transaction<StoreSchema>): Promise<AnnouncedAction> {
    const head = this.#headOf(action);
    const entryId = randomUUID();
    await this.#write(
      {
        ...head,
        entry_id: entryId,
        phase: 'begin',
        result: null,
        message: null,
        details_json: this.#toJson(action.details),
      },
      within,
    );
    return {
      entryId,
      complete: (completion, completeWithin) => this.#end(head, entryId, completion, completeWithin),
    };
  }

  /**
   * Completes an action that another process (or this one before a restart) announced.
   *
   * @throws AuditUnavailable when there is no such announcement, it was completed already, or the row cannot be written.
   */
  async complete(
    entryId: string,
    completion: AuditCompletion,
    within?: Transaction<StoreSchema>,
  ): Promise<void> {
    const begun = await (within ?? this.#options.db)
      .selectFrom('audit')
      .select(['actor', 'key_id', 'action', 'target', 'cluster'])
      .where('entry_id', '=', entryId)
      .where('phase', '=', 'begin')
      .executeTakeFirst();
    if (begun === undefined) throw new AuditUnavailable('there is no announcement to complete');
    await this.#end(begun, entryId, completion, within);
  }

  /** Records what needs no announcement, such as a refusal. @throws AuditUnavailable when it cannot be written. */
  async event(action: AuditAction & AuditCompletion, within?: Transaction<StoreSchema>): Promise<string> {
    const entryId = randomUUID();
    const details = { details: action.details ?? null, outcome: action.outcome ?? null };
    await this.#write(
      {
        ...this.#headOf(action),
        entry_id: entryId,
        phase: 'event',
        result: action.result,
        message: this.#toText(action.message),
        details_json: this.#toJson(details),
      },
      within,
    );
    return entryId;
  }

  /** Actions that pass the filter, newest first, at most `limit` (default 100) of them. */
  async list(
    query: AuditQuery,
  ): Promise<{ readonly entries: AuditEntry[]; readonly nextBefore: number | null }> {
    const limit = query.limit ?? 100;
    let select = this.#options.db
      .selectFrom('audit as a')
      .leftJoin('audit as e', (join) => join.onRef('e.entry_id', '=', 'a.entry_id').on('e.phase', '=', 'end'))
      .selectAll('a')
      .select([
        'e.result as end_result',
        'e.message as end_message',
        'e.details_json as end_json',
        'e.at_ms as end_at_ms',
      ])
      .where('a.phase', '!=', 'end');
    for (const column of ['actor', 'action', 'target', 'cluster'] as const) {
      const wanted = query[column];
      if (wanted !== undefined) select = select.where(`a.${column}`, '=', wanted);
    }
    if (query.from !== undefined) select = select.where('a.at_ms', '>=', Math.floor(query.from * 1000));
    if (query.to !== undefined) select = select.where('a.at_ms', '<=', Math.floor(query.to * 1000));
    if (query.before !== undefined) select = select.where('a.seq', '<', query.before);
    const result = query.result;
    if (result === 'open') select = select.where('a.phase', '=', 'begin').where('e.seq', 'is', null);
    else if (result !== undefined) {
      select = select.where((where) =>
        where.or([where('a.result', '=', result), where('e.result', '=', result)]),
      );
    }
    const rows = await select
      .orderBy('a.seq', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    return {
      entries: page.map((row): AuditEntry => {
        const own: unknown = JSON.parse(row.details_json);
        const event = row.phase === 'event' ? (own as { details: unknown; outcome: unknown }) : null;
        return {
          seq: row.seq,
          entry_id: row.entry_id,
          at: row.at_ms / 1000,
          actor: row.actor,
          key_id: row.key_id,
          action: row.action,
          target: row.target,
          cluster: row.cluster,
          result: (row.result ?? row.end_result ?? 'open') as AuditEntry['result'],
          message: row.message ?? row.end_message,
          details: event === null ? own : event.details,
          outcome: event === null ? (row.end_json === null ? null : JSON.parse(row.end_json)) : event.outcome,
          completed_at:
            row.end_at_ms === null ? (event === null ? null : row.at_ms / 1000) : row.end_at_ms / 1000,
          hash: row.hash,
        };
      }),
      nextBefore: rows.length > limit ? (page.at(-1)?.seq ?? null) : null,
    };
  }

  /**
   * Rows of the chain as they are stored, oldest first, page by page. A filter keeps announcements and completions of an
   * action together.
   */
  async *pages(filter: AuditFilter = {}): AsyncGenerator<readonly AuditRow[]> {
    const { result, from, to } = filter;
    for (let after = 0; ; ) {
      let select = this.#options.db.selectFrom('audit as a').selectAll('a').where('a.seq', '>', after);
      for (const column of ['actor', 'action', 'target', 'cluster'] as const) {
        const wanted = filter[column];
        if (wanted !== undefined) select = select.where(`a.${column}`, '=', wanted);
      }
      if (from !== undefined) select = select.where('a.at_ms', '>=', Math.floor(from * 1000));
      if (to !== undefined) select = select.where('a.at_ms', '<=', Math.floor(to * 1000));
      if (result === 'open') {
        select = select
          .where('a.phase', '=', 'begin')
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('audit as e')
                  .select('e.seq')
                  .whereRef('e.entry_id', '=', 'a.entry_id')
                  .where('e.phase', '=', 'end'),
              ),
            ),
          );
      } else if (result !== undefined) {
        select = select.where(({ exists, selectFrom }) =>
          exists(
            selectFrom('audit as e')
              .select('e.seq')
              .whereRef('e.entry_id', '=', 'a.entry_id')
              .where('e.result', '=', result),
          ),
        );
      }
      const rows = await select.orderBy('a.seq').limit(pageRows).execute();
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      after = last.seq;
      // SQLite answers at once: without this a long journal would keep every other request waiting.
      await nextTurn();
    }
  }

  /** Recomputes the whole chain. */
  async verify(): Promise<AuditVerification> {
    let head: { readonly seq: number; readonly hash: string } = { seq: 0, hash: chainStart };
    let count = 0;
    for await (const rows of this.pages()) {
      for (const row of rows) {
        const problem = problemOf(row, head);
        if (problem !== null) {
          return {
            intact: false,
            rows: count,
            broken_at: row.seq,
            message: `Row ${row.seq}: ${problem}. Rows up to ${head.seq} are whole. Compare with an export or a backup.`,
            head_seq: head.seq,
            head_hash: head.hash,
          };
        }
        head = row;
        count += 1;
      }
    }
    return {
      intact: true,
      rows: count,
      broken_at: null,
      message: null,
      head_seq: head.seq,
      head_hash: head.hash,
    };
  }

  async #end(
    head: Head,
    entryId: string,
    completion: AuditCompletion,
    within: Transaction<StoreSchema> | undefined,
  ): Promise<void> {
    await this.#write(
      {
        ...head,
        entry_id: entryId,
        phase: 'end',
        result: completion.result,
        message: this.#toText(completion.message),
        details_json: this.#toJson(completion.outcome),
      },
      within,
    );
  }

  async #write(row: NewRow, within: Transaction<StoreSchema> | undefined): Promise<void> {
    try {
      if (within !== undefined) await this.#append(within, row);
      else await this.#options.db.transaction().execute((transaction) => this.#append(transaction, row));
    } catch (error) {
      throw new AuditUnavailable('the audit journal cannot be written', error);
    }
  }

  async #append(db: Transaction<StoreSchema>, row: NewRow): Promise<void> {
    if (this.#options.dialect === 'postgres') {
      await sql`select pg_advisory_xact_lock(${sql.lit(chainLock)})`.execute(db);
    }
    const last = await db
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const full = {
      ...row,
      seq: (last?.seq ?? 0) + 1,
      at_ms: this.#options.clock.now(),
      prev_hash: last?.hash ?? chainStart,
    };
    await db
      .insertInto('audit')
      .values({ ...full, hash: hashOf(full) })
      .execute();
  }

  #headOf(action: AuditAction): Head {
    return {
      actor: this.#toText(action.actor) ?? '',
      key_id: action.keyId ?? null,
      action: action.action,
      target: this.#toText(action.target),
      cluster: action.cluster ?? null,
    };
  }

  #toText(text: string | null | undefined): string | null {
    if (text === null || text === undefined) return null;
    const clean = scrubText(text, this.#options.secrets);
    return clean.length <= maxTextLength ? clean : `${clean.slice(0, maxTextLength - 1)}…`;
  }

  #toJson(value: unknown): string {
    const text = JSON.stringify(scrub(value ?? null, this.#options.secrets)) ?? 'null';
    return text.length <= maxDetailsLength
      ? text
      : JSON.stringify({ omitted: 'too large', length: text.length });
  }
}

function problemOf(row: AuditRow, head: { readonly seq: number; readonly hash: string }): string | null {
  if (row.seq !== head.seq + 1) return `rows ${head.seq + 1} to ${row.seq - 1} are missing`;
  if (row.prev_hash !== head.hash) return 'it does not continue the row before';
  const { hash, ...fields } = row;
  return hashOf(fields) === hash ? null : 'its content was changed';
}
