import { parseOptions } from '../world/propertyString.ts';
import { type Rule, text } from './parameters.ts';

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const dnsName = new RegExp(`^(?:${label}\\.)*${label}$`);
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$|(?=\/))){4}/;
const networkModels = /^(?:virtio|e1000e?|e1000-82\w+|rtl8139|vmxnet3|i82\w+|ne2k_\w+|pcnet)$/;

export const name: Rule = text({
  format: (value) => (dnsName.test(value) ? null : 'value does not look like a valid DNS name'),
});
export const storageId: Rule = text({
  format: (value) =>
    /^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]$/.test(value)
      ? null
      : `storage ID '${value}' contains illegal characters`,
});
export const nodeName: Rule = text({
  format: (value) =>
    new RegExp(`^${label}$`).test(value) ? null : 'value does not look like a valid node name',
});
export const poolId: Rule = text({
  format: (value) =>
    /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,2}$/.test(value)
      ? null
      : 'value does not look like a valid pool name',
});
export const tagList: Rule = text({
  format: (value) =>
    value.split(/[;,\s]+/).every((tag) => tag === '' || /^[a-zA-Z0-9_][a-zA-Z0-9_\-+.]*$/.test(tag))
      ? null
      : 'invalid characters in tag',
});
export const configIdList: Rule = text({
  format: (value) =>
    value.split(/[;,\s]+/).every((id) => id === '' || /^[a-zA-Z][a-zA-Z0-9_-]+$/.test(id))
      ? null
      : 'invalid configuration ID',
});
export const urlEncoded: Rule = text({
  format: (value) => (/^[-%a-zA-Z0-9_.!~*'()]*$/.test(value) ? null : 'invalid urlencoded string'),
});
export const addressList: Rule = text({
  format: (value) =>
    value
      .split(/[;,\s]+/)
      .every((address) => address === '' || address === 'host' || /^[0-9a-fA-F.:]+$/.test(address))
      ? null
      : 'value does not look like a valid IP address',
});

/** Card of a VM: `virtio=MAC,bridge=…` or `model=virtio,…`. */
export const qemuNet: Rule = text({
  format: (value) => {
    const options = parseOptions(value, 'model');
    const model = [...options.keys()].find((key) => networkModels.test(key)) ?? options.get('model');
    if (model === undefined || !networkModels.test(model))
      return 'format error\nmodel: property is missing and it is not optional';
    return badVlan(options.get('tag'));
  },
});

/** Card of a container: it needs a name. */
export const lxcNet: Rule = text({
  format: (value) => {
    const options = parseOptions(value, 'name');
    if (!/^[-_.\w]{2,15}$/.test(options.get('name') ?? ''))
      return 'format error\nname: property is missing and it is not optional';
    const ip = options.get('ip');
    if (ip !== undefined && ip !== 'dhcp' && ip !== 'manual' && !isCidr(ip))
      return 'format error\nip: invalid format - value does not look like a valid ipv4 network configuration';
    return badVlan(options.get('tag'));
  },
});

/** Address settings of cloud-init. */
export const ipConfig: Rule = text({
  format: (value) => {
    const options = parseOptions(value, 'ip');
    const ip = options.get('ip');
    const gateway = options.get('gw');
    if (ip !== undefined && ip !== 'dhcp' && !isCidr(ip))
      return 'format error\nip: invalid format - value does not look like a valid ipv4 network configuration';
    if (gateway !== undefined && !ipv4.test(gateway))
      return 'format error\ngw: invalid format - value does not look like a valid ipv4 address';
    if (gateway !== undefined && (ip === undefined || ip === 'dhcp'))
      return 'gateway specified without specifying an IP address';
    return null;
  },
});

/** Snippets that take the place of generated cloud-init data. */
export const ciCustom: Rule = text({
  format: (value) =>
    value.split(',').every((part) => /^(?:meta|network|user|vendor)=[A-Za-z][\w.-]*:\S+$/.test(part))
      ? null
      : 'format error\nproperty is not defined in schema and the schema does not allow additional properties',
});

function isCidr(value: string): boolean {
  const [address = '', bits = ''] = value.split('/');
  return ipv4.test(address) && /^\d{1,2}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= 32;
}

function badVlan(tag: string | undefined): string | null {
  if (tag === undefined) return null;
  return /^\d+$/.test(tag) && Number(tag) >= 1 && Number(tag) <= 4094
    ? null
    : 'format error\ntag: value must have a maximum value of 4094';
}
