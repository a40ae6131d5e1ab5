import * as z from 'zod';
import { pveText } from './values.ts';

/** What the manager keeps of a service beside its state: where it is going, and where it comes back to after maintenance. */
const serviceRecord = z.object({ target: pveText, maintenance_node: pveText });

/** Texts by name; an entry that is none costs itself. */
const texts = z
  .record(z.string(), z.unknown())
  .transform(
    (entries): Record<string, string> =>
      Object.fromEntries(
        Object.entries(entries).flatMap(([name, value]) =>
          typeof value === 'string' ? [[name, value]] : [],
        ),
      ),
  );

/**
 * What we use of `/cluster/ha/status/manager_status`: the manager's node states, which PVE before 8.3 tells nowhere else,
 * and where its services come from and go to, which no version tells elsewhere. Before there was a manager its status is
 * empty.
 */
export const pveManagerStatus = z.object({
  manager_status: z.object({
    node_status: texts.default({}),
    service_status: z
      .record(z.string(), serviceRecord.nullable().catch(null))
      .nullable()
      .catch(null)
      .default(null),
  }),
});
export type PveManagerStatus = z.infer<typeof pveManagerStatus>;
