import * as z from 'zod';
import { lenientFlag, lenientNumber, lenientRows, lenientText } from '../lenient.ts';
import { noParams, noQuery, route } from '../routes.ts';
import { actorSchema, permissionListSchema, permissionSchema } from './permissions.ts';

/** `GET /me`: who the key of the request is, and what this server lets it do. */
export const meSchema = z.object({
  actor: lenientText,
  key_id: lenientText,
  label: lenientText,
  /** Permissions this version does not know are left out: they give nothing it could offer. */
  permissions: lenientRows(permissionSchema),
  /** Whether this server can change anything at all: it has a store. Missing reads as no. */
  intent_available: z.boolean().catch(false).default(false),
  /** Whether the server itself keeps requester and authorizer apart. Missing reads as no. */
  four_eyes: z.boolean().catch(false).default(false),
  /** Whether the administrator allowed people to approve what they asked for. */
  self_approval_allowed: lenientFlag,
  /** Whether the master switch is on; `null` when not told. */
  writes_enabled: lenientFlag,
  /** Keys of the clusters that may be written to. */
  writable_clusters: lenientRows(z.string()),
});
export type Me = z.infer<typeof meSchema>;

/** A key as it is listed: never the key itself. Times are seconds since the epoch. */
export const keyRowSchema = z.object({
  id: z.string(),
  label: lenientText,
  actor: lenientText,
  permissions: lenientRows(permissionSchema),
  /** Missing reads as no. */
  is_active: z.boolean().catch(false).default(false),
  created_at: lenientNumber,
  created_by: lenientText,
  rotated_at: lenientNumber,
  /** Additive: who rotated it last and was shown it then. */
  rotated_by: lenientText,
  last_used_at: lenientNumber,
  expires_at: lenientNumber,
  revoked_at: lenientNumber,
});
export type KeyRow = z.infer<typeof keyRowSchema>;

/** A key that was just made or rotated; the only time the key itself is told. */
export const newKeyReplySchema = z.object({ ...keyRowSchema.shape, raw_key: z.string() });

export const newKeySchema = z.strictObject({
  actor: actorSchema,
  permissions: permissionListSchema,
  label: z.string().max(80).optional(),
  expires_in_days: z.number().int().min(1).max(3_650).optional(),
});

const keyId = z.strictObject({ id: z.string().regex(/^[0-9a-f]{12}$/, 'not an id of a key') });

/** Routes of identity and keys (contract, authentication routes). */
export const identityRoutes = {
  me: route({
    method: 'GET',
    path: '/me',
    keyless: false,
    permission: null,
    summary: 'Who the key of this request is, and what it may do here',
    params: noParams,
    query: noQuery,
    reply: meSchema,
  }),
  bootstrapStatus: route({
    method: 'GET',
    path: '/auth/bootstrap-status',
    keyless: true,
    summary: 'Whether the first key is still to be made',
    params: noParams,
    query: noQuery,
    reply: z.object({ needs_bootstrap: z.boolean(), has_db_keys: z.boolean() }),
  }),
  registerKey: route({
    method: 'POST',
    path: '/auth/register-key',
    keyless: true,
    summary:
      'Stores the very first key; works once, with the secret from the file that the server named at its start',
    params: noParams,
    query: noQuery,
    body: z.strictObject({
      api_key: z.string().min(32).max(255),
      label: z.string().max(80).optional(),
      actor: actorSchema.optional(),
      /** Additive: what the server wrote where only its owner can read. */
      bootstrap_secret: z.string().max(255).optional(),
    }),
    reply: z.object({ detail: z.string() }),
  }),
  keys: route({
    method: 'GET',
    path: '/auth/keys',
    keyless: false,
    permission: 'admin',
    summary: 'Every key that ever was, newest first',
    params: noParams,
    query: noQuery,
    reply: z.object({ keys: lenientRows(keyRowSchema) }),
  }),
  createKey: route({
    method: 'POST',
    path: '/auth/keys',
    keyless: false,
    permission: 'admin',
    summary: 'Makes a key, which is shown this once',
    params: noParams,
    query: noQuery,
    body: newKeySchema,
    reply: newKeyReplySchema,
  }),
  rotateKey: route({
    method: 'POST',
    path: '/auth/keys/{id}/rotate',
    keyless: false,
    permission: 'admin',
    summary: 'Gives a key a new secret; the old one is void at once',
    params: keyId,
    query: noQuery,
    reply: newKeyReplySchema,
  }),
  revokeKey: route({
    method: 'DELETE',
    path: '/auth/keys/{id}',
    keyless: false,
    permission: 'admin',
    summary: 'Voids a key for good',
    params: keyId,
    query: noQuery,
    reply: z.unknown(),
  }),
} as const;
