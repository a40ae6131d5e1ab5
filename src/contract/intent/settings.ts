import * as z from 'zod';
import { lenientNumber, lenientRows, lenientText } from '../lenient.ts';
import { noParams, noQuery, route } from '../routes.ts';

/** What must be typed, letter by letter, to switch the write direction on. */
export const writesPhrase = 'allow-edit-and-add-actions';

/** Days an undecided deletion request lives. */
const ttlDays = z.number().int().min(1).max(365);

export const endpointSettingSchema = z.object({
  /** Key of the cluster. */
  cluster: z.string(),
  /** Number of the cluster's first endpoint in the configuration; `null` when it is not configured any more. */
  endpoint_id: lenientNumber,
  /** Whether this aggregator may change anything on that cluster. Missing reads as no. */
  allow_writes: z.boolean().catch(false).default(false),
  updated_at: lenientNumber,
  updated_by: lenientText,
});

/** Names are those of the published plugin settings. */
export const intentSettingsSchema = z.object({
  /** The master switch. Missing reads as off. */
  netbox_to_proxmox_enabled: z.boolean().catch(false).default(false),
  /** Whether the one who asks for a deletion may approve it. Missing reads as no. */
  intent_apply_authorization_self_approve_allowed: z.boolean().catch(false).default(false),
  intent_warn_plaintext_password: z.boolean().catch(true).default(true),
  intent_deletion_request_ttl_days: lenientNumber,
  endpoints: lenientRows(endpointSettingSchema),
  updated_at: lenientNumber,
  updated_by: lenientText,
});
export type IntentSettings = z.infer<typeof intentSettingsSchema>;

/** `PATCH /intent/settings`: what is left out stays. */
export const intentSettingsPatchSchema = z
  .strictObject({
    netbox_to_proxmox_enabled: z.boolean().optional(),
    /** Goes with `netbox_to_proxmox_enabled: true` and must be {@link writesPhrase}. */
    netbox_to_proxmox_typed_confirmation: z.string().max(255).optional(),
    intent_apply_authorization_self_approve_allowed: z.boolean().optional(),
    intent_warn_plaintext_password: z.boolean().optional(),
    intent_deletion_request_ttl_days: ttlDays.optional(),
    endpoints: z
      .array(z.strictObject({ cluster: z.string().min(1).max(63), allow_writes: z.boolean() }))
      .max(1_000)
      .refine((list) => new Set(list.map(({ cluster }) => cluster)).size === list.length, {
        error: 'each cluster at most once',
      })
      .optional(),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), {
    error: 'name at least one setting',
  });
export type IntentSettingsPatch = z.infer<typeof intentSettingsPatchSchema>;

/** Routes of the settings. */
export const settingsRoutes = {
  intentSettings: route({
    method: 'GET',
    path: '/intent/settings',
    keyless: false,
    summary: 'Whether and where this aggregator may change anything',
    params: noParams,
    query: noQuery,
    reply: intentSettingsSchema,
  }),
  changeIntentSettings: route({
    method: 'PATCH',
    path: '/intent/settings',
    keyless: false,
    permission: 'admin',
    summary: 'Changes settings; switching writes on needs the typed phrase',
    params: noParams,
    query: noQuery,
    body: intentSettingsPatchSchema,
    reply: intentSettingsSchema,
  }),
} as const;
