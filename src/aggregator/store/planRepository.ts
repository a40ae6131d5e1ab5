import type { Kysely } from 'kysely';
import type { PlanStore } from '../intent/intentRecords.ts';
import type { StoreSchema } from './schema.ts';

/** Plans are kept so long after their end that an apply which comes late is told so, rather than "not known". */
const keptAfterEndMs = 24 * 3600_000;

/** Plans that an apply can be bound to. */
export function planRepository(db: Kysely<StoreSchema>): PlanStore {
  return {
    async save(plan) {
      await db
        .deleteFrom('intent_plans')
        .where('expires_at_ms', '<', plan.createdMs - keptAfterEndMs)
        .execute();
      const row = {
        diffs_hash: plan.diffsHash,
        cluster: plan.cluster,
        actor: plan.actor,
        seen_json: JSON.stringify(plan.seen),
        created_at_ms: plan.createdMs,
        expires_at_ms: plan.expiresMs,
      };
      await db
        .insertInto('intent_plans')
        .values({ plan_hash: plan.hash, ...row })
        // The same state seen again is the same plan, and counts from now.
        .onConflict((conflict) => conflict.column('plan_hash').doUpdateSet(row))
        .execute();
    },

    async find(hash) {
      const row = await db
        .selectFrom('intent_plans')
        .selectAll()
        .where('plan_hash', '=', hash)
        .executeTakeFirst();
      if (row === undefined) return null;
      return {
        hash: row.plan_hash,
        diffsHash: row.diffs_hash,
        cluster: row.cluster,
        actor: row.actor,
        seen: JSON.parse(row.seen_json) as string[],
        createdMs: row.created_at_ms,
        expiresMs: row.expires_at_ms,
      };
    },
  };
}
