import { pathTask } from '../routes/tasks.ts';
import { requirePrivileges, type WriteRoute } from './writeContext.ts';

/** `DELETE /nodes/{node}/tasks/{upid}`: stops a task; one's own without further rights. */
export const stopTaskRoute: WriteRoute = {
  method: 'DELETE',
  template: '/nodes/{node}/tasks/{upid}',
  rules: {},
  handle(context) {
    const task = pathTask(context);
    if (task.user !== context.user)
      requirePrivileges(context, { path: '/nodes/{node}', privileges: ['Sys.Modify'] });
    context.live.workers.stop(task.upid, context.view.nowMs);
    return null;
  },
};
