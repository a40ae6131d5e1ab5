import { isIP } from 'node:net';
import type { SelectorQuery } from '../../contract/routes.ts';
import type { ClusterReader } from '../collector.ts';
import { ReplyError } from './replyError.ts';

const maxIds = 100;

/**
 * Clusters a request is about. The id filter comes first; of `ip_address`, `domain` and `name` only the first given one
 * counts, in that order, and picks the first match. No selector at all means every cluster. Ids that match nothing
 * select nothing (an empty 200); a name or address that matches nothing is a 400.
 */
export function selectReaders(
  readers: readonly ClusterReader[],
  query: SelectorQuery,
): readonly ClusterReader[] {
  const source = query.source ?? 'database';
  if (source === 'netbox') {
    throw ReplyError.application(
      400,
      'source=netbox is not available',
      'This aggregator reads its endpoints from its configuration and has no NetBox. Leave source out or use database.',
    );
  }
  if (source !== 'database') {
    throw ReplyError.application(400, 'Unknown source', 'source must be database or netbox.');
  }
  const ids = readIds(query);
  const inScope =
    ids === null
      ? readers
      : readers.filter((reader) => reader.addresses.some((address) => ids.has(address.endpointId)));

  if (query.ip_address !== undefined) {
    const wanted = plainHost(query.ip_address);
    return firstMatch(inScope, 'ip_address', (reader) =>
      reader.addresses.some(
        (address) => isIP(plainHost(address.host)) !== 0 && plainHost(address.host) === wanted,
      ),
    );
  }
  if (query.domain !== undefined) {
    const wanted = query.domain;
    return firstMatch(inScope, 'domain', (reader) =>
      reader.addresses.some((address) => isIP(plainHost(address.host)) === 0 && address.host === wanted),
    );
  }
  if (query.name !== undefined) {
    const wanted = query.name;
    return firstMatch(inScope, 'name', (reader) => reader.key === wanted);
  }
  return inScope;
}

function firstMatch(
  readers: readonly ClusterReader[],
  selector: string,
  matches: (reader: ClusterReader) => boolean,
): readonly ClusterReader[] {
  const found = readers.find(matches);
  if (found !== undefined) return [found];
  throw ReplyError.application(
    400,
    `No result found for Proxmox Sessions based on the provided ${selector}`,
    'Check if the provided parameters are correct',
  );
}

/** `null`: no id filter. The plugin's alias wins when both are given. */
function readIds(query: SelectorQuery): ReadonlySet<number> | null {
  const [parameter, text] = isGiven(query.proxmox_endpoint_ids)
    ? ['proxmox_endpoint_ids', query.proxmox_endpoint_ids]
    : ['endpoint_ids', query.endpoint_ids ?? ''];
  if (text.trim() === '') return null;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > maxIds) {
    throw ReplyError.application(
      400,
      `Invalid Proxmox ${parameter} query parameter`,
      `${parameter} takes at most ${maxIds} ids.`,
    );
  }
  const told = parts.filter((part) => part !== '');
  // A text of commas only would otherwise widen the request to every cluster.
  if (told.length === 0 || told.some((part) => !/^[+-]?\d{1,15}$/.test(part))) {
    throw ReplyError.application(
      400,
      `Invalid Proxmox ${parameter} query parameter`,
      `${parameter} must be a comma-separated list of integers.`,
    );
  }
  return new Set(told.map(Number));
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}

/** `[::1]` and `::1` are one address. */
function plainHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
