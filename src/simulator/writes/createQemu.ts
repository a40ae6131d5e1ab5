import { PveError } from '../pveError.ts';
import { addGuest, newMac, newUuid, removeGuest, setConfig } from '../world/guestBirth.ts';
import { disksOf } from '../world/guestDisks.ts';
import { startGuest } from '../world/guestJobs.ts';
import type { GuestWorld } from '../world/model.ts';
import { parseOptions } from '../world/propertyString.ts';
import type { Random } from '../world/random.ts';
import type { Volume } from '../world/volumes.ts';
import { requireBridges } from './bridgePrivileges.ts';
import { requireConfigPrivileges } from './configPrivileges.ts';
import { qemuConfigRules } from './configRules.ts';
import { checkDisks, freeVolumes, makeDisks } from './diskWrites.ts';
import { poolId, storageId } from './formats.ts';
import { addToHa } from './haSections.ts';
import { flag, integer, type Rules, required } from './parameters.ts';
import {
  requireAllocate,
  requireFreeVmid,
  requirePool,
  requirePrivileges,
  requireQuorum,
  type WriteContext,
  type WriteRoute,
} from './writeContext.ts';

export const vmidRule = integer(100, 999_999_999);

/** Parameters of a creation that are no part of the configuration. */
const creationRules: Rules = {
  vmid: required(vmidRule),
  bwlimit: integer(0),
  force: flag,
  'ha-managed': flag,
  pool: poolId,
  start: flag,
  storage: storageId,
  unique: flag,
};

/** `POST /nodes/{node}/qemu`: makes a virtual machine. Restoring from an archive is not offered. */
export const createQemuRoute: WriteRoute = {
  method: 'POST',
  template: '/nodes/{node}/qemu',
  rules: { ...qemuConfigRules, ...creationRules },
  handle: createQemu,
};

function createQemu(context: WriteContext): string {
  const { params, view, live, user } = context;
  const vmid = Number(params.vmid);
  const node = context.parameters.node ?? '';
  const { pool } = params;
  requireQuorum(context);
  requirePool(context, pool);
  if (params['ha-managed'] === '1') requirePrivileges(context, { path: '/', privileges: ['Sys.Console'] });
  requireAllocate(context, vmid, pool);
  const settings = settingsOf(params);
  checkDisks(context, 'qemu', settings);
  requireConfigPrivileges(context, 'qemu', vmid, pool ?? null, settings);
  requireBridges(context, settings);
  const refusal = `unable to create VM ${vmid} - `;
  requireFreeVmid(context, vmid, refusal);
  const guest = addGuest(view.cluster, {
    vmid,
    type: 'qemu',
    node,
    lock: 'create',
    pool: null,
    nowMs: view.nowMs,
  });
  const volumes: Volume[] = [];
  const undo = (): void => {
    freeVolumes(context, volumes);
    removeGuest(view.cluster, guest);
  };
  const task = live.workers.start(
    {
      node,
      type: 'qmcreate',
      id: String(vmid),
      user,
      holds: [vmid],
      durationMs: view.cluster.timings.guestCreateMs,
      undo,
      stages: [
        {
          share: 0.3,
          run(task, nowMs) {
            try {
              const made = makeDisks(context, 'qemu', vmid, node, nowMs, settings);
              volumes.push(...made.volumes);
              const disks = disksOf('qemu', made.entries);
              for (const { key, volid } of disks)
                task.log.push(`${key}: successfully created disk '${volid}'`);
              setConfig(view.cluster, guest, node, completed(made.entries, context, nowMs));
            } catch (error) {
              throw new Error(`${refusal}${error instanceof Error ? error.message : 'unknown error'}`);
            }
          },
        },
        {
          share: 1,
          run(task, nowMs) {
            guest.lock = null;
            guest.pool = pool ?? null;
            afterCreation(context, guest, task.log, nowMs);
          },
        },
      ],
    },
    view.nowMs,
  );
  return task.upid;
}

/** What follows a creation when it was asked for: HA, start. */
export function afterCreation(
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

/** Configuration entries among the parameters, `cdrom` under the name it stands for. */
function settingsOf(params: WriteContext['params']): [key: string, value: string][] {
  return Object.entries(params).flatMap(([key, value]): [string, string][] => {
    if (key in creationRules) return [];
    return [key === 'cdrom' ? ['ide2', `${value},media=cdrom`] : [key, value]];
  });
}

/** Adds what Proxmox fills in by itself: addresses of cards, boot order, identifiers, origin. */
function completed(
  entries: Map<string, string>,
  { view, random }: WriteContext,
  nowMs: number,
): Map<string, string> {
  for (const [key, value] of entries) {
    if (/^net\d+$/.test(key)) entries.set(key, withMac(value, random));
    if (key === 'tags') entries.set(key, uniqueTags(value));
  }
  if (!entries.has('boot')) entries.set('boot', `order=${defaultBootOrder(entries).join(';')}`);
  if (!entries.has('smbios1')) entries.set('smbios1', `uuid=${newUuid(random)}`);
  if (!entries.has('vmgenid') || entries.get('vmgenid') === '1') entries.set('vmgenid', newUuid(random));
  entries.set('meta', `creation-qemu=${view.cluster.release.qemu},ctime=${Math.floor(nowMs / 1000)}`);
  return entries;
}

/** A card without an address gets one: `virtio,bridge=…` becomes `virtio=BC:24:11:…,bridge=…`. */
export function withMac(value: string, random: Random): string {
  const parts = value.split(',');
  const options = parseOptions(value, 'model');
  const model = options.get('model');
  if (model === undefined) return value;
  const mac = options.get('macaddr') ?? newMac(random);
  const rest = parts.filter((part) => part !== model && !/^(?:model|macaddr)=/.test(part));
  return [`${model}=${mac}`, ...rest].join(',');
}

/** First disk, first CD, first card. */
function defaultBootOrder(entries: ReadonlyMap<string, string>): string[] {
  const drives = [...entries].filter(([key]) => /^(?:ide|sata|scsi|virtio)\d+$/.test(key));
  const disk = drives.find(([, value]) => !value.includes('media=cdrom'))?.[0];
  const cd = drives.find(([, value]) => value.includes('media=cdrom') && !value.includes('cloudinit'))?.[0];
  const card = [...entries.keys()].filter((key) => /^net\d+$/.test(key)).sort()[0];
  return [disk, cd, card].filter((key) => key !== undefined);
}

/** Tags once each, in the order of the alphabet, as they are stored. */
export function uniqueTags(value: string): string {
  return [...new Set(value.split(/[;,\s]+/).filter((tag) => tag !== ''))].sort().join(';');
}

/** 500 for what a caller may not ask of a template. */
export function refuse(message: string): never {
  throw new PveError(500, `${message}\n`);
}
