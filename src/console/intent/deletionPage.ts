import { formatAge, plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { ComparedKey, DeletionPageModel } from '../../contract/deletionPanel.ts';
import type {
  Allowance,
  DeletionComparison,
  DeletionRequest,
  GuestSnapshot,
} from '../../contract/intent/deletionRequest.ts';
import type { Me } from '../../contract/intent/identity.ts';
import type { Banner } from '../../contract/panels.ts';
import type { PlanButton } from '../../contract/planPanel.ts';
import type { StateView } from '../../contract/stateView.ts';
import { notToldState, stateView } from '../states.ts';
import { deletionState, nameOf } from './deletionStates.ts';
import { guestLabel } from './guestLabel.ts';
import { haChanges, haText } from './planWords.ts';

/** Comparison with the live guest, as far as it got. */
export type ComparisonReading =
  | { readonly kind: 'reading' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'read'; readonly comparison: DeletionComparison };

export interface DeletionPageInput {
  readonly about: string;
  readonly request: DeletionRequest;
  readonly comparison: ComparisonReading;
  readonly me: Me | null;
  /** Why the newest reading of the server failed. */
  readonly failure: string | null;
  /** Add to a server time to get the console's, milliseconds. */
  readonly clockOffsetMs: number;
  readonly nowMs: number;
}

/** Page of one deletion request: what would be lost, whether it is still the same guest, and who may do what. */
export function deletionPageModel(input: DeletionPageInput): DeletionPageModel {
  const { request, nowMs } = input;
  const state = deletionState(request);
  const isOver = ['succeeded', 'failed', 'rejected'].includes(request.state);
  const local = (seconds: number | null): number | null =>
    seconds === null ? null : seconds * 1000 + input.clockOffsetMs;
  const createdMs = local(request.created_at);
  const age = createdMs === null ? '' : ` ${formatAge(nowMs - createdMs)} ago`;
  const reason = request.reason === null ? 'no reason told' : `"${plainText(request.reason, 255)}"`;
  return {
    about: input.about,
    header: { title: `Deletion request ${request.id}`, freshness: state, banners: banners(input) },
    subtitle: `${guestLabel(request)}${request.node === null ? '' : ` on ${plainText(request.node, 60)}`}`,
    state,
    asked: `Asked by ${nameOf(request.requested_by)}${age}: ${reason}.`,
    expiresAtMs: request.state === 'pending' ? local(request.expires_at) : null,
    approve: isOver ? null : button('Approve…', request.may?.approve),
    reject: isOver ? null : button('Reject…', request.may?.reject),
    execute: isOver ? null : button('Execute…', request.may?.execute),
    compare: { label: 'Compare With Live Guest', off: null },
    lost: lostLines(request),
    ha: haLines(request),
    comparison: comparisonOf(input.comparison, request),
    history: request.history.map((entry) => ({
      text: `${stateWord(entry.to_state)}${entry.actor === null ? '' : ` by ${nameOf(entry.actor)}`}${entry.note === null ? '' : `: ${plainText(entry.note, 255)}`}`,
      atMs: local(entry.at),
    })),
    fourEyes: fourEyesState(input.me),
    upid: request.upid,
  };
}

function button(label: string, allowance: Allowance | undefined): PlanButton {
  if (allowance === undefined) return { label, off: 'The server did not tell whether you may.' };
  return { label, off: allowance.allowed ? null : plainText(allowance.message ?? 'Not allowed.', 200) };
}

function fourEyesState(me: Me | null): StateView {
  if (me === null) return notToldState('The server did not tell who you are.');
  const who = `You are ${nameOf(me.actor)}${me.permissions.includes('authorize_deletion_request') ? ' (may decide)' : ' (may not decide)'}.`;
  if (!me.four_eyes)
    return stateView(
      'server does not enforce four eyes',
      'warn',
      'unverified',
      `This server does not check who asked. Your second pair of eyes is a convention here. ${who}`,
    );
  if (me.self_approval_allowed === true)
    return stateView(
      'own requests may be approved',
      'warn',
      'unverified',
      `An administrator allowed people to approve what they asked for. ${who}`,
    );
  return stateView('four eyes enforced by the server', 'calm', 'shield', who);
}

function banners({ request, comparison, failure }: DeletionPageInput): Banner[] {
  const list: Banner[] = [];
  const add = (
    id: string,
    tone: Banner['tone'],
    icon: string,
    what: string,
    why: string | null,
    next: string,
  ): void => {
    list.push({ id, tone, icon, what, why, next, buttons: [], sinceMs: null });
  };
  if (failure !== null)
    add(
      'failure',
      'unknown',
      'warning',
      'The server could not be read; this is what was known last.',
      failure,
      'It is tried again.',
    );
  if (request.state === 'failed')
    add(
      'failed',
      'fail',
      'error',
      'The deletion stopped on the way.',
      request.error === null ? null : plainText(request.error, 300),
      'Look at the guest in Proxmox before you ask again.',
    );
  if (comparison.kind !== 'read' || ['succeeded', 'rejected'].includes(request.state)) return list;
  const { live, changes, material } = comparison.comparison;
  if (live === 'replaced')
    add(
      'replaced',
      'fail',
      'error',
      'Another guest has this VMID now.',
      'Its identity is not that of the guest whose deletion was asked for.',
      'Reject the request.',
    );
  if (live === 'changed')
    add(
      'changed',
      'warn',
      'git-compare',
      'Differs from the request.',
      changes
        .slice(0, 3)
        .map(({ key, when_asked: asked, now }) => `${plainText(key, 40)} was ${show(asked)}, is ${show(now)}`)
        .join('; '),
      material === false
        ? 'Compare before you decide.'
        : 'Reject the request and ask again: only what was asked for can be approved.',
    );
  if (live === 'gone')
    add('gone', 'warn', 'question', 'The guest is not there any more.', null, 'Reject the request.');
  return list;
}

function show(value: string | null): string {
  return value === null ? 'not set' : plainText(value, 60);
}

/** Disks and mount points of a guest; drives for images to install from hold nothing of it. */
export function disksOf({ config }: GuestSnapshot): [key: string, value: string][] {
  return Object.entries(config).filter(
    ([key, value]) =>
      /^(scsi|sata|ide|virtio|mp)\d+$|^rootfs$/.test(key) && !/media=cdrom|^none\b/.test(value),
  );
}

function lostLines(request: DeletionRequest): string[] {
  const snapshot = request.metadata_snapshot;
  if (snapshot === null) return ['What it held was not told.'];
  const disks = disksOf(snapshot);
  return [
    disks.length === 0 ? 'No disk was told.' : plural(disks.length, 'disk'),
    ...disks.map(([key, value]) => `${plainText(key, 20)}: ${plainText(value, 160)}`),
    snapshot.status === null
      ? 'Whether it ran was not told.'
      : `${plainText(snapshot.status, 40)} when asked`,
  ];
}

function haLines(request: DeletionRequest): string[] {
  const snapshot = request.metadata_snapshot;
  if (snapshot === null) return ['What HA does about it was not told.'];
  const lines = haChanges(snapshot).map(haText);
  return lines.length === 0 ? ['Not HA-managed; no rule or group changes.'] : lines;
}

function comparisonOf(reading: ComparisonReading, request: DeletionRequest): DeletionPageModel['comparison'] {
  if (reading.kind === 'reading')
    return {
      state: stateView('comparing', 'busy', 'sync', 'The live guest is being read.'),
      changed: [],
      same: 0,
    };
  if (reading.kind === 'failed')
    return { state: stateView('not compared', 'unknown', 'question', reading.message), changed: [], same: 0 };
  const { live, message, changes } = reading.comparison;
  const explanation = plainText(message ?? '', 300);
  const states: Readonly<Record<typeof live, StateView>> = {
    same: stateView('same as when asked', 'calm', 'pass', explanation),
    changed: stateView('changed since', 'warn', 'git-compare', explanation, 'Compare; reject if in doubt.'),
    replaced: stateView('another guest', 'fail', 'error', explanation, 'Reject the request.'),
    gone: stateView('gone', 'off', 'circle-slash', explanation),
    unknown: notToldState(explanation === '' ? 'The cluster did not tell.' : explanation),
  };
  const changed = changes.map(
    ({ key, when_asked: asked, now }): ComparedKey => ({
      key: plainText(key, 60),
      asked: asked === null ? 'not set' : plainText(asked, 200),
      now: now === null ? 'not set' : plainText(now, 200),
      isChanged: true,
    }),
  );
  const total = Object.keys(request.metadata_snapshot?.config ?? {}).length;
  return { state: states[live], changed, same: Math.max(0, total - changed.length) };
}

function stateWord(state: DeletionRequest['state']): string {
  return {
    pending: 'asked',
    approved: 'approved',
    rejected: 'rejected',
    executing: 'execution begun',
    succeeded: 'destroyed',
    failed: 'failed',
    unknown: 'not told',
  }[state];
}

/** The guest as it was when asked and as it is, as two texts for the editor's own comparison. */
export function comparisonTexts(
  request: DeletionRequest,
  comparison: DeletionComparison,
): { readonly asked: string; readonly now: string } {
  const config = request.metadata_snapshot?.config ?? {};
  const changed = new Map(comparison.changes.map((change) => [change.key, change]));
  const keys = [...new Set([...Object.keys(config), ...changed.keys()])].sort();
  const side = (pick: 'when_asked' | 'now'): string[] =>
    keys.flatMap((key) => {
      const change = changed.get(key);
      const value = change === undefined ? (config[key] ?? null) : change[pick];
      return value === null ? [] : [`${plainText(key, 60)}: ${plainText(value, 2_000)}`];
    });
  const head = `# ${guestLabel(request)}`;
  const ended =
    comparison.live === 'gone'
      ? ['# not there any more']
      : comparison.live === 'unknown'
        ? ['# could not be read']
        : side('now');
  return {
    asked: `${[head, '# when its deletion was asked for', ...side('when_asked')].join('\n')}\n`,
    now: `${[head, '# now', ...ended].join('\n')}\n`,
  };
}
