import { addGuest, removeGuest, setConfig } from '../world/guestBirth.ts';
import { startGuest } from '../world/guestJobs.ts';
import type { GuestType, GuestWorld } from '../world/model.ts';
import type { Task } from '../world/tasks.ts';
import type { Volume } from '../world/volumes.ts';
import { requireBridges } from './bridgePrivileges.ts';
import { requireConfigPrivileges } from './configPrivileges.ts';
import { checkDisks, freeVolumes, type MadeDisks, makeDisks } from './diskWrites.ts';
import { poolId, storageId } from './formats.ts';
import { addToHa } from './haSections.ts';
import { flag, integer, type Rules, required } from './parameters.ts';
import { requireAllocate, requirePool, requirePrivileges, type WriteContext, word } from './writeContext.ts';

export const vmidRule = integer(100, 999_999_999);

/** Parameters of a creation that are no part of the configuration, the same for both kinds. */
export const creationRules: Rules = {
  vmid: required(vmidRule),
  bwlimit: integer(0),
  force: flag,
  'ha-managed': flag,
  pool: poolId,
  start: flag,
  storage: storageId,
  unique: flag,
};

/** Rights and pool of a creation. */
export function checkCreation(context: WriteContext, vmid: number): void {
  const { params } = context;
  requirePool(context, params.pool);
  if (params['ha-managed'] === '1') requirePrivileges(context, { path: '/', privileges: ['Sys.Console'] });
  requireAllocate(context, vmid, params.pool);
}

/** Rights, storages and bridges that the wanted configuration asks for. */
export function checkSettings(
  context: WriteContext,
  type: GuestType,
  vmid: number,
  settings: readonly (readonly [key: string, value: string])[],
): void {
  checkDisks(context, type, settings);
  requireConfigPrivileges(context, type, vmid, context.params.pool ?? null, settings);
  requireBridges(context, settings);
}

/** A creation that has been checked. */
export interface Creation {
  readonly type: GuestType;
  readonly vmid: number;
  readonly settings: readonly (readonly [key: string, value: string])[];
  readonly durationMs: number;
  /** Makes the whole configuration from entries whose volumes are there. What it throws ends the task. */
  complete(made: MadeDisks, task: Task, nowMs: number): Map<string, string>;
  /** Last lines of the task's log. */
  readonly lastLines?: readonly string[];
}

/** Starts the task that makes a guest: its configuration is there at once and locked, its volumes follow. */
export function startCreation(context: WriteContext, creation: Creation): string {
  const { parameters, params, view, live, user } = context;
  const { type, vmid, settings, durationMs, complete, lastLines = [] } = creation;
  const node = parameters.node ?? '';
  const guest = addGuest(view.cluster, { vmid, type, node, lock: 'create', pool: null, nowMs: view.nowMs });
  const volumes: Volume[] = [];
  const { upid } = live.workers.start(
    {
      node,
      type: type === 'qemu' ? 'qmcreate' : 'vzcreate',
      id: String(vmid),
      user,
      holds: [vmid],
      durationMs,
      undo() {
        freeVolumes(context, volumes);
        removeGuest(view.cluster, guest);
      },
      stages: [
        {
          share: 0.3,
          run(task, nowMs) {
            try {
              const made = makeDisks(context, type, vmid, node, nowMs, settings);
              volumes.push(...made.volumes);
              setConfig(view.cluster, guest, node, complete(made, task, nowMs));
              guest.lock = 'create';
            } catch (error) {
              const why = error instanceof Error ? error.message : 'unknown error';
              throw new Error(`unable to create ${word(type)} ${vmid} - ${why}`);
            }
          },
        },
        {
          share: 1,
          run(task, nowMs) {
            task.log.push(...lastLines);
            guest.lock = null;
            guest.pool = params.pool ?? null;
            afterCreation(context, guest, task.log, nowMs);
          },
        },
      ],
    },
    view.nowMs,
  );
  return upid;
}

/** What follows a creation when it was asked for: HA, start. */
function afterCreation(
  { params, view, random }: WriteContext,
  guest: GuestWorld,
  log: string[],
  nowMs: number,
): void {
  if (params['ha-managed'] === '1') {
    log.push('Add as HA resource');
    addToHa(view.cluster, guest, params.start === '1' ? 'started' : 'stopped');
  }
  if (params.start === '1' && !guest.template) {
    log.push('Execute autostart');
    startGuest(guest, nowMs, random);
  }
}
