import { sortedKeys } from '../haRecords.ts';
import type { Round } from './managerState.ts';

/** Works off the orders that people gave: moves, stops, maintenance, disarming. */
export function processQueue(round: Round): void {
  for (const text of round.env.takeQueue()) processCommand(round, text);
}

function processCommand(round: Round, text: string): void {
  const { env, record } = round;
  const [verb, first, second] = text.split(/\s+/);
  const view = round.view(first);
  switch (verb) {
    case 'migrate':
    case 'relocate': {
      const service = round.recordOf(first);
      if (first === undefined || second === undefined || service === undefined) {
        env.err();
        return;
      }
      if (round.view(second) !== 'online') {
        env.err();
        return;
      }
      if (service.node !== second) queueMove(round, verb, first, second);
      return;
    }
    case 'stop': {
      const service = round.recordOf(first);
      if (service === undefined || second === undefined) {
        env.err();
        return;
      }
      env.emit('crm-command', { command: text });
      service.cmd = ['stop', second];
      return;
    }
    case 'enable-node-maintenance':
      if (record.disarm !== undefined) {
        env.warn();
        return;
      }
      if (view === 'online' && first !== undefined) record.node_request[first] = { maintenance: 1 };
      else if (view !== 'maintenance') env.err();
      return;
    case 'disable-node-maintenance':
      if (view !== 'maintenance') env.warn();
      if (first !== undefined) delete record.node_request[first];
      return;
    case 'disarm-ha':
      if (record.disarm !== undefined) return;
      env.emit('crm-command', { command: text });
      record.disarm = { mode: first ?? '', state: 'disarming' };
      return;
    case 'arm-ha':
      arm(round, text);
      return;
    default:
      env.err();
  }
}

/** Ends disarming; what people moved by hand meanwhile is taken as it is. */
function arm({ env, record, records, services }: Round, text: string): void {
  if (record.disarm === undefined) return;
  env.emit('crm-command', { command: text });
  if (record.disarm.mode === 'ignore')
    for (const [sid, service] of Object.entries(records)) {
      const config = services[sid];
      if (config !== undefined) service.node = config.node;
    }
  delete record.disarm;
}

/**
 * Orders a move. A service that must stay apart and is on the target blocks it; services that must stay together go
 * along.
 */
export function queueMove(round: Round, action: 'migrate' | 'relocate', sid: string, target: string): void {
  const { env, records, rules } = round;
  for (const other of [...(rules.apart.get(sid) ?? [])].sort()) {
    const service = records[other];
    if (service === undefined) continue;
    const isThere = service.node === undefined || service.node === target;
    if (isThere && (service.target === undefined || service.target === target)) {
      env.err();
      return;
    }
  }
  env.emit('crm-command', { command: `${action} ${sid} ${target}` });
  const own = records[sid];
  if (own !== undefined) own.cmd = [action, target];
  for (const other of rules.together.get(sid) ?? []) {
    const service = records[other];
    if (service !== undefined && service.node !== target && service.target !== target)
      service.cmd = [action, target];
  }
}

/** Sorted ids of the services with a record. */
export function recordIds(round: Round): string[] {
  return sortedKeys(round.records);
}
