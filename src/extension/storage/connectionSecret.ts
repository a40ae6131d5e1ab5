import * as z from 'zod';

/** Secret of a connection: the key of an aggregator, or a token per cluster of Proxmox nodes. */
const connectionSecretSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('aggregator'), apiKey: z.string().min(1) }),
  z.strictObject({ kind: z.literal('proxmox'), tokens: z.record(z.string(), z.string().min(1)) }),
]);
export type ConnectionSecret = z.infer<typeof connectionSecretSchema>;

/** A stored entry; `null` when it has a form this version does not know. */
export function parseConnectionSecret(text: string): ConnectionSecret | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = connectionSecretSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
