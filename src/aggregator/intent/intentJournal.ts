/** What an action is about, for the audit journal. */
export interface JournalAction {
  readonly actor: string;
  readonly keyId: string | null;
  /** Such as `intent_create_qemu`, `deletion_request_approve` (contract, journal verbs). */
  readonly action: string;
  readonly cluster: string | null;
  /** Such as `qemu/105` or `deletion-request/42`. */
  readonly target: string | null;
  readonly runUuid?: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type JournalResult = 'succeeded' | 'failed' | 'blocked' | 'skipped' | 'unknown';

/** An entry that was written before its action. */
export interface JournalEntry {
  /** Names the entry, so that another process can complete it. */
  readonly id: string;
  complete(result: JournalResult, details?: Readonly<Record<string, unknown>>): Promise<void>;
}

/**
 * The audit journal as the intent path uses it: `begin` is written before an action and rejects when it cannot be, which
 * stops the action.
 */
export interface IntentJournal {
  begin(action: JournalAction): Promise<JournalEntry>;
  /** An entry that another process began. */
  resume(id: string): JournalEntry;
}
