/** Who asks, as told by the credential and by nothing else. */
export interface IntentActor {
  /** Name of the person or service the key belongs to. */
  readonly actor: string;
  readonly keyId: string;
  /** Who made that key or rotated it last, and could act with it as well; `null` when that is nobody with a key. */
  readonly keyMadeBy: string | null;
  has(permission: string): boolean;
  /** Who the same key stands for now; `null` once it is revoked, rotated or over. For work that outlives its request. */
  renewed(): Promise<IntentActor | null>;
}

/** Permission for a change (contract, permissions): `intent_create_vm`, `intent_delete_lxc`, … */
export function permissionFor(op: 'create' | 'update' | 'delete', kind: 'qemu' | 'lxc'): string {
  return `intent_${op}_${kind === 'qemu' ? 'vm' : 'lxc'}`;
}

/**
 * Whether two names are one person. Case, blanks, accents and what cannot be seen do not make a second person; names from
 * before the set of characters was narrowed may hold them.
 */
export function isSameActor(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\p{M}]/gu, '')
    .toLowerCase()
    .replaceAll('\u0131', 'i');
}
