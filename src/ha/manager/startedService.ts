import { RoundFailure } from '../haEnvironment.ts';
import type { PlacementPreference } from '../placement.ts';
import type { Subject } from './servicePasses.ts';

/** A service that shall run: it follows orders, is restarted elsewhere after failures and goes where rules want it. */
export function processStarted(subject: Subject): void {
  const { round, sid, config } = subject;
  const { record } = subject;
  const view = round.view(record.node);
  if (view !== 'online') {
    if (round.isOffline(record.node)) round.change(sid, 'fence');
    if (view !== 'maintenance') return;
    const present = round.records[sid];
    if (present?.node !== undefined) present.maintenance_node = present.node;
  }
  if (config.state === 'disabled' || config.state === 'stopped') {
    round.change(sid, 'request_stop');
    return;
  }
  if (config.state !== 'started') {
    round.env.err();
    return;
  }
  // The change to `fence` above replaces the record, and a result for the record before says nothing about the new one.
  const present = round.records[sid] ?? record;
  const current: Subject =
    present === record ? subject : { ...subject, record: present, result: round.results.get(present.uid) };
  if (current.record.cmd !== undefined) {
    followCommand(current);
    return;
  }
  const preference = judgeResult(current);
  if (preference !== null) place(current, preference);
}

function followCommand({ round, sid, record }: Subject): void {
  const { env } = round;
  const [action, argument] = record.cmd ?? ['', ''];
  if (action === 'migrate' || action === 'relocate') {
    if (round.view(argument) !== 'online') env.err();
    else if (record.node !== argument) {
      env.emit(action === 'migrate' ? 'service-migrate' : 'service-relocate', { sid, target: argument });
      round.change(sid, action, { node: record.node, target: argument });
    }
  } else if (action === 'stop') {
    round.change(sid, 'request_stop', { timeout: argument });
    if (round.services[sid] === undefined) throw new RoundFailure(`${sid} is not configured`);
    env.setServiceState(sid, 'stopped');
  } else env.err();
  const present = round.records[sid];
  if (present !== undefined) delete present.cmd;
}

/** What the last job means for the placement; `null` when the service ended in an error. */
function judgeResult({ round, sid, record, config, result }: Subject): PlacementPreference | null {
  if (result === undefined) return 'none';
  if (result.exit_code === 0) {
    delete record.failed_nodes;
    record.running = 1;
    return 'none';
  }
  const failed = [...(record.failed_nodes ?? []), ...(record.node === undefined ? [] : [record.node])];
  record.failed_nodes = failed;
  const isFailedStart = result.exit_code === 1 || result.exit_code === 3;
  if (isFailedStart) {
    delete record.running;
    if (failed.length <= config.maxRelocate) {
      round.env.warn();
      return 'try-next';
    }
  }
  round.env.err();
  round.change(sid, 'error');
  return null;
}

function place({ round, sid, record, config, result }: Subject, preference: PlacementPreference): void {
  const { env } = round;
  const node = round.select(sid, record, preference);
  if (node !== null && node !== record.node) {
    const home = record.maintenance_node;
    if (home !== undefined && (home === node || home !== record.node)) delete record.maintenance_node;
    const isMachine = config.type === 'vm';
    if (isMachine) env.emit('service-migrate', { sid, target: node, mode: 'running' });
    else env.emit('service-relocate', { sid, target: node });
    round.change(sid, isMachine ? 'migrate' : 'relocate', { node: record.node, target: node });
    return;
  }
  if (preference === 'try-next' && node === null) env.warn();
  if (record.maintenance_node === record.node && round.view(record.node) === 'online')
    delete record.maintenance_node;
  // The local manager checks anew what it reported on.
  if (result !== undefined) round.renewUid(record);
}
