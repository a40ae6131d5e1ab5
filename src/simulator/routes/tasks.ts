import { PveError, parameterError } from '../pveError.ts';
import type { Task } from '../world/tasks.ts';
import {
  enumParameter,
  get,
  integerParameter,
  pathNode,
  type Route,
  type RouteContext,
  reply,
} from './route.ts';

const tasksPerNode = 25;

/** Task lists, task states and task logs. */
export const taskRoutes: readonly Route[] = [
  get('/cluster/tasks', null, (context) => {
    const { view } = context;
    const rows = view.nodes
      .filter((node) => view.hasStatsOf(node))
      .flatMap((node) =>
        view.cluster.tasks
          .ofNode(node.name)
          .filter((task) => maySee(context, task, '/'))
          .slice(0, tasksPerNode)
          .map((task) => ({ ...taskRow(task), ...(task.endtime === undefined ? {} : { saved: '1' }) })),
      );
    return reply(rows);
  }),
  get('/nodes/{node}/tasks', null, (context) => {
    const { query, view } = context;
    const source = enumParameter(query, 'source', ['archive', 'active', 'all']) ?? 'archive';
    const limit = integerParameter(query, 'limit', 50);
    const start = integerParameter(query, 'start', 0);
    const since = integerParameter(query, 'since', 0);
    const until = integerParameter(query, 'until', Number.MAX_SAFE_INTEGER);
    const vmid = query.get('vmid');
    if (vmid !== null) integerParameter(query, 'vmid', 0, 100);
    const type = query.get('typefilter');
    const onlyErrors = query.get('errors') === '1';
    const matching = view.cluster.tasks.ofNode(pathNode(context).name).filter((task) => {
      if (!maySee(context, task, `/nodes/${task.node}`)) return false;
      if (source !== 'all' && (task.endtime === undefined) !== (source === 'active')) return false;
      if (vmid !== null && task.id !== vmid) return false;
      if (type !== null && task.type !== type) return false;
      if (onlyErrors && (task.status === undefined || task.status === 'OK')) return false;
      return task.starttime >= since && task.starttime <= until;
    });
    const rows = matching
      .slice(start, limit === 0 ? undefined : start + limit)
      .map((task) => ({ ...taskRow(task), ...(task.endtime === undefined ? { status: 'RUNNING' } : {}) }));
    return { data: rows, total: matching.length };
  }),
  get('/nodes/{node}/tasks/{upid}', null, (context) => {
    pathTask(context);
    return reply([{ name: 'log' }, { name: 'status' }]);
  }),
  get('/nodes/{node}/tasks/{upid}/status', null, (context) => {
    const { endtime, status, ...task } = taskRow(pathTask(context));
    return reply({
      ...task,
      status: endtime === undefined ? 'running' : 'stopped',
      ...(status === undefined ? {} : { exitstatus: status }),
    });
  }),
  get('/nodes/{node}/tasks/{upid}/log', null, (context) => {
    const task = pathTask(context);
    const start = integerParameter(context.query, 'start', 0);
    const limit = integerParameter(context.query, 'limit', 50);
    const lines = task.log.map((text, index) => ({ n: index + 1, t: text }));
    return { data: lines.slice(start, limit === 0 ? undefined : start + limit), total: lines.length };
  }),
];

/** A task as lists tell it: a token's name stands apart from its user. */
function taskRow({ log: _log, ...task }: Task): Record<string, unknown> {
  const [user, tokenid] = task.user.split('!');
  return { ...task, user, ...(tokenid === undefined ? {} : { tokenid }) };
}

/** Whether the caller may know of a task: its own, or any with Sys.Audit. */
function maySee({ user, mayUse }: RouteContext, task: Task, path: string): boolean {
  return task.user === user || task.user.startsWith(`${user}!`) || mayUse(path, 'Sys.Audit');
}

/** The task named in the path, which must have run on the node named in the path. */
export function pathTask(context: RouteContext): Task {
  const upid = context.parameters.upid ?? '';
  if (!/^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:]+:[^:]*:[^:]+:$/.test(upid)) {
    throw parameterError({ upid: `unable to parse worker upid '${upid}'` });
  }
  const task = context.view.cluster.tasks.byUpid(upid);
  if (task === undefined || task.node !== pathNode(context).name) throw new PveError(500, 'no such task\n');
  if (!maySee(context, task, `/nodes/${task.node}`))
    throw new PveError(403, `Permission check failed (/nodes/${task.node}, Sys.Audit)\n`);
  return task;
}
