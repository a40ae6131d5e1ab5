import { plural } from '../base/format.ts';
import type { HaFencing, HaMaster } from '../contract/model/cluster.ts';
import type { Lrm } from '../contract/model/node.ts';
import type { StateView } from '../contract/stateView.ts';
import { notToldState, stateView } from './states.ts';

/** After this long, a disarmed stack is no longer planned work but forgotten work. */
export const disarmReminderMs = 30 * 60_000;

/** The CRM master: the node that decides for the whole cluster. */
export function masterState(master: HaMaster, clockOffsetMs = 0): StateView {
  const node = master.node === null ? '' : ` ${master.node}`;
  switch (master.state) {
    case 'active':
      return stateView(
        `master${node}${schedulerText(master)}`,
        'calm',
        'star-full',
        'This node decides for the whole cluster.',
      );
    case 'idle':
      return stateView('HA idle', 'off', 'circle-large-outline', 'No HA resource, so the manager sleeps.');
    case 'never':
      return stateView('HA never used', 'off', 'circle-large-outline', 'No HA manager was ever needed here.');
    case 'silent':
      return stateView(
        'master silent',
        'fail',
        'debug-disconnect',
        `The deciding node${node} stopped reporting; another takes over after about two minutes.`,
        'Wait for the new master; check that node.',
        reportMs(master.timestampS, clockOffsetMs),
      );
    case 'clockDrift':
      return stateView(
        'clock drift',
        'warn',
        'watch',
        'Clocks disagree, so ages below are unreliable.',
        'Fix time sync on that node.',
      );
    case 'unknown':
      return notToldState('Which node decides is not told.');
  }
}

function schedulerText(master: HaMaster): string {
  return master.scheduler === 'static' || master.scheduler === 'dynamic'
    ? ` (placement: ${master.scheduler} load)`
    : '';
}

/** What fencing needs to know beside its row. */
export interface StackFacts {
  /** Number of HA resources; decides whether standby is fine. */
  readonly resources: number;
  readonly nowMs: number;
  readonly clockOffsetMs: number;
}

/** The HA stack as a whole: armed, standing by, or disarmed. */
export function fencingState(fencing: HaFencing, facts: StackFacts): StateView {
  const sinceMs = fencing.sinceMs === null ? null : fencing.sinceMs + facts.clockOffsetMs;
  switch (fencing.state) {
    case 'armed':
      return stateView('armed', 'ok', 'shield', 'Failed nodes are fenced and their guests restarted.');
    case 'standby':
      return facts.resources === 0
        ? stateView('standby', 'off', 'shield', 'Nothing to guard.')
        : stateView(
            'standby, not guarding',
            'warn',
            'shield',
            'There are resources but nobody guards them.',
            'Check master and LRM rows.',
          );
    case 'disarming':
      return stateView(
        `disarming${fencing.resourceMode === null ? '' : ` (${fencing.resourceMode})`}`,
        'warn',
        'unlock',
        'HA is being switched off and waits for running moves to end.',
        null,
        sinceMs,
      );
    case 'disarmed': {
      const overdue = sinceMs !== null && facts.nowMs - sinceMs > disarmReminderMs;
      const mode = { freeze: ' · frozen', ignore: ' · ignored', unknown: '' }[
        fencing.resourceMode ?? 'unknown'
      ];
      const effect = {
        freeze: ' Guests stay as they are.',
        ignore: ' HA does not look at guests at all.',
        unknown: '',
      }[fencing.resourceMode ?? 'unknown'];
      return stateView(
        `disarmed${mode}`,
        overdue ? 'fail' : 'warn',
        'unlock',
        `Nothing is fenced or recovered.${effect}`,
        'Arm HA when the work is done.',
        sinceMs,
      );
    }
    case 'notOffered':
      return stateView(
        'arming not reported',
        'off',
        'circle-slash',
        'This Proxmox version does not report it; HA manager 5.1.3 and newer do. That is not "disarmed".',
      );
    case 'unknown':
      return notToldState('Whether HA is armed is not told.');
  }
}

/** What an LRM's state needs to know beside its row. */
export interface LrmFacts {
  /**
   * The newest report in the same reply, epoch seconds, which tells how late it was there when the rows were read: nodes
   * and whoever reads them need not have the same time. `null` without any.
   */
  readonly newestReportS: number | null;
  readonly clockOffsetMs: number;
  /** HA resources on this node that a drain still waits for; `null` when not known. */
  readonly busy: number | null;
  /** Whether the node itself answers; only with it can a silent LRM be told from a node that is off. */
  readonly isOnline?: boolean | null;
  /** False while no HA manager was ever active: then no row is expected. */
  readonly haUsed: boolean;
}

/** Age after which Proxmox itself calls a report old. */
const reportLimitMs = 30_000;

/** The local resource manager of a node. */
export function lrmState(lrm: Lrm | null, facts: LrmFacts): StateView {
  if (lrm === null) {
    return facts.haUsed
      ? stateView('no report', 'unknown', 'question', 'Nothing to read for this node.')
      : stateView('not used', 'off', 'circle-large-outline', 'No HA manager was ever needed here.');
  }
  switch (lrm.state) {
    case 'active':
      return stateView('active', 'calm', 'pulse', 'Runs HA guests.');
    case 'idle':
      return stateView('idle', 'off', 'circle-large-outline', 'No HA guest here, nothing to do.');
    case 'waitingForLock':
      return stateView(
        'waiting for lock',
        'busy',
        'clock',
        'Has work but not yet the right to do it.',
        'If over 2 min: check quorum.',
      );
    case 'lostLock':
      return stateView(
        'lost its lock',
        'fail',
        'zap',
        'The node may no longer run HA guests and will reset.',
        'Check its network.',
      );
    case 'maintenance':
      return isOldReport(lrm, facts) ? silentInMaintenance(lrm, facts) : lrmInMaintenance(facts.busy);
    case 'restarting':
      return stateView(
        'restarting LRM',
        'held',
        'debug-restart',
        'Planned; guests are frozen or moved by the shutdown policy.',
      );
    case 'shuttingDown':
      return stateView(
        'shutting down',
        'held',
        'debug-stop',
        'Planned; guests are frozen or moved by the shutdown policy.',
      );
    case 'disarmed':
      return stateView(
        'disarmed',
        'warn',
        'unlock',
        'Its watchdog is released because HA is disarmed.',
        'Arm HA.',
      );
    case 'silent':
      return stateView(
        'silent',
        'fail',
        'debug-disconnect',
        'No report for over 30 s. From a node without quorum this proves nothing.',
        'Check the node; without a sign of life it is fenced.',
        reportMs(lrm.timestampS, facts.clockOffsetMs),
      );
    case 'clockDrift':
      return stateView('clock drift', 'warn', 'watch', 'Clock wrong.', 'Fix time sync on that node.');
    case 'unreadable':
      return stateView('no report', 'unknown', 'question', 'Nothing to read for this node.');
    case 'unknown':
      return notToldState('What the LRM does is not told.');
  }
}

function lrmInMaintenance(busy: number | null): StateView {
  return stateView(
    busy === null || busy === 0 ? 'maintenance' : `maintenance · ${plural(busy, 'HA resource')} still here`,
    'held',
    'tools',
    'Leaving on purpose: HA guests move off and return later.',
    'Watch the drain; end it with "ha-manager crm-command node-maintenance disable".',
  );
}

/** A silent report is expected of a drained node that is off, and of no other. */
function silentInMaintenance(lrm: Lrm, { busy, isOnline, clockOffsetMs }: LrmFacts): StateView {
  const sinceMs = reportMs(lrm.timestampS, clockOffsetMs);
  if (isOnline === true)
    return stateView(
      'maintenance, LRM silent',
      'warn',
      'debug-disconnect',
      'The node answers, but its LRM has stopped reporting, so what is left on it is not moved.',
      'Check the service pve-ha-lrm on that node.',
      sinceMs,
    );
  if (busy !== null && busy > 0)
    return stateView(
      `silent with ${plural(busy, 'HA resource')}`,
      'fail',
      'debug-disconnect',
      'It was in maintenance and went silent before it was drained.',
      'Check power and network.',
      sinceMs,
    );
  return maintenancePoweredOff();
}

/** A node that went silent after it was put in maintenance: expected, when somebody shut it down. */
export function maintenancePoweredOff(): StateView {
  return stateView(
    'maintenance, powered off',
    'held',
    'debug-disconnect',
    'Was put in maintenance and has since gone silent: expected if somebody shut it down.',
  );
}

function isOldReport(lrm: Lrm, facts: LrmFacts): boolean {
  return (
    lrm.timestampS !== null &&
    facts.newestReportS !== null &&
    (facts.newestReportS - lrm.timestampS) * 1000 > reportLimitMs
  );
}

/** Whether the node would reset itself without quorum. */
export function watchdogState(watchdog: Lrm['watchdog'] | undefined): StateView {
  switch (watchdog) {
    case 'active':
      return stateView(
        'will self-fence',
        'calm',
        'lock',
        'Without quorum this node resets within about 60 s.',
      );
    case 'standby':
      return stateView('not armed', 'off', 'unlock', 'It would stay up.');
    case 'released':
      return stateView(
        'disarmed',
        'warn',
        'unlock',
        'Its watchdog is released because HA is disarmed.',
        'Arm HA.',
      );
    case 'unknown':
    case null:
    case undefined:
      return notToldState(
        'Whether this node would reset itself is not told; HA manager 5.1.3 and newer tell.',
      );
  }
}

function reportMs(timestampS: number | null, clockOffsetMs: number): number | null {
  return timestampS === null ? null : timestampS * 1000 + clockOffsetMs;
}
