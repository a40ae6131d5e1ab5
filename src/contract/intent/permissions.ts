import * as z from 'zod';

/**
 * What a key may do. `admin` manages keys and settings; it does not include the others, but whoever hands out keys can hand
 * one to themselves. Against that stand the journal, and that a key does not decide on what its maker asked for.
 * `authorize_deletion_request` is held apart from `intent_delete_…`.
 */
export const permissions = [
  'view',
  'intent_create_vm',
  'intent_update_vm',
  'intent_delete_vm',
  'intent_create_lxc',
  'intent_update_lxc',
  'intent_delete_lxc',
  'authorize_deletion_request',
  'admin',
] as const;
export const permissionSchema = z.enum(permissions);
export type Permission = z.infer<typeof permissionSchema>;

/**
 * Who acts: a name that will stand in the journal. Plain characters alone, because four eyes rest on names, and other
 * alphabets hold letters that look like these and marks that cannot be seen.
 */
export const actorSchema = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9 ._@+-]*[A-Za-z0-9])?$/,
    'use letters a to z, digits, blank, dot, dash, underscore, @ and +',
  );

/** Permissions as somebody gives them: at least one, each once. */
export const permissionListSchema = z
  .array(permissionSchema)
  .min(1)
  .refine((list) => new Set(list).size === list.length, { error: 'each permission at most once' });
