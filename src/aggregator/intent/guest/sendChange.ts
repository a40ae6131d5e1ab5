import type { PveParams } from '../../../pve/pveClient.ts';
import type { ClusterApi } from '../intentCluster.ts';
import type { PreparedCall } from '../plan/preparedChange.ts';
import { isDiskKey, isNicKey } from './deviceRules.ts';

type Kind = 'qemu' | 'lxc';

/** Settings of a configuration, beside its devices. */
const settings: Readonly<Record<Kind, readonly string[]>> = {
  qemu: [
    ...['name', 'cores', 'memory', 'description', 'tags', 'onboot'],
    ...['ciuser', 'sshkeys', 'cicustom', 'ipconfig0', 'searchdomain', 'nameserver'],
  ],
  lxc: ['hostname', 'cores', 'memory', 'swap', 'description', 'tags', 'onboot'],
};
const creation: Readonly<Record<Kind, readonly string[]>> = {
  qemu: ['vmid', 'scsihw'],
  lxc: ['vmid', 'unprivileged', 'ostemplate', 'storage', 'password', 'ssh-public-keys'],
};
const clone: Readonly<Record<Kind, readonly string[]>> = {
  qemu: ['newid', 'target', 'full', 'storage', 'name'],
  lxc: ['newid', 'target', 'full', 'storage', 'hostname'],
};

/** Settings that a change may take away. No device is among them: taking a disk away is the way to its destruction. */
const clearable = new Set([
  ...['description', 'tags', 'ciuser', 'sshkeys', 'ipconfig0', 'searchdomain', 'nameserver'],
]);

/** Values that may have several lines; anywhere else a line end would begin another property. */
const multiline = new Set(['description', 'ssh-public-keys']);

/** A change that must not reach Proxmox. Whoever sees one has found an error of this program. */
export class ForbiddenChange extends Error {
  constructor(what: string) {
    super(`Refused by this server before Proxmox was told: ${what}`);
    this.name = 'ForbiddenChange';
  }
}

/**
 * The only way by which intent changes Proxmox: creating a guest, cloning one, and changing a configuration, with the
 * parameters listed here. Whatever a payload made of itself on the way, nothing else gets out; `delete` is written here
 * from what {@link PreparedCall.cleared} names and from nothing else.
 *
 * Rejects with {@link ForbiddenChange} before anything was sent, and with what the API rejects with.
 */
export async function sendChange(api: ClusterApi, call: PreparedCall): Promise<unknown> {
  return api.write(call.method, call.path, allowedParams(call));
}

function allowedParams({ method, path, params, cleared = [] }: PreparedCall): PveParams {
  const match = /^\/nodes\/[A-Za-z0-9._-]+\/(qemu|lxc)(?:\/\d+\/(clone|config))?$/.exec(path);
  const kind = match?.[1] as Kind | undefined;
  const what = match?.[2] ?? 'create';
  if (kind === undefined || method !== (what === 'config' ? 'PUT' : 'POST'))
    throw new ForbiddenChange(`${method} ${path}`);
  const names = {
    create: [...settings[kind], ...creation[kind]],
    clone: clone[kind],
    config: [...settings[kind], 'digest'],
  }[what as 'create' | 'clone' | 'config'];
  for (const [name, value] of Object.entries(params)) {
    const isDevice = what !== 'clone' && (isDiskKey(kind, name) || isNicKey(name));
    if (!names.includes(name) && !isDevice) throw new ForbiddenChange(`${method} ${path} with ${name}`);
    if (!multiline.has(name) && /\p{Cc}/u.test(String(value)))
      throw new ForbiddenChange(`${method} ${path} with several lines in ${name}`);
  }
  if (cleared.length === 0) return params;
  for (const name of cleared)
    if (what !== 'config' || !clearable.has(name) || Object.hasOwn(params, name))
      throw new ForbiddenChange(`${method} ${path} without ${name}`);
  return { ...params, delete: cleared.join(',') };
}
