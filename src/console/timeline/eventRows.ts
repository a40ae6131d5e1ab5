import { plainText } from '../../base/text.ts';
import type { FleetEvent, FleetEventKind } from '../../contract/model/fleetEvent.ts';
import type { PageAction, TableRow } from '../../contract/panels.ts';
import type { StateView } from '../../contract/stateView.ts';
import { taskState, taskWord } from '../guestTasks.ts';
import { notToldState, stateView } from '../states.ts';
import { laneState } from './laneStates.ts';
import { dayText, momentText } from './timeText.ts';

/** Kinds in the order in which they are offered. */
export const kindWords: Readonly<Record<FleetEventKind, string>> = {
  quorum: 'Quorum',
  master: 'Master',
  arming: 'HA armed',
  node: 'Nodes',
  fencing: 'Fencing',
  service: 'HA resources',
  guest: 'Guests',
  rule: 'Rules',
  task: 'Tasks',
  reading: 'Reading',
};

export interface RowContext {
  /** An event's id with its server, so that two servers cannot collide. */
  readonly id: string;
  readonly clusterName: string;
  readonly nowMs: number;
  /** Name of a guest now, for events that carry none. */
  readonly nameOf: (vmid: number) => string | null;
  readonly open: PageAction | null;
}

/** What an event is about: "vm:105 db-01", "node pve3", "quorum". */
export function subjectText(
  event: Pick<FleetEvent, 'subject' | 'kind' | 'vmid' | 'name' | 'node'>,
  nameOf: RowContext['nameOf'],
): string {
  const { subject, kind, vmid } = event;
  if (kind === 'task' || kind === 'guest' || kind === 'service') {
    if (vmid === null) return plainText(kind === 'task' ? (event.node ?? 'cluster') : subject, 80);
    const name = event.name ?? nameOf(vmid);
    const id = kind === 'service' ? subject : `guest ${vmid}`;
    return plainText(name === null || name === '' ? id : `${id} ${name}`, 80);
  }
  return plainText(singleSubjects[subject] ?? subject.replace(':', ' '), 80);
}

const singleSubjects: Readonly<Record<string, string>> = {
  quorum: 'quorum',
  quorumDevice: 'quorum device',
  master: 'HA manager',
  arming: 'HA stack',
  reading: 'our reading',
};

/** The state after an event. */
export function stateAfter(event: FleetEvent): StateView {
  if (event.kind === 'task') {
    const state = taskState({
      type: event.detail ?? '',
      status: event.to,
      startS: event.atMs / 1000,
      endS: event.endMs === null ? null : event.endMs / 1000,
    });
    return { ...state, label: `${taskWord(event.detail ?? 'task')}: ${state.label}`, sinceMs: null };
  }
  if (event.kind === 'reading' && event.from === null)
    return stateView('the record begins', 'calm', 'eye', 'From here on events are recorded.');
  if (event.to === null) return notToldState('What it became was not told.');
  return laneState({ ...event, state: event.to });
}

function stateBefore(event: FleetEvent): StateView | null {
  if (event.from === null || event.kind === 'task') return null;
  return laneState({ ...event, state: event.from, node: event.fromNode });
}

/** "online → lost", "new: started on pve1". */
export function changeText(event: FleetEvent): string {
  const after = stateAfter(event);
  const before = stateBefore(event);
  if (event.kind === 'task' || event.kind === 'reading') return after.label;
  if (before === null) return `new: ${after.label}`;
  return before.label === after.label ? after.label : `${before.label} → ${after.label}`;
}

const sharpMs = 60_000;

function detailText(event: FleetEvent, nowMs: number): string {
  const parts = [
    event.kind === 'task' || event.detail === 'began' ? null : event.detail,
    event.kind === 'task' && event.node !== null ? `on ${event.node}` : null,
    event.user === null ? null : `by ${event.user}`,
    event.endMs === null ? null : `until ${momentText(event.endMs, nowMs)}`,
    event.kind !== 'reading' && event.afterMs !== null && event.atMs - event.afterMs > sharpMs
      ? `not before ${momentText(event.afterMs, nowMs)}`
      : null,
  ];
  return plainText(parts.filter((part) => part !== null && part !== '').join(' · '), 200);
}

/** An event as a row of the page's table; its times are on the console's clock already. */
export function eventRow(event: FleetEvent, context: RowContext): TableRow {
  const { nowMs, clusterName } = context;
  const state = stateAfter(event);
  const what = subjectText(event, context.nameOf);
  const change = changeText(event);
  const kind = event.kind === 'unknown' ? 'Other' : kindWords[event.kind];
  const details = detailText(event, nowMs);
  return {
    id: context.id,
    tone: state.tone,
    groups: { day: dayText(event.atMs), kind, subject: what, cluster: clusterName },
    cells: {
      time: { text: momentText(event.atMs, nowMs), sort: event.atMs },
      what: { text: what },
      change: { text: change, icon: state.icon, tone: state.tone, hint: state.explanation },
      kind: { text: kind },
      cluster: { text: clusterName },
      details: { text: details },
    },
    ...(context.open === null ? {} : { open: context.open }),
    problem: state.tone === 'fail' || state.tone === 'warn',
    haystack: [what, change, kind, clusterName, details].join(' ').toLowerCase(),
  };
}
