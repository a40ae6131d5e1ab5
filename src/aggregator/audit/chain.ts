import { createHash } from 'node:crypto';
import type { AuditRow } from '../store/schema.ts';

/** What the first row carries as the hash of the row before. */
export const chainStart = '0'.repeat(64);

/**
 * Hash of a row: SHA-256 over all its fields and the hash of the row before, in a fixed order and as JSON, which keeps
 * fields apart whatever they hold. Changing, removing, inserting or reordering rows breaks the chain at that place.
 * Whoever can write the database can compute a whole new chain, or cut its end off; keeping the head's hash elsewhere
 * (`GET /audit/verify` tells it) shows that too.
 */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const fields = [
    'proxbox-audit-1',
    row.seq,
    row.entry_id,
    row.phase,
    row.at_ms,
    row.actor,
    row.key_id,
    row.action,
    row.target,
    row.cluster,
    row.result,
    row.message,
    row.details_json,
    row.prev_hash,
  ];
  return createHash('sha256').update(JSON.stringify(fields), 'utf8').digest('hex');
}
