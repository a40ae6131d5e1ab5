import type { GuestSnapshot } from '../../../contract/intent/deletionRequest.ts';
import type { HaConsequence } from '../../../contract/intent/plan.ts';
import { HttpFailure } from '../../../http/httpFailure.ts';
import { readableConfig } from '../../../pve/guestDetail.ts';
import { parsePropertyString } from '../guest/propertyString.ts';
import type { ClusterApi } from '../intentCluster.ts';
import { haConsequencesOfDeletion } from '../plan/haConsequences.ts';
import type { ClusterFacts } from '../probe/clusterFacts.ts';
import { ClusterProbe } from '../probe/clusterProbe.ts';
import { isNumberFree } from '../probe/guestNumber.ts';

/** A guest as it is now. */
export interface LiveGuest {
  readonly snapshot: GuestSnapshot;
  readonly node: string;
  readonly status: string | null;
  readonly lock: string | null;
  /** Unredacted tags, for the pending mark. */
  readonly tags: string;
  readonly digest: string | null;
  readonly quorate: boolean | null;
}

/**
 * Reads a guest for a deletion request. `gone` only when Proxmox says that nobody has the number. Rejects with
 * `HttpFailure` when the cluster or the guest cannot be read, which includes a guest that is there and is not shown.
 */
export async function readLiveGuest(
  api: ClusterApi,
  kind: 'qemu' | 'lxc',
  vmid: number,
  nowMs: number,
): Promise<LiveGuest | { readonly gone: true; readonly facts: ClusterFacts }> {
  const probe = new ClusterProbe(api);
  const facts = await probe.facts();
  const guest = facts.guests.get(vmid);
  if (guest === undefined || guest.node === null) {
    if (guest === undefined && (await isNumberFree(api, vmid))) return { gone: true, facts };
    throw new HttpFailure(
      'unexpectedShape',
      'the cluster',
      `it has a guest ${vmid} that it does not show; the token may lack VM.Audit on it`,
    );
  }
  const { values, digest } = await probe.guestConfig(guest.node, guest.kind, vmid);
  const ha = haConsequencesOfDeletion(guest.kind, vmid, facts.ha);
  return {
    snapshot: {
      vmid,
      kind: guest.kind,
      node: guest.node,
      name: values.name ?? values.hostname ?? guest.name,
      identity: identityOf(guest.kind, values),
      status: guest.status,
      config: readableConfig(values) ?? {},
      ha: ha ?? [unknownHa(kind, vmid)],
      taken_at: nowMs / 1000,
    },
    node: guest.node,
    status: guest.status,
    lock: values.lock ?? guest.lock,
    tags: values.tags ?? '',
    digest,
    quorate: facts.quorate,
  };
}

function unknownHa(kind: 'qemu' | 'lxc', vmid: number): HaConsequence {
  return {
    subject: 'resource',
    id: `${kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`,
    effect: 'unknown',
    message: 'What this does to HA was not told.',
  };
}

/**
 * What tells a guest from another that got its number later. Proxmox gives every new virtual machine a generation id, a
 * SMBIOS id and a creation time; a container has only its cards. `null` when there is nothing to tell it by.
 */
export function identityOf(kind: 'qemu' | 'lxc', config: Readonly<Record<string, string>>): string | null {
  const parts: string[] = [];
  if (kind === 'qemu') {
    if (config.vmgenid !== undefined) parts.push(`vmgenid=${config.vmgenid}`);
    const uuid = parsePropertyString(config.smbios1 ?? '').pairs.get('uuid');
    if (uuid !== undefined) parts.push(`uuid=${uuid}`);
    const created = parsePropertyString(config.meta ?? '').pairs.get('ctime');
    if (created !== undefined) parts.push(`ctime=${created}`);
    if (parts.length > 0) return parts.join(' ');
  }
  for (const [key, value] of Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!/^net\d+$/.test(key)) continue;
    const mac = /(?:[0-9A-F]{2}:){5}[0-9A-F]{2}/i.exec(value)?.[0];
    if (mac !== undefined) parts.push(`${key}=${mac.toUpperCase()}`);
  }
  return parts.length === 0 ? null : parts.join(' ');
}

/** Keys that change by themselves or by filing the request, and say nothing about what would be lost. */
const immaterial = new Set(['tags', 'digest', 'lock', 'vmgenid', 'meta', 'smbios1', 'parent', 'description']);

/** What must not change between asking, deciding and destroying: parts by name, each as a comparable text. */
export function materialParts(snapshot: GuestSnapshot): ReadonlyMap<string, string> {
  const ha = snapshot.ha
    .map(({ subject, id, effect }) => [subject, id, effect].join(' '))
    .sort()
    .join(', ');
  return new Map([
    ['kind', snapshot.kind],
    ['name', snapshot.name ?? ''],
    ['identity', snapshot.identity ?? ''],
    ...Object.entries(snapshot.config).filter(
      ([key]) => !immaterial.has(key) && key !== 'name' && key !== 'hostname',
    ),
    ['HA', ha],
  ]);
}

/** {@link materialParts} as one comparable text. */
export function materialOf(snapshot: GuestSnapshot): string {
  return JSON.stringify([...materialParts(snapshot)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line per key that differs. */
export function snapshotChanges(
  asked: GuestSnapshot,
  now: GuestSnapshot,
): { key: string; when_asked: string | null; now: string | null }[] {
  const rows: { key: string; when_asked: string | null; now: string | null }[] = [];
  const add = (key: string, before: string | null, after: string | null): void => {
    if (before !== after) rows.push({ key, when_asked: before, now: after });
  };
  add('name', asked.name, now.name);
  add('node', asked.node, now.node);
  const keys = [...new Set([...Object.keys(asked.config), ...Object.keys(now.config)])].sort();
  for (const key of keys) {
    if (key === 'name' || key === 'hostname' || key === 'digest' || key === 'tags') continue;
    add(key, asked.config[key] ?? null, now.config[key] ?? null);
  }
  const ha = (snapshot: GuestSnapshot): string =>
    snapshot.ha
      .map(({ message }) => message)
      .sort()
      .join(' ');
  add('HA', ha(asked) || null, ha(now) || null);
  return rows;
}
