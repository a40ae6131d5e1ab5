import type { Kysely } from 'kysely';

/** Journal entries of runs and their items, so that whoever takes a run over completes what was announced. */
export async function runEntries({ schema }: Kysely<unknown>): Promise<void> {
  for (const table of ['intent_runs', 'intent_run_items'])
    await schema.alterTable(table).addColumn('audit_entry_id', 'text').execute();
}
