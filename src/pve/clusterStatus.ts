import * as z from 'zod';
import { pveFlag, pveNumber, pveText } from './values.ts';

/** Row of `/cluster/status`: one of type `cluster` (absent on a standalone node) and one of type `node` per member. */
export const pveClusterStatusRow = z
  .object({
    type: z.string(),
    id: pveText,
    name: pveText,
    nodes: pveNumber,
    version: pveNumber,
    quorate: pveFlag,
    nodeid: pveNumber,
    ip: pveText,
    local: pveFlag,
    online: pveFlag,
    level: pveText,
  })
  // A member without a name cannot be told from the others.
  .refine((row) => row.type !== 'node' || row.name !== null);
export type PveClusterStatusRow = z.infer<typeof pveClusterStatusRow>;

/** Row of `/cluster/config/nodes`; numbers come as strings. */
export const pveConfigNode = z
  .object({ node: pveText, name: pveText, nodeid: pveNumber, quorum_votes: pveNumber })
  .transform((row) => ({ name: row.node ?? row.name, nodeId: row.nodeid, votes: row.quorum_votes }));
export type PveConfigNode = z.infer<typeof pveConfigNode>;

/** Quorum device of `/cluster/config/qdevice`: an empty object means that there is none. */
export const pveQdevice = z.record(z.string(), z.unknown()).transform((fields) => {
  const text = (name: string): string | null => {
    const value = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  return {
    present: Object.keys(fields).length > 0,
    state: text('State'),
    algorithm: text('Algorithm'),
    model: text('Model'),
    host: text('QNetd host'),
  };
});
export type PveQdevice = z.infer<typeof pveQdevice>;
