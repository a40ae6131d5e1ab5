import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { GuestPayload } from '../../../contract/intent/guestPayload.ts';
import type { PlanFinding } from '../../../contract/intent/plan.ts';
import { cloudInitParams } from '../guest/cloudInit.ts';
import { blocked } from './findings.ts';

type Field = keyof GuestPayload;
type Way = 'make' | 'clone' | 'update';

const always: readonly Field[] = [
  ...(['vmid', 'node', 'name', 'hostname', 'description', 'cores', 'memory_mib', 'memory'] as const),
  ...(['disks', 'nics', 'tags', 'onboot'] as const),
];

/** Fields that become part of a call, by what is done and to what. */
const applied: Readonly<Record<ReadDiff['kind'], Readonly<Record<Way, readonly Field[]>>>> = {
  qemu: {
    make: ['storage', 'disk_gb', 'iso', 'cloud_init'],
    clone: ['template_vmid', 'full_clone', 'storage', 'cloud_init'],
    update: ['storage', 'disk_gb', 'cloud_init'],
  },
  lxc: {
    make: ['swap', 'storage', 'disk_gb', 'ostemplate', 'rootfs', 'unprivileged', 'password', 'cloud_init'],
    clone: ['swap', 'template_vmid', 'full_clone', 'storage'],
    update: ['swap', 'storage'],
  },
};

const words: Readonly<Record<Way, string>> = {
  make: 'a guest that is made new',
  clone: 'a guest that is cloned',
  update: 'a guest that exists',
};

/**
 * Fields of a payload that would become part of no call. They are refused rather than passed over: a plan that says
 * "live already is what is wanted" must have looked at everything that is wanted.
 */
export function fieldFindings({
  op,
  kind,
  payload,
}: Pick<ReadDiff, 'op' | 'kind' | 'payload'>): PlanFinding[] {
  if (op === 'delete') return [];
  const way: Way = op === 'update' ? 'update' : payload.template_vmid === undefined ? 'make' : 'clone';
  const has = (field: Field): boolean => payload[field] !== undefined;
  const findings: PlanFinding[] = [];
  const ignored = (field: string, why: string): void => {
    findings.push(blocked('field_not_applied', `${field}: ${why} Leave it out.`, field));
  };
  for (const field of Object.keys(payload) as Field[])
    if (has(field) && !always.includes(field) && !applied[kind][way].includes(field))
      ignored(field, `has no effect on ${words[way]} (${kind === 'lxc' ? 'container' : 'virtual machine'}).`);

  const loses = (field: Field, other: Field): void => {
    if (has(field) && has(other) && payload[field] !== payload[other])
      ignored(field, `${other} says otherwise.`);
  };
  if (kind === 'lxc') loses('name', 'hostname');
  else loses('hostname', 'name');
  loses('memory', 'memory_mib');

  // Whatever names a storage of its own leaves nothing for the default.
  const takesDefault = (payload.disks ?? []).some(
    (disk) => disk.storage === undefined && (disk.size !== undefined || disk.size_gib !== undefined),
  );
  const isDefault =
    takesDefault ||
    (kind === 'qemu' && way !== 'clone' && has('disk_gb') && !has('disks')) ||
    (kind === 'lxc' && way === 'make') ||
    (way === 'clone' && payload.full_clone !== false);
  if (has('storage') && applied[kind][way].includes('storage') && !isDefault)
    ignored('storage', 'no disk of this change takes it.');
  if (has('disk_gb') && applied[kind][way].includes('disk_gb')) {
    if (kind === 'qemu' && has('disks')) ignored('disk_gb', 'disks are given one by one.');
    if (kind === 'lxc' && has('rootfs')) ignored('disk_gb', 'rootfs says otherwise.');
    else if (kind === 'lxc' && !has('storage'))
      findings.push(blocked('disk_without_storage', 'disk_gb names no storage. Name one.', 'disk_gb'));
  }
  const network = payload.cloud_init?.network;
  if (kind === 'qemu' && network !== undefined) {
    const { ipconfig0, ...parts } = network;
    const isGiven = Object.keys(parts).length > 0;
    if (ipconfig0 !== undefined && isGiven) ignored('cloud_init.network', 'ipconfig0 says everything.');
    else if (ipconfig0 === undefined && !Object.hasOwn(cloudInitParams({ network }), 'ipconfig0'))
      ignored('cloud_init.network', 'without an address it has no effect.');
    else if (parts.gw !== undefined && parts.gateway !== undefined && parts.gw !== parts.gateway)
      ignored('cloud_init.network', 'gw and gateway differ.');
  }
  return findings;
}
