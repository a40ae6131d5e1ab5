import { formatAge } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { DeletionRequest } from '../../contract/intent/deletionRequest.ts';
import { stateView } from '../states.ts';
import { deletionState, nameOf, needsMyDecision } from './deletionStates.ts';
import { type ListRow, wordRow } from './listRow.ts';
import type { DeskPicture } from './writeDesk.ts';

/** Closed requests are shown for so long, milliseconds. */
const closedShownMs = 30 * 24 * 3600_000;

/** What a row of the view hands to commands. */
export interface DeletionAddress {
  readonly connectionId: string;
  readonly requestId: number;
}

/**
 * Rows of the Deletion Requests view: who we are on each server, then the requests by what they wait for, last the
 * servers that keep no requests.
 *
 * @param serverNowMs the time by the clock of a connection's server, which wrote the times shown.
 */
export function deletionRows(
  pictures: readonly DeskPicture[],
  serverNowMs: (connectionId: string) => number,
): ListRow[] {
  const offered = pictures.filter(({ isOffered }) => isOffered !== false);
  const all = offered.flatMap((picture) =>
    picture.requests.map((request): Placed => ({ picture, request, group: groupOf(request) })),
  );
  const shown = all.filter(
    ({ picture, request, group }) =>
      group !== 'closed' ||
      serverNowMs(picture.connectionId) - (request.updated_at ?? 0) * 1000 < closedShownMs,
  );
  return [
    ...offered.flatMap(identityRows),
    ...groups.flatMap(({ id, title, isOpen }) => {
      const rows = shown
        .filter(({ group }) => group === id)
        .map((placed) => requestRow(placed, serverNowMs(placed.picture.connectionId)));
      return rows.length === 0 ? [] : [heading(id, title, isOpen, rows)];
    }),
    ...(shown.length === 0 && offered.some(({ readAtMs }) => readAtMs !== null)
      ? [wordRow('deletions/none', 'Nobody asks to delete anything.')]
      : []),
    ...pictures.filter(({ isOffered }) => isOffered === false).map(withoutRequests),
  ];
}

/** How many requests wait for the decision of the person at the keyboard. */
export function decisionsWaiting(pictures: readonly DeskPicture[]): number {
  return pictures.reduce((sum, { requests }) => sum + requests.filter(needsMyDecision).length, 0);
}

/** Tooltip of the badge; what is not known is named rather than counted as zero. */
export function badgeText(pictures: readonly DeskPicture[]): string {
  const count = decisionsWaiting(pictures);
  const unknown = pictures.filter(({ failure, isOffered }) => failure !== null && isOffered !== false);
  return [
    `${count} ${count === 1 ? 'waits' : 'wait'} for your decision`,
    ...unknown.map(({ connectionName }) => `${plainText(connectionName, 60)} not readable`),
  ].join('; ');
}

type GroupId = 'mine' | 'others' | 'approved' | 'closed';

interface Placed {
  readonly picture: DeskPicture;
  readonly request: DeletionRequest;
  readonly group: GroupId;
}

const groups: readonly { readonly id: GroupId; readonly title: string; readonly isOpen: boolean }[] = [
  { id: 'mine', title: 'Needs my decision', isOpen: true },
  { id: 'others', title: 'Waiting for others', isOpen: true },
  { id: 'approved', title: 'Approved', isOpen: true },
  { id: 'closed', title: 'Closed (30 days)', isOpen: false },
];

function groupOf(request: DeletionRequest): GroupId {
  switch (request.state) {
    case 'pending':
      return needsMyDecision(request) ? 'mine' : 'others';
    case 'approved':
    case 'executing':
      return 'approved';
    case 'unknown':
      return 'others';
    default:
      return 'closed';
  }
}

function identityRows(picture: DeskPicture): ListRow[] {
  const { connectionId, connectionName, me, failure } = picture;
  const name = plainText(connectionName, 60);
  const rows: ListRow[] = [];
  if (me !== null) {
    const may = me.permissions.includes('authorize_deletion_request');
    const actor = nameOf(me.actor);
    const description = `${name} · ${may ? 'may decide' : 'may not decide'}`;
    rows.push({
      id: `identity/${connectionId}`,
      label: `You are ${actor}`,
      description,
      state: stateView(
        me.four_eyes ? 'server keeps four eyes' : 'server does not enforce four eyes',
        me.four_eyes ? 'calm' : 'warn',
        me.four_eyes ? 'account' : 'unverified',
        me.four_eyes
          ? 'Who asked cannot decide; the server checks that by the key.'
          : 'This server does not check who asked. Your second pair of eyes is a convention here.',
      ),
      accessibleLabel: `You are ${actor} on ${name}, ${may ? 'you may decide' : 'you may not decide'} deletion requests, ${me.four_eyes ? 'the server enforces four eyes' : 'the server does not enforce four eyes'}`,
      tooltip: [
        `${actor} on ${name}`,
        me.permissions.length === 0 ? 'No permission told.' : `May: ${me.permissions.join(', ')}`,
        me.self_approval_allowed === true
          ? 'Own requests may be approved here: an administrator allowed it.'
          : 'Own requests need somebody else.',
      ].join('\n'),
      contextValue: 'identity',
      children: [],
      isOpen: false,
      open: null,
    });
  }
  if (failure !== null)
    rows.push(
      wordRow(
        `failure/${connectionId}`,
        `${name}: not readable`,
        stateView('not readable', 'unknown', 'warning', failure, 'Refresh.'),
        failure,
      ),
    );
  return rows;
}

/** A server of the first generation, or one without a store. */
function withoutRequests({ connectionId, connectionName }: DeskPicture): ListRow {
  return wordRow(
    `unoffered/${connectionId}`,
    plainText(connectionName, 60),
    stateView(
      'does not enforce four eyes',
      'off',
      'unverified',
      'This server keeps no deletion requests and does not check who asked. Nothing is deleted through it from here.',
    ),
    'keeps no requests, does not enforce four eyes',
  );
}

function heading(id: GroupId, title: string, isOpen: boolean, children: readonly ListRow[]): ListRow {
  return {
    id: `group/${id}`,
    label: title,
    description: String(children.length),
    state: null,
    accessibleLabel: `${title}, ${children.length}`,
    tooltip: title,
    contextValue: 'group',
    children,
    isOpen,
    open: null,
  };
}

function requestRow({ picture, request }: Placed, nowMs: number): ListRow {
  const state = deletionState(request);
  const guest = `${request.vmid} ${plainText(request.name ?? '', 60)}`.trim();
  const cluster = plainText(request.cluster ?? '', 60);
  const age = request.created_at === null ? null : formatAge(nowMs - request.created_at * 1000);
  const left = timeLeft(request, nowMs);
  const address: DeletionAddress = { connectionId: picture.connectionId, requestId: request.id };
  const parts = [
    cluster,
    `by ${nameOf(request.requested_by)}`,
    age,
    request.state === 'pending' ? left : state.label,
  ];
  return {
    id: `request/${picture.connectionId}/${request.id}`,
    label: guest,
    description: parts.filter((part) => part !== null && part !== '').join(' · '),
    state,
    accessibleLabel: [
      `deletion request ${request.id}`,
      `${request.kind === 'lxc' ? 'container' : 'vm'} ${guest}`,
      `cluster ${cluster}`,
      state.label,
      `asked by ${nameOf(request.requested_by)}`,
      age === null ? null : `${age} ago`,
      left,
    ]
      .filter((part) => part !== null)
      .join(', '),
    tooltip: [
      `${state.label}. ${state.explanation}`,
      request.reason === null ? null : `Reason: ${plainText(request.reason, 255)}`,
      request.error === null ? null : `Error: ${plainText(request.error, 300)}`,
      left,
    ]
      .filter((line) => line !== null)
      .join('\n'),
    contextValue: contextOf(request),
    children: [],
    isOpen: false,
    open: { command: 'proxbox.deletion.open', argument: address },
  };
}

/** "6 d left"; `null` when it does not end by itself. */
export function timeLeft(request: DeletionRequest, nowMs: number): string | null {
  if (request.state !== 'pending' || request.expires_at === null) return null;
  const leftMs = request.expires_at * 1000 - nowMs;
  return leftMs <= 0 ? 'ends now' : `${formatAge(leftMs)} left`;
}

function contextOf({ state, may }: DeletionRequest): string {
  const flags = (['approve', 'reject', 'execute'] as const).filter((verb) => may?.[verb].allowed === true);
  return ['deletion', state, ...flags].join('+');
}
