import { newMac } from '../world/guestBirth.ts';
import { parseOptions, printOptions } from '../world/propertyString.ts';
import type { Random } from '../world/random.ts';

/** A card without an address gets one: `virtio,bridge=…` becomes `virtio=BC:24:11:…,bridge=…`. */
export function withMac(value: string, random: Random): string {
  const parts = value.split(',');
  const options = parseOptions(value, 'model');
  const model = options.get('model');
  if (model === undefined) return value;
  const mac = options.get('macaddr') ?? newMac(random);
  const rest = parts.filter((part) => part !== model && !/^(?:model|macaddr)=/.test(part));
  return [`${model}=${mac}`, ...rest].join(',');
}

/** A card of a container with an address and its type, as they are stored. */
export function withHwaddr(value: string, random: Random): string {
  const options = parseOptions(value, 'name');
  if (!options.has('hwaddr')) options.set('hwaddr', newMac(random));
  if (!options.has('type')) options.set('type', 'veth');
  return printOptions(options, 'name').replace(/^([^,=]+)/, 'name=$1');
}

/** Tags once each, in the order of the alphabet, as they are stored. */
export function uniqueTags(value: string): string {
  return [...new Set(value.split(/[;,\s]+/).filter((tag) => tag !== ''))].sort().join(';');
}
