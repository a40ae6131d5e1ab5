import * as z from 'zod';

/**
 * What a key may do. `admin` manages keys and settings; it does not include the others, so that whoever hands out keys
 * is not thereby allowed to change or destroy guests. `authorize_deletion_request` is held apart from `intent_delete_…`.
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

/** Who acts: a name that will stand in the journal, on one line. */
export const actorSchema = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'must be one line of visible characters');

/** Permissions as somebody gives them: at least one, each once. */
export const permissionListSchema = z
  .array(permissionSchema)
  .min(1)
  .refine((list) => new Set(list).size === list.length, { error: 'each permission at most once' });
