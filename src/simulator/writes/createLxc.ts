import { PveError, parameterError } from '../pveError.ts';
import { addGuest, newMac, removeGuest, setConfig } from '../world/guestBirth.ts';
import { diskDefaultKey, isDiskKey, parseDisk } from '../world/guestDisks.ts';
import { printOptions } from '../world/propertyString.ts';
import type { Random } from '../world/random.ts';
import { storageOf, type Volume } from '../world/volumes.ts';
import { requireBridges } from './bridgePrivileges.ts';
import { requireConfigPrivileges } from './configPrivileges.ts';
import { lxcConfigRules } from './configRules.ts';
import { afterCreation, uniqueTags, vmidRule } from './createQemu.ts';
import { checkDisks, freeVolumes, makeDisks, needDiskStorage, needStorage } from './diskWrites.ts';
import { poolId, storageId } from './formats.ts';
import { flag, integer, type Rules, required, text } from './parameters.ts';
import {
  requireAllocate,
  requireFreeVmid,
  requirePool,
  requirePrivileges,
  requireQuorum,
  type WriteContext,
  type WriteRoute,
} from './writeContext.ts';

/** Parameters of a creation that are no part of the configuration. Password and keys go into the container alone. */
const creationRules: Rules = {
  vmid: required(vmidRule),
  ostemplate: required(text({ maxLength: 255 })),
  bwlimit: integer(0),
  force: flag,
  'ha-managed': flag,
  'ignore-unpack-errors': flag,
  password: text({ minLength: 5 }),
  pool: poolId,
  'ssh-public-keys': text(),
  start: flag,
  storage: storageId,
  unique: flag,
};

const templateGib = 4;

/** `POST /nodes/{node}/lxc`: makes a container from a template. Restoring from a backup is not offered. */
export const createLxcRoute: WriteRoute = {
  method: 'POST',
  template: '/nodes/{node}/lxc',
  rules: { ...lxcConfigRules, ...creationRules },
  handle: createLxc,
};

function createLxc(context: WriteContext): string {
  const { params, view, live, user } = context;
  const vmid = Number(params.vmid);
  const node = context.parameters.node ?? '';
  const { pool, ostemplate = '' } = params;
  requireQuorum(context);
  // Release 9 makes containers unprivileged unless told otherwise.
  const unprivileged = params.unprivileged ?? (view.cluster.release.haRules ? '1' : '0');
  if (unprivileged === '0') requirePrivileges(context, { path: '/', privileges: ['Sys.Modify'] });
  if (params['ha-managed'] === '1') requirePrivileges(context, { path: '/', privileges: ['Sys.Console'] });
  requireFreeVmid(context, vmid);
  checkKeys(params['ssh-public-keys']);
  requirePool(context, pool);
  requireAllocate(context, vmid, pool);
  checkTemplate(context, ostemplate);
  const settings = settingsOf(context);
  requireConfigPrivileges(context, 'lxc', vmid, pool ?? null, settings);
  requireBridges(context, settings);
  checkDisks(context, 'lxc', settings);
  const guest = addGuest(view.cluster, {
    vmid,
    type: 'lxc',
    node,
    lock: 'create',
    pool: null,
    nowMs: view.nowMs,
  });
  const volumes: Volume[] = [];
  const task = live.workers.start(
    {
      node,
      type: 'vzcreate',
      id: String(vmid),
      user,
      holds: [vmid],
      durationMs: view.cluster.timings.guestCreateMs * 2,
      undo() {
        freeVolumes(context, volumes);
        removeGuest(view.cluster, guest);
      },
      stages: [
        {
          share: 0.2,
          run(task, nowMs) {
            try {
              const made = makeDisks(context, 'lxc', vmid, node, nowMs, settings);
              volumes.push(...made.volumes);
              const template = live.world.volumes.find(node, ostemplate);
              if (template === undefined) throw new Error(`volume '${ostemplate}' does not exist`);
              for (const volume of made.volumes)
                task.log.push(`Creating filesystem with ${volume.sizeBytes / 4096} 4k blocks`);
              task.log.push(`extracting archive '${ostemplate}'`);
              setConfig(
                view.cluster,
                guest,
                node,
                completed(made.entries, ostemplate, unprivileged, context),
              );
            } catch (error) {
              throw new Error(
                `unable to create CT ${vmid} - ${error instanceof Error ? error.message : 'unknown error'}`,
              );
            }
          },
        },
        {
          share: 1,
          run(task, nowMs) {
            task.log.push(`Detected container architecture: amd64`);
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

function checkKeys(keys: string | undefined): void {
  if (keys === undefined) return;
  const isKey = /^(?:#.*|\s*|(?:[^\s]+\s+)?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-\S+)\s+\S+.*)$/;
  if (!keys.split(/\r?\n/).every((line) => isKey.test(line)))
    throw new PveError(500, 'SSH public key validation error\n');
}

function checkTemplate(context: WriteContext, ostemplate: string): void {
  const name = storageOf(ostemplate);
  if (name === '') throw new PveError(500, `unable to parse volume ID '${ostemplate}'\n`);
  needStorage(context, name);
  requirePrivileges(context, {
    path: `/storage/${name}`,
    privileges: ['Datastore.Audit', 'Datastore.AllocateSpace'],
    any: true,
  });
  if (!ostemplate.startsWith(`${name}:vztmpl/`))
    throw parameterError({ ostemplate: `'${ostemplate}' is not a container template` });
}

/** Configuration entries among the parameters, with a root disk: four GiB on the given storage when none is asked for. */
function settingsOf(context: WriteContext): [key: string, value: string][] {
  const storage = context.params.storage ?? 'local';
  const entries = Object.entries(context.params).flatMap(([key, value]): [string, string][] => {
    if (key in creationRules || key === 'unprivileged') return [];
    // A bare number asks for so many GiB on the default storage.
    return [
      [key, isDiskKey('lxc', key) && /^\d+(?:\.\d+)?(?:,|$)/.test(value) ? `${storage}:${value}` : value],
    ];
  });
  if (entries.some(([key]) => key === 'rootfs')) return entries;
  if (entries.some(([key]) => isDiskKey('lxc', key)))
    throw new PveError(500, "mount points configured, but 'rootfs' not set - aborting\n");
  needDiskStorage(context, 'lxc', storage);
  return [...entries, ['rootfs', `${storage}:${templateGib}`]];
}

/** Adds what Proxmox fills in by itself or reads from the template. */
function completed(
  entries: Map<string, string>,
  ostemplate: string,
  unprivileged: string,
  { parameters, params, random }: WriteContext,
): Map<string, string> {
  for (const [key, value] of entries) {
    if (/^net\d+$/.test(key)) entries.set(key, withHwaddr(value, random));
    if (key === 'tags') entries.set(key, uniqueTags(value));
  }
  const defaults: [string, string][] = [
    ['arch', 'amd64'],
    ['hostname', params.hostname ?? `CT${params.vmid ?? parameters.vmid}`],
    ['memory', '512'],
    ['swap', '512'],
    ['ostype', /\/([a-z]+)-/.exec(ostemplate)?.[1] ?? 'unmanaged'],
  ];
  for (const [key, value] of defaults) if (!entries.has(key)) entries.set(key, value);
  if (unprivileged === '1') entries.set('unprivileged', '1');
  return entries;
}

/** A card of a container with an address and its type, as they are stored. */
export function withHwaddr(value: string, random: Random): string {
  const options = parseDisk('lxc', value);
  options.delete(diskDefaultKey.lxc);
  if (!options.has('hwaddr')) options.set('hwaddr', newMac(random));
  if (!options.has('type')) options.set('type', 'veth');
  return printOptions(options, 'name').replace(/^([^,=]+)/, 'name=$1');
}
