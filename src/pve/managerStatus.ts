import * as z from 'zod';
import { pveText } from './values.ts';

/** What the manager keeps of a service beside its state: where it is going, and where it comes back to after maintenance. */
const serviceRecord = z.object({ target: pveText, maintenance_node: pveText });

/**
 * What we use of `/cluster/ha/status/manager_status`: the manager's node states, which PVE before 8.3 tells nowhere else,
 * and where its services come from and go to, which no version tells elsewhere.
 */
export const pveManagerStatus = z.object({
  manager_status: z
    .object({
      node_status: z.record(z.string(), z.string()).catch({}),
      service_status: z
        .record(z.string(), serviceRecord.nullable().catch(null))
        .nullable()
        .catch(null)
        .default(null),
    })
    .catch({ node_status: {}, service_status: null }),
});
export type PveManagerStatus = z.infer<typeof pveManagerStatus>;
