import { parseOptions } from '../world/propertyString.ts';
import { requirePrivileges, type WriteContext } from './writeContext.ts';

/**
 * 403 when the caller may not use a bridge that a card names: since release 8, SDN.Use on the bridge, or on its VLAN for
 * a card with a tag.
 */
export function requireBridges(
  context: Pick<WriteContext, 'mayUse' | 'parameters'>,
  entries: Iterable<readonly [key: string, value: string]>,
): void {
  for (const [key, value] of entries) {
    if (!/^net\d+$/.test(key)) continue;
    const options = parseOptions(value, 'model');
    const bridge = options.get('bridge');
    if (bridge === undefined) continue;
    const path = `/sdn/zones/localnetwork/${bridge}`;
    const tag = options.get('tag');
    if (tag !== undefined && context.mayUse(`${path}/${tag}`, 'SDN.Use')) continue;
    requirePrivileges(context, { path, privileges: ['SDN.Use'] });
  }
}
