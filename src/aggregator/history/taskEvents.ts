import type { FleetEvent } from '../../contract/model/fleetEvent.ts';
import { pveTaskRow } from '../../pve/guestDetail.ts';
import { parsePveRows } from '../../pve/values.ts';
import { eventId, type SeenTask } from './historyStore.ts';

/** Rows of `/cluster/tasks`; one without a start is left out, because it has no place in time. */
export function toSeenTasks(rows: readonly unknown[]): SeenTask[] {
  return parsePveRows(pveTaskRow, rows).rows.flatMap((row): SeenTask[] => {
    if (row.starttime === null) return [];
    const about = aboutOf(row.upid);
    const isOver = row.endtime !== null;
    return [
      {
        upid: row.upid,
        type: row.type,
        node: row.node,
        vmid: /^[1-9]\d{0,8}$/.test(about) ? Number(about) : null,
        user: row.user,
        startMs: row.starttime * 1000,
        endMs: isOver ? (row.endtime ?? 0) * 1000 : null,
        status: isOver ? row.status : null,
      },
    ];
  });
}

/** A UPID is `UPID:node:pid:pstart:starttime:type:id:user:`; the id is the guest's number for tasks about guests. */
function aboutOf(upid: string): string {
  return upid.split(':')[6] ?? '';
}

export function taskEvent(cluster: string, task: SeenTask): FleetEvent {
  const subject = `task:${task.upid}`;
  return {
    id: eventId(cluster, subject, 1),
    cluster,
    kind: 'task',
    subject,
    vmid: task.vmid,
    name: null,
    atMs: task.startMs,
    afterMs: null,
    endMs: task.endMs,
    from: null,
    fromNode: null,
    to: task.status,
    node: task.node,
    detail: task.type,
    user: task.user,
  };
}
