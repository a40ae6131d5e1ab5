import * as z from 'zod';
import type { IntentDiff } from './diff.ts';
import { guestKindSchema, guestPayloadSchema } from './guestPayload.ts';

/** One guest of a document. */
export const documentGuestSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('create').describe('Make a new guest.'),
    kind: guestKindSchema,
    ...guestPayloadSchema.omit({ memory: true, password: true, hostname: true, rootfs: true }).shape,
  }),
  z.strictObject({
    op: z.literal('update').describe('Change a guest. What is left out stays as it is.'),
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
    op: z
      .literal('delete')
      .describe('Ask for the deletion of a guest. Nothing is destroyed before a second person agreed.'),
    kind: guestKindSchema,
    ...guestPayloadSchema.pick({ vmid: true, node: true }).shape,
    reason: z.string().min(3).max(255).describe('Why it is to go; the person who decides reads it.'),
  }),
]);
export type DocumentGuest = z.infer<typeof documentGuestSchema>;

/** An intent document: `*.proxbox-intent.yaml` or `.json`. Passwords have no place in it. */
export const intentDocumentSchema = z.strictObject({
  version: z.literal(1).describe('Version of this form. Always 1.'),
  cluster: z.string().min(1).max(63).describe('Key of the cluster that it is for.'),
  guests: z
    .array(documentGuestSchema)
    .max(1_000)
    .describe('Guests to create, change or delete, in this order.'),
});
export type IntentDocument = z.infer<typeof intentDocumentSchema>;

/** The changes a document asks for, in its order: diff `i` is guest `i`. */
export function diffsOfDocument(document: IntentDocument): IntentDiff[] {
  return document.guests.map(({ op, kind, ...rest }): IntentDiff => {
    const { reason, ...payload } = { reason: undefined, ...rest };
    return { op, kind, payload, ...(reason === undefined ? {} : { reason }) };
  });
}
