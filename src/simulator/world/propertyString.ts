/**
 * Proxmox writes structured values as `first,key=value,…`: an optional first part without a name and options after it.
 * This holds them in order, the first part under the name its format gives it.
 */
export type Options = Map<string, string>;

/** Takes a property string apart. Parts without `=` belong to `defaultKey`. */
export function parseOptions(text: string, defaultKey: string): Options {
  const options: Options = new Map();
  for (const part of text.split(',')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    if (at === -1) options.set(defaultKey, part);
    else options.set(part.slice(0, at), part.slice(at + 1));
  }
  return options;
}

/** Puts a property string together: the default part first, the others sorted by name as Proxmox prints them. */
export function printOptions(options: Options, defaultKey: string): string {
  const first = options.get(defaultKey);
  const named = [...options].filter(([key]) => key !== defaultKey).sort(([a], [b]) => (a < b ? -1 : 1));
  return [...(first === undefined ? [] : [first]), ...named.map(([key, value]) => `${key}=${value}`)].join(
    ',',
  );
}

const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes of a size such as `32G`, `512M` or `1.5T`; a number without a unit is bytes. `null` when it is none. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text);
  if (match === null) return null;
  return Math.floor(Number(match[1]) * (units[match[2] ?? ''] ?? 1));
}

/** The shortest exact form of a size, the way it is written into configurations. */
export function printSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K'] as const) {
    const size = units[unit] ?? 1;
    if (bytes >= size && bytes % size === 0 && !(unit === 'T' && bytes < 10 * size))
      return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
