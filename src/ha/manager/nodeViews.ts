import type { HaEnvironment } from '../haEnvironment.ts';
import { byCodeUnit, type LrmMode, type ManagerRecord, type NodeView, sortedKeys } from '../haRecords.ts';
import { isOfflineFor } from './managerState.ts';

/** How long a node that left the cluster is remembered, seconds. */
const forgetAfterS = 3600;

/** Brings the manager's view of every node up to date with who is online. */
export function updateNodeViews(
  env: HaEnvironment,
  record: ManagerRecord,
  online: ReadonlyMap<string, boolean>,
  modes: ReadonlyMap<string, LrmMode>,
  lastSeen: Map<string, number>,
): void {
  const nowS = env.now();
  const set = (node: string, to: NodeView): void => {
    const from = record.node_status[node] ?? 'unknown';
    record.node_status[node] = to;
    if (from !== to) env.emit('node-state', { node, from, to });
  };
  for (const node of [...online.keys()].sort(byCodeUnit)) {
    if (online.get(node) !== true) continue;
    lastSeen.set(node, nowS);
    const view = record.node_status[node] ?? 'unknown';
    const isInMaintenance = modes.get(node) === 'maintenance';
    if (view === 'online' && isInMaintenance) set(node, 'maintenance');
    else if (view === 'unknown' || view === 'gone') set(node, 'online');
    else if (view === 'maintenance' && !isInMaintenance) set(node, 'online');
  }
  for (const node of sortedKeys(record.node_status)) {
    if (online.get(node) === true) continue;
    const view = record.node_status[node];
    if (view === 'online') set(node, 'unknown');
    else if (view === 'maintenance') {
      if (modes.get(node) !== 'maintenance') set(node, 'unknown');
    } else if (view === 'unknown') {
      if (!online.has(node)) set(node, 'gone');
    } else if (view === 'gone' && isOfflineFor(record, lastSeen, node, nowS, forgetAfterS))
      delete record.node_status[node];
  }
}
