import * as z from 'zod';

/** What we use of `/cluster/ha/status/manager_status`: the manager's node states, which PVE before 8.3 tells nowhere else. */
export const pveManagerStatus = z.object({
  manager_status: z
    .object({ node_status: z.record(z.string(), z.string()).catch({}) })
    .catch({ node_status: {} }),
});
export type PveManagerStatus = z.infer<typeof pveManagerStatus>;
