import { type Kysely, sql, type Transaction } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { type Permission, permissionSchema } from '../../contract/intent/permissions.ts';
import { parseRows } from '../../contract/lenient.ts';
import type { AuditJournal } from '../audit/auditJournal.ts';
import type { Dialect } from '../store/migrations.ts';
import type { KeyRow, StoreSchema } from '../store/schema.ts';
import { digestOf, keyIdOf, mintKey } from './keyFormat.ts';

/** A stored key without what could be used as one. */
export interface StoredKey {
  readonly id: string;
  readonly actor: string;
  readonly label: string | null;
  readonly permissions: readonly Permission[];
  readonly digest: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly rotatedAtMs: number | null;
  readonly rotatedBy: string | null;
  readonly lastUsedAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export interface NewKey {
  readonly actor: string;
  readonly label: string | null;
  readonly permissions: readonly Permission[];
  readonly expiresAtMs: number | null;
}

/** Who changes a key: stands in the journal. */
export interface KeyChanger {
  readonly actor: string;
  readonly keyId: string | null;
}

/** A change of keys that is refused; `code` is stable, the text is for a person. */
export class KeyRefusal extends Error {
  readonly code: 'unknown_key' | 'already_revoked' | 'last_active_api_key_required' | 'bootstrap_consumed';

  constructor(code: KeyRefusal['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface KeyRepositoryOptions {
  readonly db: Kysely<StoreSchema>;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly audit: AuditJournal;
}

/** Keys in the store. Every change is journaled in the transaction that makes it. */
export class KeyRepository {
  readonly #options: KeyRepositoryOptions;

  constructor(options: KeyRepositoryOptions) {
    this.#options = options;
  }

  /** Every key that ever was, newest first. */
  async list(): Promise<StoredKey[]> {
    const rows = await this.#options.db
      .selectFrom('keys')
      .selectAll()
      .orderBy('created_at_ms', 'desc')
      .orderBy('id')
      .execute();
    return rows.map(toStoredKey);
  }

  /** One key, as it is stored now. */
  async find(id: string): Promise<StoredKey | null> {
    const row = await find(this.#options.db, id);
    return row === undefined ? null : toStoredKey(row);
  }

  /** Makes a key. The result holds the only copy there will ever be. */
  async create(
    wanted: NewKey,
    by: KeyChanger,
  ): Promise<{ readonly key: string; readonly stored: StoredKey }> {
    const { id, key } = mintKey();
    const action = { ...by, action: 'key_create', target: `key:${id}`, details: describe(wanted) };
    return this.#journaled(action, async (db) => ({
      key,
      stored: await this.#insert(db, id, key, wanted, by),
    }));
  }

  /**
   * Stores the first key of all, which may then make others. Only one caller ever succeeds, over all processes.
   *
   * @param key as chosen by the caller, or `null` to make one.
   * @throws KeyRefusal `bootstrap_consumed` once there ever was a key.
   */
  async bootstrap(
    key: string | null,
    wanted: NewKey,
    by: KeyChanger,
  ): Promise<{ readonly key: string; readonly stored: StoredKey }> {
    const minted = key === null ? mintKey() : { id: keyIdOf(key), key };
    const action = {
      ...by,
      action: 'key_bootstrap',
      target: `key:${minted.id}`,
      details: describe(wanted),
    };
    return this.#journaled(action, async (db) => {
      await this.#lockKeys(db);
      if (await hasAny(db)) {
        throw new KeyRefusal(
          'bootstrap_consumed',
          'There is or was a key already; the first one makes others.',
        );
      }
      return { key: minted.key, stored: await this.#insert(db, minted.id, minted.key, wanted, by) };
    });
  }

  /** Whether the store ever had a key. */
  hasAny(): Promise<boolean> {
    return hasAny(this.#options.db);
  }

  /** Gives a key a new secret; the old one is void at once. @throws KeyRefusal for unknown and revoked keys. */
  async rotate(id: string, by: KeyChanger): Promise<{ readonly key: string; readonly stored: StoredKey }> {
    const action = { ...by, action: 'key_rotate', target: `key:${id}` };
    return this.#journaled(action, async (db) => {
      requireActive(await find(db, id));
      const { key } = mintKey(id);
      const row = await db
        .updateTable('keys')
        .set({ digest: digestOf(key), rotated_at_ms: this.#options.clock.now(), rotated_by: by.actor })
        .where('id', '=', id)
        .where('revoked_at_ms', 'is', null)
        .returningAll()
        .executeTakeFirst();
      return { key, stored: toStoredKey(requireActive(row)) };
    });
  }

  /**
   * Voids a key for good.
   *
   * @param keepAdmin refuse when no other key could manage keys any more.
   * @throws KeyRefusal for unknown and revoked keys, and for the last one that manages keys.
   */
  async revoke(id: string, by: KeyChanger, keepAdmin: boolean): Promise<StoredKey> {
    const action = { ...by, action: 'key_revoke', target: `key:${id}` };
    return this.#journaled(action, async (db) => {
      await this.#lockKeys(db);
      const row = requireActive(await find(db, id));
      if (keepAdmin && isAdmin(toStoredKey(row)) && !(await this.#hasOtherAdmin(db, id))) {
        throw new KeyRefusal(
          'last_active_api_key_required',
          'This is the last active key with the permission admin. Create another one first.',
        );
      }
      const changed = await db
        .updateTable('keys')
        .set({ revoked_at_ms: this.#options.clock.now(), revoked_by: by.actor })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return toStoredKey(changed);
    });
  }

  /** Notes that keys were used. Not journaled: it is a remark, not an action. */
  async noteUse(ids: readonly string[], atMs: number): Promise<void> {
    if (ids.length === 0) return;
    await this.#options.db
      .updateTable('keys')
      .set({ last_used_at_ms: atMs })
      .where('id', 'in', ids)
      .where((where) => where.or([where('last_used_at_ms', 'is', null), where('last_used_at_ms', '<', atMs)]))
      .execute();
  }

  async #insert(
    db: Transaction<StoreSchema>,
    id: string,
    key: string,
    wanted: NewKey,
    by: KeyChanger,
  ): Promise<StoredKey> {
    const row = await db
      .insertInto('keys')
      .values({
        id,
        actor: wanted.actor,
        label: wanted.label,
        permissions_json: JSON.stringify(wanted.permissions),
        digest: digestOf(key),
        created_at_ms: this.#options.clock.now(),
        created_by: by.actor,
        expires_at_ms: wanted.expiresAtMs,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toStoredKey(row);
  }

  async #hasOtherAdmin(db: Transaction<StoreSchema>, id: string): Promise<boolean> {
    const rows = await db.selectFrom('keys').selectAll().where('id', '!=', id).execute();
    return rows.map(toStoredKey).some((key) => isAdmin(key) && isUsable(key, this.#options.clock.now()));
  }

  /** Transactions on SQLite hold the only write lock already. */
  async #lockKeys(db: Transaction<StoreSchema>): Promise<void> {
    if (this.#options.dialect !== 'postgres') return;
    await sql`lock table keys in share row exclusive mode`.execute(db);
  }

  /** Announces, then changes and completes in one transaction; a refusal or failure is completed as such. */
  async #journaled<T>(
    action: Parameters<AuditJournal['begin']>[0],
    change: (db: Transaction<StoreSchema>) => Promise<T>,
  ): Promise<T> {
    const announced = await this.#options.audit.begin(action);
    try {
      return await this.#options.db.transaction().execute(async (db) => {
        const result = await change(db);
        await announced.complete({ result: 'succeeded' }, db);
        return result;
      });
    } catch (error) {
      const isRefused = error instanceof KeyRefusal;
      await announced.complete({
        result: isRefused ? 'blocked' : 'failed',
        message: isRefused ? error.message : 'The store refused the change.',
      });
      throw error;
    }
  }
}

/** Whether a key opens anything at that time. */
export function isUsable(key: StoredKey, nowMs: number): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || key.expiresAtMs > nowMs);
}

function isAdmin(key: StoredKey): boolean {
  return key.permissions.includes('admin');
}

async function hasAny(db: Kysely<StoreSchema>): Promise<boolean> {
  return (await db.selectFrom('keys').select('id').limit(1).executeTakeFirst()) !== undefined;
}

function find(db: Kysely<StoreSchema>, id: string): Promise<KeyRow | undefined> {
  return db.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
}

function requireActive(row: KeyRow | undefined): KeyRow {
  if (row === undefined) throw new KeyRefusal('unknown_key', 'There is no key with that id.');
  if (row.revoked_at_ms !== null) throw new KeyRefusal('already_revoked', 'That key is revoked.');
  return row;
}

function describe(wanted: NewKey): Readonly<Record<string, unknown>> {
  return {
    for_actor: wanted.actor,
    label: wanted.label,
    permissions: wanted.permissions,
    expires_at: wanted.expiresAtMs === null ? null : wanted.expiresAtMs / 1000,
  };
}

/** A permission this version does not know gives nothing. */
function toStoredKey(row: KeyRow): StoredKey {
  return {
    id: row.id,
    actor: row.actor,
    label: row.label,
    permissions: parseRows(permissionSchema, parseList(row.permissions_json)).rows,
    digest: row.digest,
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    rotatedAtMs: row.rotated_at_ms,
    rotatedBy: row.rotated_by,
    lastUsedAtMs: row.last_used_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
