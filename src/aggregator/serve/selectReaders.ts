import type { SelectorQuery } from '../../contract/routes.ts';
import type { ClusterReader } from '../collector.ts';
import { HttpError } from './httpError.ts';

const maxIds = 100;

/**
 * Clusters that the endpoint selectors choose (wire contract, selecting Proxmox endpoints): ids first, then only one of
 * address, domain and name. Unknown ids choose nothing, which is not an error; an unmatched name or address is.
 */
export function selectReaders(
  readers: readonly ClusterReader[],
  query: SelectorQuery,
): readonly ClusterReader[] {
  const source = query.source ?? 'database';
  if (source === 'netbox')
    throw HttpError.message(
      400,
      'Endpoints in NetBox are not read by this aggregator.',
      'Use source=database.',
    );
  if (source !== 'database') throw HttpError.message(400, 'Invalid source.', 'Use source=database.');
  const ids = parseIds(query.proxmox_endpoint_ids) ?? parseIds(query.endpoint_ids);
  const chosen =
    ids === null
      ? readers
      : readers.filter((reader) => reader.addresses.some(({ endpointId }) => ids.has(endpointId)));
  const wanted = matcher(query);
  if (wanted === null) return chosen;
  const match = chosen.find(wanted.matches);
  if (match === undefined)
    throw HttpError.message(
      400,
      `No result found for ${wanted.what}.`,
      'No configured endpoint matches the selector.',
    );
  return [match];
}

function matcher(
  query: SelectorQuery,
): { readonly what: string; readonly matches: (reader: ClusterReader) => boolean } | null {
  const hasHost = (host: string) => (reader: ClusterReader) =>
    reader.addresses.some((address) => address.host === host);
  if (query.ip_address) return { what: 'ip_address', matches: hasHost(query.ip_address) };
  if (query.domain) return { what: 'domain', matches: hasHost(query.domain) };
  if (query.name) return { what: 'name', matches: (reader) => reader.key === query.name };
  return null;
}

function parseIds(text: string | undefined): Set<number> | null {
  if (text === undefined || text.trim() === '') return null;
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length > maxIds)
    throw HttpError.message(400, 'Too many endpoint ids.', `At most ${maxIds} ids are taken.`);
  if (parts.some((part) => !/^\d{1,9}$/.test(part)))
    throw HttpError.message(400, 'Invalid endpoint ids.', 'Endpoint ids are a comma list of whole numbers.');
  return parts.length === 0 ? null : new Set(parts.map(Number));
}
