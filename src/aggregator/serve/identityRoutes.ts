import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import { identityRoutes } from '../../contract/intent/identity.ts';
import { actorSchema } from '../../contract/intent/permissions.ts';
import type { FirstKeyOffer } from '../identity/firstKeyOffer.ts';
import { isUsable, type KeyChanger, KeyRefusal, type StoredKey } from '../identity/keyRepository.ts';
import type { KeyRing } from '../identity/keyRing.ts';
import type { Store } from '../store/openStore.ts';
import type { ApiKeyVerifier } from './access/apiKeys.ts';
import { ReplyError } from './replyError.ts';
import type { RouteRegistrar } from './routeRegistrar.ts';

export interface IdentityRoutesOptions {
  /** `null` on an aggregator that only reads. */
  readonly store: Store | null;
  readonly ring: KeyRing | null;
  /** Every key there is, those of the configuration included. */
  readonly keys: Pick<ApiKeyVerifier, 'isConfigured'>;
  readonly firstKey: FirstKeyOffer | null;
  readonly clock: Clock;
}

const dayMs = 24 * 3600_000;

/** `GET /me`, and the keys where there is a store for them. */
export function registerIdentityRoutes(registrar: RouteRegistrar, options: IdentityRoutesOptions): void {
  const { store } = options;
  registrar.route(identityRoutes.me, async (_input, request) => {
    const { id, actor, label, permissions } = identityOf(request);
    const settings = store === null ? null : await store.settings.read();
    return {
      actor,
      key_id: id,
      label,
      permissions,
      intent_available: store !== null,
      four_eyes: store !== null,
      self_approval_allowed: settings?.isSelfApproveAllowed ?? null,
      writes_enabled: settings?.isEnabled ?? null,
      writable_clusters: (settings?.endpoints ?? [])
        .filter(({ allowsWrites }) => allowsWrites)
        .map(({ cluster }) => cluster),
    };
  });
  if (store !== null && options.ring !== null) registerKeyRoutes(registrar, store, options.ring, options);
}

function registerKeyRoutes(
  registrar: RouteRegistrar,
  { keys }: Store,
  ring: KeyRing,
  { clock, firstKey, keys: known }: IdentityRoutesOptions,
): void {
  registrar.route(identityRoutes.bootstrapStatus, async () => {
    const hasAny = await keys.hasAny();
    return { needs_bootstrap: !hasAny && !known.isConfigured, has_db_keys: hasAny };
  });

  registrar.route(identityRoutes.registerKey, async ({ body }, _request, reply) => {
    // Keys of the configuration count as well: whoever holds one is who makes others.
    if (known.isConfigured)
      throw ReplyError.detail(409, {
        code: 'bootstrap_consumed',
        message: 'There is a key already; an administrator makes others.',
      });
    // Any program on this machine could be first to ask; who runs the aggregator is told by what they can read.
    if (firstKey?.matches(body.bootstrap_secret ?? '') !== true)
      throw ReplyError.detail(
        403,
        'The first key is made by who runs the aggregator: aggregator keys bootstrap --config FILE --actor NAME, or send bootstrap_secret from the file that it named when it started.',
      );
    const label = body.label ?? null;
    const named = actorSchema.safeParse(label);
    const actor = body.actor ?? (named.success ? named.data : 'first key');
    await refusing(() =>
      keys.bootstrap(
        body.api_key,
        { actor, label, permissions: ['view', 'admin'], expiresAtMs: null },
        { actor, keyId: null },
      ),
    );
    await ring.refresh();
    firstKey.dispose();
    reply.code(201);
    return { detail: 'API key registered.' };
  });

  registrar.route(identityRoutes.keys, async () => ({
    keys: (await keys.list()).map((key) => toRow(key, clock.now())),
  }));

  registrar.route(identityRoutes.createKey, async ({ body }, request, reply) => {
    const { actor, permissions, label, expires_in_days: days } = body;
    const { key, stored } = await refusing(() =>
      keys.create(
        {
          actor,
          permissions,
          label: label ?? null,
          expiresAtMs: days === undefined ? null : clock.now() + days * dayMs,
        },
        changerOf(request),
      ),
    );
    await ring.refresh();
    reply.code(201);
    return { ...toRow(stored, clock.now()), raw_key: key };
  });

  registrar.route(identityRoutes.rotateKey, async ({ params }, request) => {
    const { key, stored } = await refusing(() => keys.rotate(params.id, changerOf(request)));
    await ring.refresh();
    return { ...toRow(stored, clock.now()), raw_key: key };
  });

  registrar.route(identityRoutes.revokeKey, async ({ params }, request, reply) => {
    await refusing(() => keys.revoke(params.id, changerOf(request), true));
    await ring.refresh();
    await reply.code(204).send();
  });
}

/** Who a request comes from; every route that is not keyless has passed the check. */
export function identityOf(request: FastifyRequest): NonNullable<FastifyRequest['identity']> {
  if (request.identity === null) throw ReplyError.detail(401, 'API key required in header X-Proxbox-API-Key');
  return request.identity;
}

function changerOf(request: FastifyRequest): KeyChanger {
  const { actor, id } = identityOf(request);
  return { actor, keyId: id };
}

/** Refusals in the published form: a code with its message (contract, authentication routes). */
async function refusing<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof KeyRefusal)) throw error;
    throw ReplyError.detail(error.code === 'unknown_key' ? 404 : 409, {
      code: error.code,
      message: error.message,
    });
  }
}

function toRow(key: StoredKey, nowMs: number) {
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
  return {
    id: key.id,
    label: key.label,
    actor: key.actor,
    permissions: key.permissions,
    is_active: isUsable(key, nowMs),
    created_at: seconds(key.createdAtMs),
    created_by: key.createdBy,
    rotated_at: seconds(key.rotatedAtMs),
    rotated_by: key.rotatedBy,
    last_used_at: seconds(key.lastUsedAtMs),
    expires_at: seconds(key.expiresAtMs),
    revoked_at: seconds(key.revokedAtMs),
  };
}
