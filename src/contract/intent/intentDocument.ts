import * as z from 'zod';
import type { IntentDiff } from './diff.ts';
import { guestKindSchema, guestPayloadSchema } from './guestPayload.ts';

/** One guest of a document. */
export const documentGuestSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('create'),
    kind: guestKindSchema,
    ...guestPayloadSchema.omit({ memory: true, password: true, hostname: true, rootfs: true }).shape,
  }),
  z.strictObject({
    op: z.literal('update'),
    kind: guestKindSchema,
    ...guestPayloadSchema.pick({
      vmid: true,
      node: true,
      name: true,
      description: true,
      cores: true,
      memory_mib: true,
      swap: true,
      disks: true,
      nics: true,
      tags: true,
      onboot: true,
      cloud_init: true,
    }).shape,
  }),
  z.strictObject({
    op: z.literal('delete'),
    kind: guestKindSchema,
    ...guestPayloadSchema.pick({ vmid: true, node: true }).shape,
    /** Read by the person who decides. */
    reason: z.string().min(3).max(255),
  }),
]);
export type DocumentGuest = z.infer<typeof documentGuestSchema>;

/** An intent document: `*.proxbox-intent.yaml` or `.json`. Passwords have no place in it. */
export const intentDocumentSchema = z.strictObject({
  version: z.literal(1),
  /** Key of the cluster that it is for. */
  cluster: z.string().min(1).max(63),
  guests: z.array(documentGuestSchema).max(1_000),
});
export type IntentDocument = z.infer<typeof intentDocumentSchema>;

/** The changes a document asks for, in its order: diff `i` is guest `i`. */
export function diffsOfDocument(document: IntentDocument): IntentDiff[] {
  return document.guests.map(({ op, kind, ...rest }): IntentDiff => {
    const { reason, ...payload } = { reason: undefined, ...rest };
    return { op, kind, payload, ...(reason === undefined ? {} : { reason }) };
  });
}
