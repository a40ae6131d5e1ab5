import type { Kysely } from 'kysely';

/** Who rotated a key last, and therefore was shown its secret. */
export async function keyRotation({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('keys').addColumn('rotated_by', 'text').execute();
}
