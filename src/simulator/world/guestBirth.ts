import { createHash } from 'node:crypto';
import { refreshFacts } from './guestConfig.ts';
import type { ClusterWorld, GuestType, GuestWorld } from './model.ts';
import { moveGuest } from './model.ts';
import { hashText, type Random } from './random.ts';

/** A guest that comes into being through the API. */
export interface NewGuest {
  readonly vmid: number;
  readonly type: GuestType;
  readonly node: string;
  readonly lock: string | null;
  readonly pool: string | null;
  readonly nowMs: number;
}

/** Puts an empty, locked configuration in its place; what it holds follows when its task has made it. */
export function addGuest(
  cluster: ClusterWorld,
  { vmid, type, node, lock, pool, nowMs }: NewGuest,
): GuestWorld {
  const guest: GuestWorld = {
    vmid,
    type,
    name: '',
    tags: [],
    pool,
    template: false,
    protected: false,
    cores: 1,
    memoryBytes: 0,
    diskBytes: 0,
    onboot: false,
    description: null,
    osType: 'other',
    config: new Map(),
    pending: new Map(),
    busyness: 0.05 + (hashText(`${cluster.name}/${vmid}/busyness`) % 200) / 1000,
    loadKey: hashText(`${cluster.name}/${vmid}/${nowMs}`) & 0x7fffffff,
    createdAtMs: nowMs,
    lock,
    status: 'stopped',
    startedAtMs: null,
    pid: 0,
    cpu: 0,
    usedMemoryBytes: 0,
    usedDiskBytes: 0,
    netInBytes: 0,
    netOutBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
  };
  setConfig(cluster, guest, node, []);
  cluster.guests.set(vmid, guest);
  moveGuest(cluster, guest, node);
  return guest;
}

/** Gives a guest a whole configuration. */
export function setConfig(
  cluster: ClusterWorld,
  guest: GuestWorld,
  node: string,
  entries: Iterable<readonly [key: string, value: string]>,
): void {
  guest.config.clear();
  for (const [key, value] of entries) {
    if (!setFlagKey(guest, key, value)) guest.config.set(key, value);
  }
  refreshFacts(guest, cluster.nodes.get(node)?.cores ?? 1);
}

/** Lock and template flag are kept apart from the other keys; false for any other key. */
export function setFlagKey(guest: GuestWorld, key: string, value: string | null): boolean {
  if (key === 'lock') guest.lock = value;
  else if (key === 'template') guest.template = value === '1';
  else return false;
  return true;
}

/** Takes a guest's configuration away. Its volumes are another matter. */
export function removeGuest(cluster: ClusterWorld, guest: GuestWorld): void {
  const node = cluster.store.guestNodes.get(guest.vmid);
  if (node !== undefined) cluster.guestsByNode.get(node)?.delete(guest);
  cluster.store.guestNodes.delete(guest.vmid);
  cluster.guests.delete(guest.vmid);
}

/** A MAC address with the prefix Proxmox gives new cards. */
export function newMac(random: Random): string {
  return `BC:24:11:${random
    .hex(6)
    .toUpperCase()
    .replace(/(..)(..)(..)/, '$1:$2:$3')}`;
}

export function newUuid(random: Random): string {
  return uuidFrom(random.hex(32));
}

/** A name-based identifier: the same label always gives the same one. */
export function uuidOf(vmid: number, label: string): string {
  return uuidFrom(createHash('sha1').update(`${label}/${vmid}`).digest('hex'));
}

function uuidFrom(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
