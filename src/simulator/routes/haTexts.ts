import type { ServiceRecord } from '../../ha/haRecords.ts';
import type { ClusterView } from '../world/clusterView.ts';
import type { HaResource, LrmStatus, ManagerStatus } from '../world/model.ts';

const futureToleranceSeconds = 2;

/** Local time as Perl prints it: `Mon May  4 08:00:20 2026`. */
export function localTimeText(seconds: number, utcOffsetMinutes: number): string {
  const date = new Date((seconds + utcOffsetMinutes * 60) * 1000);
  const [weekday = '', day = '', month = '', year = '', time = ''] = date
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${year}`;
}

/** How a status file's age reads: older than half a minute is dead, ahead of the clock is drift. */
function ageWord(
  view: ClusterView,
  seconds: number,
): 'active' | 'old timestamp - dead?' | 'detected time drift!' {
  const ageSeconds = Math.floor(view.nowMs / 1000) - seconds;
  if (ageSeconds * 1000 > view.cluster.timings.staleMs) return 'old timestamp - dead?';
  if (ageSeconds < -futureToleranceSeconds) return 'detected time drift!';
  return 'active';
}

export function isMasterActive(view: ClusterView, manager: ManagerStatus | null): boolean {
  return manager !== null && ageWord(view, manager.timestamp) === 'active';
}

/** Text of the master row. */
export function masterText(view: ClusterView, manager: ManagerStatus): string {
  let word: string = ageWord(view, manager.timestamp);
  if (word !== 'active' && view.quorate && view.store.resources.size === 0) word = 'idle';
  let text = `${manager.master_node} (${word}, ${localTimeText(manager.timestamp, view.cluster.utcOffsetMinutes)})`;
  if (manager.disarm !== undefined)
    text += ` - ${manager.disarm.state}, resource mode: ${manager.disarm.mode}`;
  if (view.cluster.scheduler !== 'basic') text += ` - ${view.cluster.scheduler} load CRS`;
  return text;
}

/** Text of a local resource manager's row. */
export function lrmText(view: ClusterView, node: string, lrm: LrmStatus): string {
  const age = ageWord(view, lrm.timestamp);
  const parts = [lrmWord(view, node, lrm, age)];
  if (view.cluster.release.fencingRow) parts.push(watchdogWord(lrm, age));
  parts.push(localTimeText(lrm.timestamp, view.cluster.utcOffsetMinutes));
  return `${node} (${parts.join(', ')})`;
}

function lrmWord(view: ClusterView, node: string, lrm: LrmStatus, age: string): string {
  if (age !== 'active') {
    return lrm.mode === 'maintenance' || lrm.mode === 'disarm' ? `${lrm.mode} mode` : age;
  }
  if (lrm.mode !== 'active') return `${lrm.mode} mode`;
  if (lrm.state === 'wait_for_agent_lock' && !hasActiveService(view, node)) return 'idle';
  return lrm.state;
}

function hasActiveService(view: ClusterView, node: string): boolean {
  for (const record of Object.values(view.store.managerStatus?.service_status ?? {})) {
    if (record.node !== node && record.target !== node) continue;
    if (!['stopped', 'freeze', 'error', 'request_start'].includes(record.state)) return true;
  }
  return false;
}

function watchdogWord(lrm: LrmStatus, age: string): string {
  if (lrm.mode === 'disarm') return 'watchdog released';
  if (age === 'active' && (lrm.state === 'active' || lrm.state === 'maintenance')) return 'watchdog active';
  return 'watchdog standby';
}

/** State of a service as people see it; the first match wins. `exists` tells whether the guest is there. */
export function verboseState(
  manager: ManagerStatus | null,
  record: ServiceRecord | undefined,
  resource: HaResource | undefined,
  exists: boolean,
): string {
  const wanted = resource === undefined ? null : requestStateOf(resource);
  if (manager?.disarm?.state === 'disarmed' && manager.disarm.mode === 'ignore') return 'ignore';
  if (wanted === null) return 'deleting';
  if (wanted === 'ignored') return 'ignored';
  if (!exists) return 'not found';
  if (record === undefined) return 'queued';
  if (record.state === 'stopped') {
    if (wanted === 'started') return 'starting';
    return wanted === 'disabled' ? 'disabled' : 'stopped';
  }
  if (record.state === 'started') {
    if (record.running !== 1) return 'starting';
    return wanted === 'stopped' || wanted === 'disabled' ? 'stopping' : 'started';
  }
  if (record.state === 'error') return wanted === 'disabled' ? 'clearing error flag' : 'error';
  return record.state;
}

/** Wanted state with its default and without the old alias. */
export function requestStateOf(resource: HaResource): string {
  const state = resource.state ?? 'started';
  return state === 'enabled' ? 'started' : state;
}
