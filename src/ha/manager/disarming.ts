import type { ServiceRecord, ServiceState } from '../haRecords.ts';
import { recordIds } from './commandQueue.ts';
import type { Round } from './managerState.ts';

/** What a round has left to do while HA is disarmed. */
export type DisarmStep =
  /** Only these services are processed; they must come to rest first. */
  | { readonly kind: 'deferred'; readonly sids: readonly string[] }
  /** Nothing is processed; the record is written. */
  | { readonly kind: 'resting' }
  /** The mode is not known; nothing is written. */
  | { readonly kind: 'unknown' };

const frozen = new Set<ServiceState>([
  'started',
  'stopped',
  'request_stop',
  'request_start',
  'request_start_balance',
]);

/**
 * Hands the services over to the people: services being fenced, recovered or moved come to rest first, then all are
 * frozen or ignored, and once every local manager let go of its watchdog HA is disarmed.
 */
export function disarmStep(round: Round): DisarmStep {
  const { env, record, records } = round;
  const { disarm } = record;
  if (disarm === undefined || (disarm.mode !== 'freeze' && disarm.mode !== 'ignore')) {
    env.err();
    return { kind: 'unknown' };
  }
  const deferred = recordIds(round).filter((sid) => {
    const state = records[sid]?.state;
    if (state === 'fence' || state === 'recovery') {
      env.warn();
      return true;
    }
    return state === 'migrate' || state === 'relocate';
  });
  if (deferred.length > 0) return { kind: 'deferred', sids: deferred };
  for (const sid of recordIds(round)) {
    const service = records[sid];
    if (service !== undefined) records[sid] = atRest(round, service, disarm.mode);
  }
  const online = Object.keys(record.node_status).filter((node) => record.node_status[node] === 'online');
  if (online.every((node) => round.modes.get(node) === 'disarm')) disarm.state = 'disarmed';
  return { kind: 'resting' };
}

function atRest(round: Round, service: ServiceRecord, mode: 'freeze' | 'ignore'): ServiceRecord {
  if (mode === 'freeze' && !frozen.has(service.state)) return service;
  const next: ServiceRecord = {
    state: mode === 'freeze' ? 'freeze' : service.state,
    uid: service.uid,
    ...(service.node === undefined ? {} : { node: service.node }),
    ...(service.maintenance_node === undefined ? {} : { maintenance_node: service.maintenance_node }),
  };
  if (mode === 'freeze') round.renewUid(next);
  return next;
}
