import type { IntentJournal, JournalEntry, JournalResult } from '../intent/intentJournal.ts';
import type { AuditJournal, AuditResult } from './auditJournal.ts';

/** The audit journal as the intent path writes to it. */
export function journalOfIntent(audit: AuditJournal): IntentJournal {
  const entry = (id: string): JournalEntry => ({
    id,
    complete: (result, details) =>
      audit.complete(id, { result: toResult(result), message: messageOf(details), outcome: details ?? null }),
  });
  return {
    async begin({ runUuid, details, ...action }) {
      const { entryId } = await audit.begin({
        ...action,
        details: { ...details, ...(runUuid === undefined || runUuid === null ? {} : { run_uuid: runUuid }) },
      });
      return entry(entryId);
    },
    resume: entry,
  };
}

function toResult(result: JournalResult): AuditResult {
  return result === 'unknown' ? 'outcome_unknown' : result;
}

function messageOf(details: Readonly<Record<string, unknown>> | undefined): string | null {
  return typeof details?.message === 'string' ? details.message : null;
}
