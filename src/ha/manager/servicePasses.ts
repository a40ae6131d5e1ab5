import { RoundFailure } from '../haEnvironment.ts';
import type { JobResult, ServiceConfig, ServiceRecord } from '../haRecords.ts';
import { recordIds } from './commandQueue.ts';
import { fenceNodes } from './fencing.ts';
import type { Round } from './managerState.ts';
import { recoverService } from './recovery.ts';
import { processStarted } from './startedService.ts';

/** What a service without configuration counts as. */
const unconfigured: ServiceConfig = {
  type: '',
  node: '',
  state: 'disabled',
  group: null,
  failback: true,
  maxRestart: 0,
  maxRelocate: 0,
  lock: null,
};

/** Everything that processing one service needs. */
export interface Subject {
  readonly round: Round;
  readonly sid: string;
  readonly record: ServiceRecord;
  readonly config: ServiceConfig;
  readonly result: JobResult | undefined;
}

/**
 * Processes all services, or only those named, again and again until a pass changes nothing; fencing belongs to every
 * pass.
 */
export function runPasses(round: Round, only: readonly string[] | null): void {
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const sid of only ?? recordIds(round)) if (processService(round, sid)) isChanged = true;
    if (fenceNodes(round)) isChanged = true;
  }
}

function processService(round: Round, sid: string): boolean {
  const record = round.records[sid];
  if (record === undefined) return false;
  const before = record.state;
  const config = round.services[sid] ?? unconfigured;
  processByState({ round, sid, record, config, result: round.results.get(record.uid) });
  freezeForRestart(round, sid);
  return round.records[sid]?.state !== before;
}

/** Services of a node whose local manager restarts are left alone until it is back. */
function freezeForRestart(round: Round, sid: string): void {
  const record = round.records[sid];
  if (record?.node === undefined || round.modes.get(record.node) !== 'restart') return;
  if (record.state === 'started' || record.state === 'stopped' || record.state === 'request_stop')
    round.change(sid, 'freeze');
}

function processByState(subject: Subject): void {
  switch (subject.record.state) {
    case 'request_stop':
      processRequestStop(subject);
      return;
    case 'migrate':
    case 'relocate':
    case 'request_start_balance':
      processMove(subject);
      return;
    case 'stopped':
      processStopped(subject);
      return;
    case 'request_start':
      processRequestStart(subject);
      return;
    case 'started':
      processStarted(subject);
      return;
    case 'error':
      processError(subject);
      return;
    case 'freeze':
      processFreeze(subject);
      return;
    case 'recovery':
      recoverService(subject);
      return;
    case 'fence':
      return;
    default:
      throw new RoundFailure(`${subject.sid} is in an unknown state`);
  }
}

function processRequestStop({ round, sid, record, result }: Subject): void {
  if (result !== undefined) {
    if (result.exit_code === 0) {
      round.change(sid, 'stopped');
      return;
    }
    round.env.err();
    round.change(sid, 'error');
    return;
  }
  if (round.isOffline(record.node)) round.change(sid, 'fence');
}

function processMove({ round, sid, record, config, result }: Subject): void {
  const after = config.state === 'started' ? 'started' : 'request_stop';
  if (result !== undefined)
    switch (result.exit_code) {
      case 0:
        round.change(sid, after, { node: record.target });
        return;
      case 3:
        round.env.err();
        round.change(sid, 'error');
        break;
      case 8:
        round.change(sid, after, { node: record.node });
        break;
      default:
        round.env.err();
        round.change(sid, after, { node: record.node });
        return;
    }
  if (round.isOffline(record.node)) round.change(sid, 'fence');
}

function processStopped({ round, sid, record, config }: Subject): void {
  const { env } = round;
  if (round.services[sid] === undefined) delete record.node;
  else record.node = config.node;
  if (record.cmd !== undefined) {
    const [action, argument] = record.cmd;
    if (action === 'migrate' || action === 'relocate') {
      if (round.view(argument) !== 'online') env.err();
      else if (record.node !== argument) {
        round.change(sid, action, { node: record.node, target: argument });
        return;
      }
    } else if (action !== 'stop') env.err();
    delete record.cmd;
  }
  if (config.state === 'disabled') return;
  if (round.isOffline(record.node) && round.view(record.node) !== 'maintenance') {
    round.change(sid, 'fence');
    return;
  }
  if (config.state === 'stopped') return;
  if (config.state === 'started') {
    round.change(sid, 'request_start', { node: record.node });
    return;
  }
  env.err();
}

function processRequestStart({ round, sid, record }: Subject): void {
  if (round.settings.rebalanceOnStart) {
    const target = round.select(sid, record, 'best-score');
    if (target === record.node && target !== null) round.env.emit('startup-keep', { sid, target });
    else {
      if (target !== null) round.env.emit('startup-rebalance', { sid, target });
      round.change(sid, 'request_start_balance', { node: record.node, target: target ?? undefined });
      return;
    }
  }
  round.change(sid, 'started', { node: record.node });
}

/** Only people lead a service out of an error, by disabling it. */
function processError({ round, sid, record, config }: Subject): void {
  if (config.state !== 'disabled') return;
  delete record.failed_nodes;
  round.change(sid, 'stopped');
}

function processFreeze({ round, sid, record, config }: Subject): void {
  if (record.node === undefined || round.modes.get(record.node) !== 'active') return;
  round.change(sid, config.state === 'started' ? 'started' : 'request_stop');
}
