import { agentLock } from '../clusterLocks.ts';
import { byCodeUnit, sortedKeys } from '../haRecords.ts';
import { recordIds } from './commandQueue.ts';
import type { Round } from './managerState.ts';

/** Makes sure that lost nodes are off, and releases their services for recovery. True when a state changed. */
export function fenceNodes(round: Round): boolean {
  const tried = new Map<string, boolean>();
  const tryOnce = (node: string): boolean => {
    const known = tried.get(node);
    if (known !== undefined) return known;
    const isFenced = tryFence(round, node);
    tried.set(node, isFenced);
    return isFenced;
  };
  let isChanged = false;
  for (const sid of recordIds(round)) {
    const record = round.records[sid];
    if (record?.state !== 'fence' || record.node === undefined) continue;
    if (!tryOnce(record.node)) continue;
    round.change(sid, 'recovery');
    isChanged = true;
  }
  for (const node of sortedKeys(round.record.node_status).sort(byCodeUnit)) {
    if (round.record.node_status[node] !== 'fence' || tried.has(node)) continue;
    if (tryOnce(node)) isChanged = true;
  }
  return isChanged;
}

/** A node is off for sure once its local manager's lock is free: its watchdog has reset it before. */
function tryFence({ env, record }: Round, node: string): boolean {
  const view = record.node_status[node] ?? 'unknown';
  if (view !== 'fence') {
    record.node_status[node] = 'fence';
    env.emit('node-state', { node, from: view, to: 'fence' });
    env.emit('fence-try', { node });
  }
  if (!env.acquire(agentLock(node))) return false;
  record.node_status[node] = 'unknown';
  env.emit('node-state', { node, from: 'fence', to: 'unknown' });
  env.emit('fence-done', { node });
  return true;
}
