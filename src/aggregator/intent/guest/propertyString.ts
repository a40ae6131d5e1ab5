/**
 * Proxmox property strings: `first,k=v,k=v`, where the first part of a disk is its volume and of a network card
 * `model=MAC`.
 */
export interface PropertyString {
  /** The part without a name; `null` when every part has one. */
  readonly head: string | null;
  readonly pairs: ReadonlyMap<string, string>;
}

export function parsePropertyString(text: string): PropertyString {
  let head: string | null = null;
  const pairs = new Map<string, string>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) pairs.set(part.slice(0, equals), part.slice(equals + 1));
    else if (part !== '' && head === null) head = part;
  }
  return { head, pairs };
}

export function formatPropertyString({ head, pairs }: PropertyString): string {
  return [...(head === null ? [] : [head]), ...[...pairs].map(([key, value]) => `${key}=${value}`)].join(',');
}

/** Network card models whose name is the key of the MAC address. */
export const nicModels: readonly string[] = [
  'virtio',
  'e1000',
  'e1000e',
  'rtl8139',
  'vmxnet3',
  'ne2k_pci',
  'i82551',
  'i82557b',
  'i82559er',
  'pcnet',
  'ne2k_isa',
];

/** A QEMU card with model and MAC under names of their own, so that two ways to write one card are equal. */
function withModel(card: PropertyString): PropertyString {
  const pairs = new Map(card.pairs);
  for (const model of nicModels) {
    const mac = pairs.get(model);
    if (mac === undefined && card.head !== model) continue;
    pairs.delete(model);
    pairs.set('model', model);
    if (mac !== undefined) pairs.set('macaddr', mac.toUpperCase());
    return { head: null, pairs };
  }
  const mac = pairs.get('macaddr') ?? pairs.get('hwaddr');
  if (mac !== undefined) pairs.set(pairs.has('hwaddr') ? 'hwaddr' : 'macaddr', mac.toUpperCase());
  return { head: card.head, pairs };
}

/**
 * A network card as wanted laid over the live one: what the wish does not name stays, above all the MAC address. The live
 * text itself when nothing differs.
 */
export function mergeNic(live: string, wanted: string): string {
  const now = withModel(parsePropertyString(live));
  const wish = withModel(parsePropertyString(wanted));
  if (!differs(now, wish)) return live;
  const { model, macaddr, ...others } = Object.fromEntries([...now.pairs, ...wish.pairs]);
  // Proxmox itself writes the model of a virtual machine's card as the name of its MAC address, in the first place.
  const first = model === undefined ? {} : macaddr === undefined ? { model } : { [model]: macaddr };
  const last = model === undefined && macaddr !== undefined ? { macaddr } : {};
  return formatPropertyString({
    head: now.head,
    pairs: new Map(Object.entries({ ...first, ...others, ...last })),
  });
}

/** Options of a disk laid over the live ones; the volume stays. */
export function mergeDisk(live: string, wanted: string): string {
  const wish = parsePropertyString(wanted);
  const now = parsePropertyString(live);
  if (!differs(now, wish)) return live;
  return formatPropertyString({ head: now.head, pairs: new Map([...now.pairs, ...wish.pairs]) });
}

function differs(now: PropertyString, wish: PropertyString): boolean {
  return [...wish.pairs].some(([key, value]) => now.pairs.get(key) !== value);
}
