import { plainText } from '../../base/text.ts';
import type { AuditEntry } from '../../contract/intent/audit.ts';
import { nameOf } from './deletionStates.ts';
import { journalState } from './journalStates.ts';

/** What a journal document shows. */
export interface JournalInput {
  readonly connectionName: string;
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Whether the server has older entries. */
  readonly isCut: boolean;
}

/** The journal as a text: one entry per line, newest first, what was said below it. Times are UTC. */
export function journalText({ connectionName, entries, isCut }: JournalInput): string {
  const lines = [
    `# Audit journal of ${plainText(connectionName, 60)}, newest first. Times are UTC.`,
    '# Verify Audit Journal checks that no row was changed or taken out; Export Audit Journal saves all of it.',
    '',
    ...entries.flatMap(entryLines),
  ];
  if (entries.length === 0) lines.push('Nothing was done through this server yet.');
  if (isCut) lines.push('', `# Older entries are not shown here. Export Audit Journal has them.`);
  return `${lines.join('\n')}\n`;
}

function entryLines(entry: AuditEntry): string[] {
  const at = entry.at === null ? 'time not told' : utcText(entry.at);
  const action = plainText((entry.action ?? 'unknown action').replaceAll('_', ' '), 60);
  const target = plainText(entry.target ?? '', 120);
  const line = [
    at,
    `#${entry.seq}`,
    journalState(entry).label,
    nameOf(entry.actor),
    [action, target].filter((part) => part !== '').join(' '),
  ].join('  ');
  const said = plainText(entry.message ?? '', 300);
  return said === '' ? [line] : [line, `    ${said}`];
}

/** "2026-03-01 12:00:00"; what is no time at all is said to be none. */
function utcText(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? 'time not told' : time.toISOString().replace('T', ' ').slice(0, 19);
}
