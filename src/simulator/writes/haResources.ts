import { PveError, parameterError } from '../pveError.ts';
import { digestOfSections } from '../routes/haConfig.ts';
import { guestOfSid, type HaResource, type RequestState, requestStates, sidOf } from '../world/model.ts';
import { configIdList } from './formats.ts';
import { removeFromHa } from './haSections.ts';
import { flag, integer, type Params, type Rules, required, text, words } from './parameters.ts';
import { requireQuorum, type WriteContext, type WriteRoute } from './writeContext.ts';

const settings: Rules = {
  comment: text({ maxLength: 4096 }),
  failback: flag,
  group: text(),
  max_relocate: integer(0),
  max_restart: integer(0),
  state: words(...(['started', 'stopped', 'enabled', 'disabled', 'ignored'] satisfies RequestState[])),
};
const privileges = [{ path: '/', privileges: ['Sys.Console'] }];
const groupsGone = "invalid parameter 'group': ha groups have been migrated to rules\n";

/** `POST /cluster/ha/resources`, `PUT` and `DELETE /cluster/ha/resources/{sid}`. */
export const haResourceRoutes: readonly WriteRoute[] = [
  {
    method: 'POST',
    template: '/cluster/ha/resources',
    rules: {
      ...settings,
      sid: required(text({ pattern: /^(?:(?:vm|ct):)?\d+$/ })),
      type: words('ct', 'vm'),
    },
    privileges,
    handle: addResource,
  },
  {
    method: 'PUT',
    template: '/cluster/ha/resources/{sid}',
    rules: { ...settings, delete: { ...configIdList, maxLength: 4096 }, digest: text({ maxLength: 64 }) },
    privileges,
    handle: changeResource,
  },
  {
    method: 'DELETE',
    template: '/cluster/ha/resources/{sid}',
    rules: { purge: flag },
    privileges,
    handle: removeResource,
  },
];

function addResource(context: WriteContext): null {
  const { params, view } = context;
  const { store } = view.cluster;
  const sid = fullSid(context, params.sid ?? '');
  if (params.type !== undefined && !sid.startsWith(`${params.type}:`))
    throw parameterError({ type: `type does not match resource '${sid}'` });
  requireQuorum(context);
  checkReleaseKeys(context);
  if (guestOfSid(view.cluster, sid) === undefined)
    throw new PveError(500, `resource '${sid}' does not exist in cluster\n`);
  if (store.resources.has(sid))
    throw new PveError(500, `create resource failed: resource ID '${sid}' already defined\n`);
  const resource: HaResource = { sid };
  assign(resource, params);
  store.resources.set(sid, resource);
  return null;
}

function changeResource(context: WriteContext): null {
  const { params, view, parameters } = context;
  const { store } = view.cluster;
  const sid = fullSid(context, parameters.sid ?? '');
  requireQuorum(context);
  checkReleaseKeys(context);
  if (params.group !== undefined && !store.groups.has(params.group))
    throw new PveError(500, `HA group '${params.group}' does not exist\n`);
  const service = store.managerStatus?.service_status[sid];
  if (params.state !== undefined && params.state !== 'disabled' && service?.state === 'error')
    throw new PveError(500, `service '${sid}' in error state, must be disabled and fixed first\n`);
  const prefix = 'update resources config failed: ';
  if (params.digest !== undefined && params.digest !== digestOfSections(store.resources))
    throw new PveError(
      500,
      `${prefix}detected modified configuration - file changed by other user? Try again.\n`,
    );
  const resource = store.resources.get(sid);
  if (resource === undefined) throw new PveError(500, `${prefix}no such resource '${sid}'\n`);
  const deleted = (params.delete ?? '').split(/[;,\s]+/).filter((key) => key !== '');
  for (const key of deleted) {
    if (!(key in settings)) throw new PveError(500, `${prefix}no such option '${key}'\n`);
    delete resource[key as Exclude<keyof HaResource, 'sid'>];
  }
  assign(resource, params);
  return null;
}

function removeResource(context: WriteContext): null {
  const { params, view, parameters } = context;
  const sid = fullSid(context, parameters.sid ?? '');
  requireQuorum(context);
  if (!view.cluster.store.resources.has(sid))
    throw new PveError(500, `cannot delete service '${sid}', not HA managed!\n`);
  removeFromHa(view.cluster, sid, params.purge !== '0');
  return null;
}

/** A bare number stands for the guest that has it. */
function fullSid({ view }: WriteContext, sid: string): string {
  if (!/^\d+$/.test(sid)) return sid;
  const guest = view.cluster.guests.get(Number(sid));
  if (guest === undefined)
    throw parameterError({ sid: `invalid format - unable to find resource type: no such VMID '${sid}'\n` });
  return sidOf(guest);
}

/** Groups belong to release 8, failback to 9. */
function checkReleaseKeys({ params, view }: WriteContext): void {
  const { haRules } = view.cluster.release;
  if (haRules && params.group !== undefined) throw new PveError(500, groupsGone);
  if (!haRules && params.failback !== undefined)
    throw parameterError({
      failback: 'property is not defined in schema and the schema does not allow additional properties',
    });
}

function assign(resource: HaResource, params: Params): void {
  const state = requestStates.find((word) => word === params.state);
  if (state !== undefined) resource.state = state;
  if (params.max_restart !== undefined) resource.max_restart = Number(params.max_restart);
  if (params.max_relocate !== undefined) resource.max_relocate = Number(params.max_relocate);
  if (params.group !== undefined) resource.group = params.group;
  if (params.failback !== undefined) resource.failback = params.failback === '1' ? 1 : 0;
  if (params.comment !== undefined) resource.comment = params.comment;
}
