import { PveError, parameterError } from '../pveError.ts';
import { isDiskKey } from '../world/guestDisks.ts';
import { storageOf } from '../world/volumes.ts';
import { lxcConfigRules } from './configRules.ts';
import { needDiskStorage, needStorage } from './diskWrites.ts';
import { checkCreation, checkSettings, creationRules, startCreation } from './guestCreation.ts';
import { flag, number, type Rules, required, text } from './parameters.ts';
import { uniqueTags, withHwaddr } from './storedValues.ts';
import {
  requireFreeVmid,
  requirePrivileges,
  requireQuorum,
  type WriteContext,
  type WriteRoute,
} from './writeContext.ts';

/** Parameters of a creation that are no part of the configuration. Password and keys go into the container alone. */
const lxcCreationRules: Rules = {
  ...creationRules,
  bwlimit: number(0),
  ostemplate: required(text({ maxLength: 255 })),
  'ignore-unpack-errors': flag,
  password: text({ minLength: 5 }),
  'ssh-public-keys': text(),
};

const templateGib = 4;

/** `POST /nodes/{node}/lxc`: makes a container from a template. Restoring from a backup is not offered. */
export const createLxcRoute: WriteRoute = {
  method: 'POST',
  template: '/nodes/{node}/lxc',
  rules: { ...lxcConfigRules, ...lxcCreationRules },
  handle: createLxc,
};

function createLxc(context: WriteContext): string {
  const { params, parameters, view } = context;
  const vmid = Number(params.vmid);
  const { ostemplate = '' } = params;
  requireQuorum(context);
  // Release 9 makes containers unprivileged unless told otherwise.
  const unprivileged = params.unprivileged ?? (view.cluster.release.haRules ? '1' : '0');
  if (unprivileged === '0') requirePrivileges(context, { path: '/', privileges: ['Sys.Modify'] });
  requireFreeVmid(context, vmid);
  checkKeys(params['ssh-public-keys']);
  checkCreation(context, vmid);
  checkTemplate(context, ostemplate);
  const settings = settingsOf(context);
  checkSettings(context, 'lxc', vmid, settings);
  return startCreation(context, {
    type: 'lxc',
    vmid,
    settings,
    durationMs: view.cluster.timings.guestCreateMs * 2,
    complete({ entries, volumes }, task) {
      if (view.cluster.volumes.find(parameters.node ?? '', ostemplate) === undefined)
        throw new Error(`volume '${ostemplate}' does not exist`);
      for (const { sizeBytes } of volumes)
        task.log.push(`Creating filesystem with ${sizeBytes / 4096} 4k blocks`);
      task.log.push(`extracting archive '${ostemplate}'`);
      return completed(entries, ostemplate, unprivileged, context);
    },
    lastLines: ['Detected container architecture: amd64'],
  });
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
    if (key in lxcCreationRules || key === 'unprivileged') return [];
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
