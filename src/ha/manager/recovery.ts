import type { Subject } from './servicePasses.ts';

/** Locks that a dead node cannot be holding on to any more. */
const staleLocks = new Set([
  'backup',
  'mounted',
  'migrate',
  'clone',
  'rollback',
  'snapshot',
  'snapshot-delete',
  'suspending',
  'suspended',
]);

/** Finds a new node for a service of a fenced one; without any it waits, and says so in every pass. */
export function recoverService({ round, sid, record, config }: Subject): void {
  const { env } = round;
  const fenced = record.node ?? '';
  const node = round.select(sid, record, 'best-score');
  if (node === null) {
    env.emit('service-unplaceable', { sid, from: fenced });
    if (config.state !== 'disabled') return;
    delete record.failed_nodes;
    round.change(sid, 'stopped');
    return;
  }
  if (node === fenced) env.emit('service-recover-same', { sid, target: node });
  else env.emit('service-recover', { sid, from: fenced, target: node });
  if (config.lock !== null && staleLocks.has(config.lock)) {
    env.removeServiceLock(sid);
    env.warn();
  }
  env.moveService(sid, fenced, node);
  record.node = node;
  config.node = node;
  round.change(sid, config.state === 'started' ? 'started' : 'request_stop', { node });
}
