/** Who asks, as told by the credential and by nothing else. */
export interface IntentActor {
  /** Name of the person or service the key belongs to. */
  readonly actor: string;
  readonly keyId: string;
  has(permission: string): boolean;
}

/** Permission for a change (contract, permissions): `intent_create_vm`, `intent_delete_lxc`, … */
export function permissionFor(op: 'create' | 'update' | 'delete', kind: 'qemu' | 'lxc'): string {
  return `intent_${op}_${kind === 'qemu' ? 'vm' : 'lxc'}`;
}

/** Whether two names are one person. Case and outer blanks do not make a second person. */
export function isSameActor(a: string, b: string): boolean {
  const plain = (name: string): string => name.normalize('NFKC').trim().toLowerCase();
  return plain(a) === plain(b);
}
