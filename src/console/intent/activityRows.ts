import { formatAge, formatStopwatch } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { AuditEntry } from '../../contract/intent/audit.ts';
import type { IntentRun } from '../../contract/intent/run.ts';
import { stateView } from '../states.ts';
import { nameOf } from './deletionStates.ts';
import { journalState } from './journalStates.ts';
import { type ListRow, wordRow } from './listRow.ts';
import { runItemState, runState } from './runStates.ts';
import type { DeskPicture } from './writeDesk.ts';

/**
 * Rows of the Activity view: runs with their items, then what the journal tells, newest first.
 *
 * @param serverNowMs the time by the clock of a connection's server, which wrote the times shown.
 */
export function activityRows(
  pictures: readonly DeskPicture[],
  serverNowMs: (connectionId: string) => number,
): ListRow[] {
  const offered = pictures.filter(({ isOffered }) => isOffered !== false);
  const runs = offered
    .flatMap((picture) => picture.runs.map((run) => ({ picture, run })))
    .sort((a, b) => (b.run.created_at ?? 0) - (a.run.created_at ?? 0));
  const entries = offered
    .flatMap((picture) => picture.entries.map((entry) => ({ picture, entry })))
    .sort((a, b) => (b.entry.at ?? 0) - (a.entry.at ?? 0));
  const failures = offered.flatMap(({ connectionId, connectionName, failure }) =>
    failure === null
      ? []
      : [
          wordRow(
            `failure/${connectionId}`,
            `${plainText(connectionName, 60)}: not readable`,
            stateView('not readable', 'unknown', 'warning', failure, 'Refresh.'),
            failure,
          ),
        ],
  );
  if (runs.length === 0 && entries.length === 0)
    return failures.length > 0 ? failures : [wordRow('activity/none', 'Runs and long tasks appear here.')];
  return [
    ...failures,
    ...runs.map(({ picture, run }) => runRow(picture, run, serverNowMs(picture.connectionId))),
    ...(entries.length === 0 ? [] : [journalRow(entries, serverNowMs)]),
  ];
}

function runRow({ connectionId }: DeskPicture, run: IntentRun, nowMs: number): ListRow {
  const state = runState(run);
  const cluster = plainText(run.cluster ?? '', 60);
  const count = run.results.length;
  const label = `Apply to ${cluster}, ${count} ${count === 1 ? 'change' : 'changes'}`;
  const startMs = run.created_at === null ? null : run.created_at * 1000;
  const time =
    startMs === null
      ? ''
      : run.state === 'done'
        ? `${formatAge(nowMs - startMs)} ago`
        : formatStopwatch(Math.max(0, nowMs - startMs));
  const description = [state.label, time, `by ${nameOf(run.actor)}`]
    .filter((part) => part !== '')
    .join(' · ');
  return {
    id: `run/${connectionId}/${run.run_uuid}`,
    label,
    description,
    state,
    accessibleLabel: `${label}, ${description}`,
    tooltip: state.explanation,
    contextValue: 'run',
    isOpen: run.state !== 'done',
    open: { command: 'proxbox.intent.openRun', argument: { connectionId, runUuid: run.run_uuid } },
    children: run.results.map((item): ListRow => {
      const itemState = runItemState(item);
      const name = `${item.op} ${item.kind === 'lxc' ? 'ct' : 'vm'} ${item.vmid ?? '?'} ${plainText(item.name ?? '', 60)}`;
      const said = plainText(item.message ?? '', 200);
      return {
        id: `item/${connectionId}/${run.run_uuid}/${item.index}`,
        label: name.trim(),
        description: [itemState.label, said].filter((part) => part !== '').join(' · '),
        state: itemState,
        accessibleLabel: `${name.trim()}, ${itemState.label}${said === '' ? '' : `, ${said}`}`,
        tooltip: said === '' ? itemState.explanation : said,
        contextValue: 'runItem',
        children: [],
        isOpen: false,
        open:
          item.deletion_request_id === null
            ? null
            : {
                command: 'proxbox.deletion.open',
                argument: { connectionId, requestId: item.deletion_request_id },
              },
      };
    }),
  };
}

function journalRow(
  entries: readonly { readonly picture: DeskPicture; readonly entry: AuditEntry }[],
  serverNowMs: (connectionId: string) => number,
): ListRow {
  return {
    id: 'journal',
    label: 'Audit journal',
    description: `newest ${entries.length}`,
    state: stateView('journal', 'calm', 'book', 'Who did what, as the server wrote it down.'),
    accessibleLabel: `Audit journal, newest ${entries.length} entries`,
    tooltip: 'Who did what, as the server wrote it down.',
    contextValue: 'journal',
    isOpen: false,
    open: null,
    children: entries.map(({ picture: { connectionId }, entry }): ListRow => {
      const state = journalState(entry);
      const age = entry.at === null ? '' : `${formatAge(serverNowMs(connectionId) - entry.at * 1000)} ago`;
      const label =
        `${plainText((entry.action ?? 'unknown action').replaceAll('_', ' '), 60)} ${plainText(entry.target ?? '', 80)}`.trim();
      const description = [state.label, `by ${nameOf(entry.actor)}`, age]
        .filter((part) => part !== '')
        .join(' · ');
      return {
        id: `entry/${connectionId}/${entry.entry_id}`,
        label,
        description,
        state,
        accessibleLabel: `${label}, ${description}`,
        tooltip: plainText(entry.message ?? state.explanation, 300),
        contextValue: 'entry',
        children: [],
        isOpen: false,
        open: null,
      };
    }),
  };
}
