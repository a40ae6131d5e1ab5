import type { Kysely, Transaction } from 'kysely';
import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { type IntentSettingsPatch, writesPhrase } from '../../contract/intent/settings.ts';
import type { AuditJournal } from '../audit/auditJournal.ts';
import type { StoreSchema } from './schema.ts';

/** The settings of the write side, as they hold now. */
export interface Settings {
  /** The master switch: true only while the typed phrase is stored beside it. */
  readonly isEnabled: boolean;
  readonly isSelfApproveAllowed: boolean;
  readonly warnsPlaintextPassword: boolean;
  readonly deletionTtlDays: number;
  readonly endpoints: readonly EndpointSetting[];
  readonly updatedAtMs: number | null;
  readonly updatedBy: string | null;
}

export interface EndpointSetting {
  readonly cluster: string;
  readonly allowsWrites: boolean;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

/** The master switch was to be turned on without its phrase. */
export class PhraseRefusal extends Error {
  constructor() {
    super(`Type ${writesPhrase} to allow changes on Proxmox.`);
  }
}

const storedSchema = z.object({
  netbox_to_proxmox_enabled: z.boolean().catch(false),
  netbox_to_proxmox_typed_confirmation: z.string().catch(''),
  intent_apply_authorization_self_approve_allowed: z.boolean().catch(false),
  intent_warn_plaintext_password: z.boolean().catch(true),
  intent_deletion_request_ttl_days: z.number().int().min(1).catch(7),
});
type Stored = z.infer<typeof storedSchema>;

/**
 * Settings in the store, read fresh each time: several aggregators share them, and "off" must hold at once. Missing and
 * unreadable values are the safe ones: off, nobody approves their own request, no cluster may be written to.
 */
export class SettingsRepository {
  readonly #db: Kysely<StoreSchema>;
  readonly #clock: Clock;
  readonly #audit: AuditJournal;

  constructor(options: {
    readonly db: Kysely<StoreSchema>;
    readonly clock: Clock;
    readonly audit: AuditJournal;
  }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#audit = options.audit;
  }

  /** @param within a transaction in which a change depends on them. */
  async read(within?: Transaction<StoreSchema>): Promise<Settings> {
    const db = within ?? this.#db;
    const rows = await db.selectFrom('settings').selectAll().execute();
    const stored = toStored(rows);
    const endpoints = await db.selectFrom('endpoint_settings').selectAll().orderBy('cluster').execute();
    const latest = [...rows, ...endpoints].sort((a, b) => b.updated_at_ms - a.updated_at_ms)[0];
    return {
      isEnabled:
        stored.netbox_to_proxmox_enabled && stored.netbox_to_proxmox_typed_confirmation === writesPhrase,
      isSelfApproveAllowed: stored.intent_apply_authorization_self_approve_allowed,
      warnsPlaintextPassword: stored.intent_warn_plaintext_password,
      deletionTtlDays: stored.intent_deletion_request_ttl_days,
      endpoints: endpoints.map((row) => ({
        cluster: row.cluster,
        allowsWrites: row.allow_writes === 1,
        updatedAtMs: row.updated_at_ms,
        updatedBy: row.updated_by,
      })),
      updatedAtMs: latest?.updated_at_ms ?? null,
      updatedBy: latest?.updated_by ?? null,
    };
  }

  /**
   * Changes what the patch names, in one transaction with its journal entry.
   *
   * @throws PhraseRefusal when the master switch is turned on without the phrase, whoever asks by whatever way.
   */
  async change(
    patch: IntentSettingsPatch,
    by: { readonly actor: string; readonly keyId: string | null },
  ): Promise<Settings> {
    const before = await this.read();
    const { netbox_to_proxmox_typed_confirmation: phrase, ...named } = patch;
    const announced = await this.#audit.begin({
      ...by,
      action: 'settings_change',
      target: 'settings:intent',
      details: { to: named, was: valuesOf(before, named) },
    });
    try {
      return await this.#db.transaction().execute(async (db) => {
        // A wrong phrase is refused even where none was needed: whoever typed it meant to switch something on.
        const isWrong = phrase !== undefined && phrase !== '' && phrase !== writesPhrase;
        if (isWrong || (named.netbox_to_proxmox_enabled === true && phrase !== writesPhrase))
          throw new PhraseRefusal();
        await this.#write(db, patch, by.actor);
        await announced.complete({ result: 'succeeded' }, db);
        return this.read(db);
      });
    } catch (error) {
      const isRefused = error instanceof PhraseRefusal;
      await announced.complete({
        result: isRefused ? 'blocked' : 'failed',
        message: isRefused ? 'The typed phrase was missing or wrong.' : 'The store refused the change.',
      });
      throw error;
    }
  }

  async #write(db: Transaction<StoreSchema>, patch: IntentSettingsPatch, actor: string): Promise<void> {
    const stamp = { updated_at_ms: this.#clock.now(), updated_by: actor };
    const { endpoints, netbox_to_proxmox_typed_confirmation: _typed, ...named } = patch;
    const values: Partial<Stored> = { ...named };
    // The phrase is stored with the switch and forgotten with it, so that neither works without the other.
    if (named.netbox_to_proxmox_enabled !== undefined) {
      values.netbox_to_proxmox_typed_confirmation = named.netbox_to_proxmox_enabled ? writesPhrase : '';
    }
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const change = { value_json: JSON.stringify(value), ...stamp };
      await db
        .insertInto('settings')
        .values({ name, ...change })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
        .execute();
    }
    for (const { cluster, allow_writes } of endpoints ?? []) {
      const change = { allow_writes: allow_writes ? (1 as const) : (0 as const), ...stamp };
      await db
        .insertInto('endpoint_settings')
        .values({ cluster, ...change })
        .onConflict((conflict) => conflict.column('cluster').doUpdateSet(change))
        .execute();
    }
  }
}

function toStored(rows: readonly { readonly name: string; readonly value_json: string }[]): Stored {
  return storedSchema.parse(
    Object.fromEntries(
      rows.map(({ name, value_json }) => {
        try {
          return [name, JSON.parse(value_json)];
        } catch {
          return [name, undefined];
        }
      }),
    ),
  );
}

/** What the named settings were. */
function valuesOf(settings: Settings, named: IntentSettingsPatch): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<string, unknown>> = {
    netbox_to_proxmox_enabled: settings.isEnabled,
    intent_apply_authorization_self_approve_allowed: settings.isSelfApproveAllowed,
    intent_warn_plaintext_password: settings.warnsPlaintextPassword,
    intent_deletion_request_ttl_days: settings.deletionTtlDays,
    endpoints: (named.endpoints ?? []).map(({ cluster }) => ({
      cluster,
      allow_writes: settings.endpoints.some((one) => one.cluster === cluster && one.allowsWrites),
    })),
  };
  return Object.fromEntries(Object.keys(named).map((name) => [name, all[name]]));
}
