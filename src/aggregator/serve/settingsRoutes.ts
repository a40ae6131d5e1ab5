import { settingsRoutes } from '../../contract/intent/settings.ts';
import type { Settings, SettingsRepository } from '../store/settingsRepository.ts';
import { PhraseRefusal } from '../store/settingsRepository.ts';
import { identityOf } from './identityRoutes.ts';
import { ReplyError } from './replyError.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

/** A cluster of the configuration, as settings name it. */
export interface SettableCluster {
  readonly key: string;
  readonly endpointIds: readonly number[];
}

/** The switches of the write side. Reading needs `view`, changing `admin`. */
export function registerSettingsRoutes(
  registrar: RouteRegistrar,
  settings: SettingsRepository,
  clusters: readonly SettableCluster[],
): void {
  registrar.route(settingsRoutes.intentSettings, async () => toWire(await settings.read(), clusters));

  registrar.route(settingsRoutes.changeIntentSettings, async ({ body }, request) => {
    const unknown = (body.endpoints ?? []).find(
      ({ cluster }) => !clusters.some(({ key }) => key === cluster),
    );
    if (unknown !== undefined)
      throw ReplyError.detail(422, [
        {
          type: 'value_error',
          loc: ['body', 'endpoints'],
          msg: `this server has no cluster ${unknown.cluster}; it has ${clusters.map(({ key }) => key).join(', ')}`,
        },
      ]);
    const { actor, id } = identityOf(request);
    try {
      return toWire(await settings.change(body, { actor, keyId: id }), clusters);
    } catch (error) {
      if (error instanceof PhraseRefusal)
        throw ReplyError.refusal(403, 'typed_confirmation_missing', error.message);
      throw error;
    }
  });
}

/** Every configured cluster, whether or not anybody ever set it, and those that are set but no longer configured. */
function toWire(settings: Settings, clusters: readonly SettableCluster[]) {
  const keys = new Set([
    ...clusters.map(({ key }) => key),
    ...settings.endpoints.map(({ cluster }) => cluster),
  ]);
  return {
    netbox_to_proxmox_enabled: settings.isEnabled,
    intent_apply_authorization_self_approve_allowed: settings.isSelfApproveAllowed,
    intent_warn_plaintext_password: settings.warnsPlaintextPassword,
    intent_deletion_request_ttl_days: settings.deletionTtlDays,
    endpoints: [...keys].map((key) => {
      const set = settings.endpoints.find(({ cluster }) => cluster === key);
      return {
        cluster: key,
        endpoint_id: clusters.find((cluster) => cluster.key === key)?.endpointIds[0] ?? null,
        allow_writes: set?.allowsWrites ?? false,
        updated_at: set === undefined ? null : set.updatedAtMs / 1000,
        updated_by: set?.updatedBy ?? null,
      };
    }),
    updated_at: settings.updatedAtMs === null ? null : settings.updatedAtMs / 1000,
    updated_by: settings.updatedBy,
  };
}
