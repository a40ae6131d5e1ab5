import { PveError, parameterError } from '../pveError.ts';
import { digestOfGuest } from '../world/guestConfig.ts';
import type { GuestType, GuestWorld } from '../world/model.ts';
import { requireBridges } from './bridgePrivileges.ts';
import { applyChange, type ConfigChange } from './configChange.ts';
import { configPrivileges, requireConfigPrivileges } from './configPrivileges.ts';
import { configRules } from './configRules.ts';
import { checkDisks } from './diskWrites.ts';
import { configIdList } from './formats.ts';
import { flag, integer, type Params, type Rules, ruleFor, text } from './parameters.ts';
import {
  requireIdle,
  requireUnlocked,
  type WriteContext,
  type WriteRoute,
  writableGuest,
} from './writeContext.ts';

const steering: Rules = { delete: configIdList, revert: configIdList, digest: text({ maxLength: 40 }) };
const qemuRules: Rules = { ...configRules.qemu, ...steering, force: flag, skiplock: flag };
const privileges = [{ path: '/vms/{vmid}', privileges: configPrivileges, any: true }];

/** `PUT …/config` of both kinds, done when answered, and `POST …/config` of machines, which starts a task. */
export const configRoutes: readonly WriteRoute[] = [
  {
    method: 'PUT',
    template: '/nodes/{node}/qemu/{vmid}/config',
    rules: qemuRules,
    privileges,
    handle: (context) => changeNow(typed(context, 'qemu')),
  },
  {
    method: 'POST',
    template: '/nodes/{node}/qemu/{vmid}/config',
    rules: { ...qemuRules, background_delay: integer(1, 30) },
    privileges,
    handle: (context) => changeInTask(typed(context, 'qemu')),
  },
  {
    method: 'PUT',
    template: '/nodes/{node}/lxc/{vmid}/config',
    rules: { ...configRules.lxc, ...steering },
    privileges,
    handle: (context) => changeNow(typed(context, 'lxc')),
  },
];

function typed(context: WriteContext, type: GuestType): WriteContext {
  return { ...context, parameters: { ...context.parameters, type } };
}

function changeNow(context: WriteContext): null {
  const guest = writableGuest(context);
  const change = checkChange(context, guest);
  requireIdle(context, guest);
  applyChange(context, guest, context.view.nodeOf(guest), context.view.nowMs, change, []);
  return null;
}

function changeInTask(context: WriteContext): string | null {
  const { params, view, live, user } = context;
  const guest = writableGuest(context);
  const node = view.nodeOf(guest);
  const change = checkChange(context, guest);
  const waits = params.background_delay !== undefined;
  const task = live.workers.start(
    {
      node,
      type: 'qmconfig',
      id: String(guest.vmid),
      user,
      holds: [guest.vmid],
      durationMs: waits ? 0 : view.cluster.timings.guestCreateMs / 3,
      stages: [
        {
          share: 1,
          run(task, nowMs) {
            checkPresent(context, guest);
            task.log.push(`update VM ${guest.vmid}: ${shownParams(params)}`);
            applyChange(context, guest, node, nowMs, change, task.log);
          },
        },
      ],
    },
    view.nowMs,
  );
  if (!waits || task.status === undefined) return task.upid;
  if (task.status !== 'OK') throw new PveError(500, `failed to update VM ${guest.vmid}: ${task.status}\n`);
  return null;
}

/** Parameters as a task's log shows them. */
function shownParams(params: Params): string {
  return Object.entries(params)
    .filter(([key]) => key !== 'background_delay')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `-${key} ${key === 'cipassword' ? '<hidden>' : value}`)
    .join(' ');
}

/** Everything Proxmox looks at before it changes anything. */
function checkChange(context: WriteContext, guest: GuestWorld): ConfigChange {
  const { params } = context;
  const { type, vmid, pool } = guest;
  const rules = configRules[type];
  const settings = Object.entries(params).flatMap(([key, value]): [string, string][] => {
    if (ruleFor(rules, key) === undefined) return [];
    return [key === 'cdrom' ? ['ide2', `${value},media=cdrom`] : [key, value]];
  });
  const deletions = splitList(params.delete);
  const reverts = splitList(params.revert);
  if (settings.length + deletions.length + reverts.length === 0)
    throw new PveError(500, 'no options specified\n');
  for (const [kind, list] of [
    ['delete', deletions],
    ['revert', reverts],
  ] as const) {
    for (const key of list) {
      if (ruleFor(rules, key) === undefined) throw parameterError({ [kind]: `unknown option '${key}'` });
      if (settings.some(([name]) => name === key))
        throw parameterError({ [kind]: `you can't use '-${key}' and -${kind} ${key}' at the same time` });
    }
  }
  if (type === 'lxc' && params.unprivileged !== undefined)
    throw new PveError(500, "unable to modify read-only option: 'unprivileged'\n");
  requireConfigPrivileges(context, type, vmid, pool, [
    ...deletions.map((key) => [key, guest.config.get(key) ?? ''] as const),
    ...settings,
  ]);
  checkDisks(context, type, settings);
  requireBridges(context, settings);
  checkPresent(context, guest);
  const memory = Number(params.memory ?? guest.pending.get('memory') ?? guest.config.get('memory') ?? 512);
  const balloon = Number(params.balloon ?? guest.pending.get('balloon') ?? guest.config.get('balloon') ?? 0);
  if ((params.memory !== undefined || params.balloon !== undefined) && balloon > memory)
    throw new PveError(500, 'balloon value too large (must be smaller than assigned memory)\n');
  return { settings, deletions, reverts };
}

/** Lock and digest, looked at with the configuration in hand: at the call and again in a task. */
function checkPresent(context: WriteContext, guest: GuestWorld): void {
  const { params } = context;
  const isSame = params.digest === undefined || params.digest === digestOfGuest(guest);
  if (guest.type === 'lxc') {
    requireUnlocked(context, guest);
    if (!isSame)
      throw new PveError(500, 'detected modified configuration - file changed by other user? Try again.\n');
    return;
  }
  if (!isSame) throw new PveError(500, 'checksum mismatch (file change by other user?)\n');
  requireUnlocked(context, guest);
}

function splitList(list: string | undefined): string[] {
  return (list ?? '').split(/[;,\s]+/).filter((key) => key !== '');
}
