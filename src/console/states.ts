import { plainText } from '../base/text.ts';
import type { Cluster, HaFencing, HaMaster, Quorum } from '../contract/model/cluster.ts';
import type { Guest } from '../contract/model/guest.ts';
import type { ClusterNode, Lrm } from '../contract/model/node.ts';
import type { HaResource, HaRule } from '../contract/model/placement.ts';
import type { StateView, Tone } from '../contract/stateView.ts';

/*
 * The one table of states: every screen, notice and test takes its words, tone and icon from here. Rules that hold for
 * all of it: a value that is not listed is shown raw and is unknown; a value that was not told is unknown; nothing but a
 * reported fact is ever ok.
 */

function view(
  label: string,
  tone: Tone,
  icon: string,
  explanation: string,
  nextStep: string | null = null,
  sinceMs: number | null = null,
): StateView {
  return { label, tone, icon, explanation, nextStep, sinceMs };
}

/** A word of Proxmox that this console does not know. */
export function unlistedState(raw: string): StateView {
  return view(
    `unknown state "${plainText(raw, 40)}"`,
    'unknown',
    'question',
    'This console does not know this word yet.',
    'Look in Proxmox.',
  );
}

const notTold = view('not told', 'unknown', 'question', 'Nobody has told us.');

/** Quorum with votes and margin. Votes are our own arithmetic, marked "≈"; the state is what a node reported. */
export function quorumState(quorum: Quorum, mode: Cluster['mode']): StateView {
  if (quorum.state === 'standalone')
    return view('standalone', 'off', 'server', 'One node, no votes to count.');
  if (quorum.state === 'unknown' && mode === 'undefined')
    return view(
      'not read yet',
      'unknown',
      'circle-large-outline',
      'Nothing has been read here yet.',
      'Test Connection',
    );
  const votes =
    quorum.votes === null || quorum.expectedVotes === null
      ? ''
      : ` ${quorum.approximate ? '≈ ' : ''}${quorum.votes}/${quorum.expectedVotes}`;
  switch (quorum.state) {
    case 'quorate':
      return quorateState(quorum, votes);
    case 'notQuorate':
      return view(
        `no quorum${votes}`,
        'fail',
        'error',
        'The answering node sees no majority: no changes are possible, nodes with active HA reset after about 60 s, and the rows below are memories.',
        'Restore network or power to a majority.',
      );
    case 'split':
      return view(
        'split view',
        'fail',
        'error',
        'Nodes contradict each other, so the network is probably cut in two; the quorate side is shown.',
        'Compare the views; check the cluster network.',
      );
    case 'unknown':
      return view(
        'quorum unknown',
        'unknown',
        'question',
        'Nobody has told us; it may be fine or an outage.',
        'Test the connection; ask another node.',
      );
  }
}

function quorateState(quorum: Quorum, votes: string): StateView {
  const { margin } = quorum;
  if (margin === null)
    return view(
      `quorate${votes} · margin unknown`,
      'ok',
      'pass',
      'A majority of votes is present. How many may still be lost could not be read.',
    );
  if (margin > 0)
    return view(
      `quorate${votes} · can lose ${margin}`,
      'ok',
      'pass',
      `A majority of votes is present; ${margin} more may go and the cluster still works.`,
    );
  return quorum.votes === quorum.expectedVotes
    ? view(
        `quorate${votes} · can lose none`,
        'calm',
        'info',
        'Everything is here, but a cluster this small survives no loss.',
        'Think about a quorum device.',
      )
    : view(
        `quorate${votes} · can lose none`,
        'warn',
        'warning',
        'One more lost vote makes the cluster read-only and resets nodes that run HA guests.',
        'Bring a missing node or the device back before touching anything else.',
      );
}

export function quorumDeviceState(quorum: Quorum): StateView {
  switch (quorum.device.state) {
    case 'connected':
      return view('device voting', 'calm', 'plug', 'Its vote is counted.');
    case 'none':
      return view('no device', 'off', 'dash', 'There is none.');
    case 'notConnected':
      return view(
        'device lost',
        (quorum.margin ?? 0) <= 0 ? 'fail' : 'warn',
        'debug-disconnect',
        "The device's votes are missing; with an odd node count that means no node may fail.",
        'Check the QNetd host.',
      );
    case 'unknown':
      return view('device unknown', 'unknown', 'question', 'This server does not tell.');
  }
}

/** Ages from which data is late and stale, milliseconds. */
const lateAfterMs = 15_000;
const staleAfterMs = 60_000;

/** How current a cluster's picture is. `lastSuccessMs` is on the console's clock. */
export function freshnessState(
  lastSuccessMs: number | null,
  failures: number,
  intervalMs: number | null,
  connected: boolean,
  nowMs: number,
): StateView {
  if (lastSuccessMs === null)
    return failures > 0
      ? view('no answer', 'unknown', 'debug-disconnect', 'The cluster does not answer.', 'Test Connection')
      : view(
          'never read',
          'unknown',
          'circle-large-outline',
          'Nothing has been read here yet.',
          'Test Connection',
        );
  const ageMs = nowMs - lastSuccessMs;
  const late = Math.max(lateAfterMs, (intervalMs ?? 0) * 2);
  const stale = Math.max(staleAfterMs, (intervalMs ?? 0) * 4);
  if (failures >= 2 || ageMs > stale || (!connected && ageMs > late))
    return view(
      'stale',
      'unknown',
      'history',
      'What you see is old; reality may differ.',
      'Refresh; read the reason in the banner.',
      lastSuccessMs,
    );
  if (ageMs > late) return view('late', 'calm', 'clock', 'One expected read is late.', null, lastSuccessMs);
  return view('live', 'calm', 'circle-filled', 'Current.', null, lastSuccessMs);
}

export function modeBadge(mode: Cluster['mode']): { readonly label: string; readonly tone: Tone } {
  switch (mode) {
    case 'cluster':
      return { label: 'Cluster', tone: 'ok' };
    case 'standalone':
      return { label: 'Standalone', tone: 'busy' };
    default:
      return { label: 'Undefined', tone: 'off' };
  }
}

export function masterState(master: HaMaster): StateView {
  switch (master.state) {
    case 'active':
      return view(
        `master ${plainText(master.node ?? 'not told', 60)}`,
        'calm',
        'star-full',
        'This node decides for the whole cluster.',
      );
    case 'idle':
      return view('HA idle', 'off', 'circle-large-outline', 'No HA resource, so the manager sleeps.');
    case 'never':
      return view('HA never used', 'off', 'circle-large-outline', 'There is no manager row.');
    case 'silent':
      return view(
        'master silent',
        'fail',
        'debug-disconnect',
        'The deciding node stopped reporting; another takes over after about two minutes.',
        'Wait for the new master; check that node.',
      );
    case 'clockDrift':
      return view(
        'clock drift',
        'warn',
        'watch',
        'Clocks disagree, so ages below are unreliable.',
        'Fix time sync on that node.',
      );
    case 'unknown':
      return master.rawStatus === null ? notTold : unlistedState(master.rawStatus);
  }
}

/** Disarmed for longer than this needs somebody's attention, milliseconds. */
const disarmReminderMs = 30 * 60_000;

export function fencingState(fencing: HaFencing, resourceCount: number, nowMs: number): StateView {
  const mode =
    fencing.resourceMode === 'freeze'
      ? 'frozen'
      : fencing.resourceMode === 'ignore'
        ? 'ignored'
        : 'mode not told';
  switch (fencing.state) {
    case 'armed':
      return view('armed', 'ok', 'shield', 'Failed nodes are fenced and their guests restarted.');
    case 'standby':
      return resourceCount === 0
        ? view('standby', 'off', 'shield', 'Nothing to guard.')
        : view(
            'standby, not guarding',
            'warn',
            'shield',
            'There are resources but nobody guards them.',
            'Check master and LRM rows.',
          );
    case 'disarming':
      return view(
        `disarming (${mode})`,
        'warn',
        'unlock',
        'HA is being switched off and waits for running moves to end.',
        null,
        fencing.sinceMs,
      );
    case 'disarmed':
      return view(
        `disarmed · ${mode}`,
        fencing.sinceMs !== null && nowMs - fencing.sinceMs > disarmReminderMs ? 'fail' : 'warn',
        'unlock',
        'Nothing is fenced or recovered. Frozen: guests stay as they are. Ignored: HA does not look at them at all.',
        'Arm HA when the work is done.',
        fencing.sinceMs,
      );
    case 'notOffered':
      return view(
        'arming not reported',
        'off',
        'circle-slash',
        'Proxmox tells this from HA manager 5.1.3 on; that is not "disarmed".',
      );
    case 'unknown':
      return fencing.rawStatus === null ? notTold : unlistedState(fencing.rawStatus);
  }
}

/** A report older than this counts as silence (HA states, age rule), seconds. */
const reportSilentAfterS = 30;

/** What stands for the LRM of a node whose cluster never used HA: no row is expected there. */
export const haNeverUsed = view('none', 'off', 'circle-large-outline', 'HA was never used here.');

/** State of a node's LRM. `quorate` false: a node without quorum shows everybody as silent, which proves nothing. */
export function lrmState(lrm: Lrm | null, quorate: boolean, nowMs: number): StateView {
  if (lrm === null) return view('no report', 'unknown', 'question', 'Nothing to read for this node.');
  const sinceMs = lrm.timestampS === null ? null : lrm.timestampS * 1000;
  const silent = sinceMs !== null && nowMs - sinceMs > reportSilentAfterS * 1000;
  switch (lrm.state) {
    case 'active':
      return view('active', 'calm', 'pulse', 'Runs HA guests.');
    case 'idle':
      return view('idle', 'off', 'circle-large-outline', 'No HA guest here, nothing to do.');
    case 'waitingForLock':
      return view(
        'waiting for lock',
        'busy',
        'clock',
        'Has work but not yet the right to do it.',
        'If over 2 min: check quorum.',
      );
    case 'lostLock':
      return view(
        'lost its lock',
        'fail',
        'zap',
        'The node may no longer run HA guests and will reset.',
        'Check its network.',
      );
    case 'maintenance':
      return silent
        ? view(
            'maintenance, powered off',
            'held',
            'debug-disconnect',
            'Was put in maintenance and has since gone silent: expected if somebody shut it down.',
          )
        : view(
            'maintenance',
            'held',
            'tools',
            'Leaving on purpose: HA guests move off and return later.',
            'Watch the drain; switch off with ha-manager crm-command.',
          );
    case 'restarting':
      return view(
        'restarting LRM',
        'held',
        'debug-restart',
        'Planned; guests are frozen or moved by the shutdown policy.',
      );
    case 'shuttingDown':
      return view(
        'shutting down',
        'held',
        'debug-stop',
        'Planned; guests are frozen or moved by the shutdown policy.',
      );
    case 'disarmed':
      return view(
        'disarmed',
        'warn',
        'unlock',
        'Its watchdog is released because HA is disarmed.',
        'Arm HA.',
      );
    case 'silent':
      return view(
        'silent',
        quorate ? 'fail' : 'unknown',
        'debug-disconnect',
        'No report for over 30 s. From a node without quorum this proves nothing.',
        'Check power and network of the node.',
        sinceMs,
      );
    case 'clockDrift':
      return view('clock drift', 'warn', 'watch', 'Its clock is wrong.', 'Fix time sync.');
    case 'unreadable':
      return view('no report', 'unknown', 'question', 'Proxmox could not read the LRM status of this node.');
    case 'unknown':
      return lrm.rawStatus === null ? notTold : unlistedState(lrm.rawStatus);
  }
}

export function watchdogState(lrm: Lrm | null): StateView {
  switch (lrm?.watchdog ?? null) {
    case 'active':
      return view('will self-fence', 'calm', 'lock', 'Without quorum this node resets within about 60 s.');
    case 'standby':
      return view('not armed', 'off', 'unlock', 'It would stay up.');
    case 'released':
      return view(
        'disarmed',
        'warn',
        'unlock',
        'Its watchdog is released because HA is disarmed.',
        'Arm HA.',
      );
    default:
      return notTold;
  }
}

/** State of a node. `lostSinceMs` is on the console's clock. */
export function nodeState(
  node: ClusterNode,
  haGuestCount: number,
  quorate: boolean,
  lostSinceMs: number | null,
): StateView {
  if (node.haState === 'gone') return view('removed', 'off', 'circle-slash', 'No longer a member.');
  if (node.haState === 'fence')
    return view(
      'being fenced',
      'fail',
      'zap',
      'Declared lost; HA waits until its watchdog has surely reset it.',
      'Wait: recovery starts by itself.',
      lostSinceMs,
    );
  if (node.haState === 'maintenance' || node.lrm?.state === 'maintenance')
    return node.online === false
      ? view(
          'maintenance, powered off',
          'held',
          'debug-disconnect',
          'Was put in maintenance and has since gone silent: expected if somebody shut it down.',
        )
      : view('maintenance', 'held', 'tools', 'Member, not to be used.');
  if (node.online === false)
    return view(
      'lost',
      quorate ? (haGuestCount > 0 ? 'fail' : 'warn') : 'unknown',
      'debug-disconnect',
      quorate
        ? 'Not in the quorate part, perhaps still running. Until 60 s nothing moves.'
        : 'The answering node does not see it, but has no quorum itself.',
      'Check power and network.',
      lostSinceMs,
    );
  if (node.online === null) return notTold;
  if (node.haState === 'unknown')
    return view(
      'lost to HA',
      'warn',
      'warning',
      'A member, but the HA manager does not count it yet.',
      'Check its LRM row.',
    );
  if (node.haState !== null && node.haState !== 'online') return unlistedState(node.haState);
  return view('online', 'calm', 'server', 'Member of the quorate part.');
}

/** A move this long in recovery counts as stuck, milliseconds. */
const stuckAfterMs = 3 * 60_000;

const resourceStates: Readonly<Record<string, StateView>> = {
  started: view('started', 'calm', 'play-circle', 'Runs, and HA keeps it running.'),
  request_start: view('starting', 'busy', 'sync', 'The node is working on it.', 'If over 3 min: open tasks.'),
  starting: view('starting', 'busy', 'sync', 'The node is working on it.', 'If over 3 min: open tasks.'),
  queued: view('queued', 'busy', 'clock', 'HA has not picked it up yet.', 'If over 3 min: open tasks.'),
  request_start_balance: view(
    'moving before start',
    'busy',
    'arrow-swap',
    'A better node was chosen before its first start.',
  ),
  request_stop: view('stopping', 'busy', 'sync', 'Shutting down as wanted.'),
  stopping: view('stopping', 'busy', 'sync', 'Shutting down as wanted.'),
  stopped: view(
    'stopped (kept)',
    'off',
    'stop-circle',
    'Off as wanted, still moved to another node if its own dies.',
  ),
  disabled: view('disabled', 'off', 'circle-slash', 'Off and left where it is.'),
  ignored: view('ignored by HA', 'off', 'eye-closed', 'Configured, but HA does not touch or recover it.'),
  migrate: view('migrating', 'busy', 'arrow-swap', 'Moves while running.'),
  relocate: view('relocating', 'busy', 'arrow-circle-right', 'Stops, moves, starts: a short outage.'),
  fence: view(
    'waiting for fence',
    'fail',
    'zap',
    'Its node is lost; it restarts elsewhere once that node is surely off.',
    'Wait: recovery starts by itself.',
  ),
  recovery: view('finding a new node', 'busy', 'debug-restart', 'Being placed now.'),
  freeze: view(
    'frozen',
    'held',
    'debug-pause',
    'Left alone during a planned reboot or while disarmed; restarting it elsewhere would be wrong.',
    'Thaws by itself when the node is back or HA is armed.',
  ),
  error: view(
    'error',
    'fail',
    'error',
    'HA tried and gave up; it accepts nothing but "disabled".',
    'Disable it, fix the cause, start it again.',
  ),
  'clearing error flag': view('clearing error', 'busy', 'sync', 'The error is being reset.'),
  deleting: view('leaving HA', 'busy', 'remove', 'Being taken out of HA; the guest stays.'),
  'not found': view(
    'guest missing',
    'warn',
    'warning',
    'HA is told to manage a guest that does not exist.',
    'Remove the HA entry or restore the guest.',
  ),
  ignore: view('not watched', 'warn', 'eye-closed', 'HA is disarmed in ignore mode.', 'Arm HA.'),
};

/**
 * State of an HA resource, from its verbose state, else its CRM state. `trusted` false (no quorum, or the data is stale):
 * the words are memories, so the tone is unknown whatever they say.
 */
export function haResourceState(
  resource: HaResource,
  trusted: boolean,
  stateSinceMs: number | null,
  nowMs: number,
): StateView {
  const raw = resource.state ?? resource.crmState;
  const known = raw === null ? notTold : (resourceStates[raw] ?? unlistedState(raw));
  const stuck =
    raw === 'recovery' && stateSinceMs !== null && nowMs - stateSinceMs > stuckAfterMs
      ? view(
          'stuck: no node fits',
          'fail',
          'debug-restart',
          'No node is allowed or able to take it; HA retries every round.',
          'Loosen the rule or bring a node back.',
          stateSinceMs,
        )
      : known;
  if (trusted || stuck.tone === 'unknown') return stuck;
  return {
    ...stuck,
    label: `last known: ${stuck.label}`,
    tone: 'unknown',
    icon: 'question',
    explanation: 'This is a memory: nobody can tell the present state.',
  };
}

/** Requested state in words. */
export function wantedText(requestState: string | null): string {
  if (requestState === null) return 'not told';
  return requestState === 'enabled' ? 'started' : plainText(requestState, 40);
}

const guestStates: Readonly<Record<string, StateView>> = {
  running: view('running', 'calm', 'vm-running', 'Powered on.'),
  stopped: view('stopped', 'off', 'vm-outline', 'Powered off.'),
  paused: view('paused', 'warn', 'debug-pause', 'Halted with its memory kept.', 'Resume if nobody meant it.'),
  suspended: view('suspended', 'held', 'debug-pause', 'Asleep.'),
  prelaunch: view('preparing', 'busy', 'sync', 'Created, not running yet.'),
  'io-error': view(
    'storage error',
    'fail',
    'error',
    'The guest stands still: its disk failed or is full.',
    'Check the storage, then resume.',
  ),
  'internal-error': view('internal error', 'fail', 'error', 'Its emulator tripped.', 'Open its tasks.'),
};

/** Run state of a guest. `nodeOnline` false: the node is silent, so what we have is the last word of it. */
export function guestState(guest: Guest, nodeOnline: boolean, trusted: boolean): StateView {
  if (guest.template) return view('template', 'off', 'file', 'A mould, never runs.');
  const raw = guest.status;
  if (raw === null) return notTold;
  if (raw === 'unknown' || !nodeOnline || !trusted) {
    const last = raw === 'unknown' ? 'state unknown' : `last seen ${plainText(raw, 40)}`;
    return view(
      last,
      'unknown',
      'question',
      'Its node is silent or the data is old; nobody can say.',
      'See the node.',
    );
  }
  return guestStates[raw] ?? unlistedState(raw);
}

export function ruleState(rule: HaRule): StateView {
  if (Object.keys(rule.errors).length > 0)
    return view(
      'infeasible, not applied',
      'warn',
      'warning',
      'The rules contradict each other or the cluster, so HA leaves this one out.',
      'Read the conflict text.',
    );
  if (rule.disabled) return view('disabled', 'off', 'circle-slash', 'Switched off.');
  if (rule.fromGroup !== null)
    return view(
      `from group ${plainText(rule.fromGroup, 40)}`,
      'calm',
      'references',
      'Same limit as the group, shown once during the move to rules.',
    );
  return view('in force', 'calm', 'law', 'Applied.');
}

/** Kind of a rule in words: "keep apart", "must avoid pve4". */
export function ruleKindText(rule: HaRule): string {
  const nodes = rule.nodes.map((node) => plainText(node.name, 40));
  if (rule.kind === 'resourceAffinity')
    return rule.affinity === 'positive'
      ? 'keep together'
      : rule.affinity === 'negative'
        ? 'keep apart'
        : 'affinity unknown';
  if (rule.kind === 'nodeAffinity') {
    if (rule.affinity === 'negative')
      return `${rule.strict === true ? 'must' : 'should'} avoid ${nodes.join(', ')}`;
    if (rule.affinity === 'unknown') return `nodes ${nodes.join(', ')}, affinity unknown`;
    const prefer = rule.strict === true ? 'only' : 'prefer';
    const ranked = new Set(rule.nodes.map((node) => node.priority)).size > 1;
    return `${prefer} ${nodes.join(ranked ? ' then ' : ', ')}`;
  }
  return `unknown kind "${plainText(rule.rawType ?? 'not told', 40)}"`;
}
