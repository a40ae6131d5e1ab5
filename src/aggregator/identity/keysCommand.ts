import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { actorSchema, permissionListSchema, permissions } from '../../contract/intent/permissions.ts';
import type { Store } from '../store/openStore.ts';
import { isUsable, type KeyChanger, KeyRefusal, type StoredKey } from './keyRepository.ts';

/** What is wrong with the arguments of `keys`, for the person who typed them. */
export class KeysUsageError extends Error {}

export const keysUsage = `Usage: aggregator keys list --config FILE
       aggregator keys bootstrap --config FILE --actor NAME [--permissions LIST] [--label TEXT]
       aggregator keys create --config FILE --actor NAME --permissions LIST [--label TEXT] [--expires-in-days N]
       aggregator keys rotate --config FILE --id ID
       aggregator keys revoke --config FILE --id ID [--even-last]

  bootstrap   makes the very first key (default: view,admin); works once
  create      makes another; a key is printed once and stored nowhere
  rotate      gives a key a new secret; the old one is void at once
  revoke      voids a key for good; --even-last voids the last one that manages keys, too

Permissions: ${permissions.join(', ')}
`;

/** Arguments of `keys`, checked. */
export interface KeysCommand {
  readonly config: string;
  run(store: Pick<Store, 'keys'>, nowMs: number): Promise<string>;
}

const dayMs = 24 * 3600_000;

/**
 * Reads what follows `aggregator keys`.
 *
 * @throws KeysUsageError
 */
export function readKeysCommand(args: readonly string[]): KeysCommand | null {
  const { values, positionals } = parse(args);
  const [verb, ...rest] = positionals;
  if (values.help === true) return null;
  if (verb === undefined || rest.length > 0)
    throw new KeysUsageError('expected one of list, bootstrap, create, rotate, revoke');
  if (values.config === undefined) throw new KeysUsageError('--config FILE is required');
  return { config: values.config, run: actionOf(verb, values) };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        actor: { type: 'string' },
        permissions: { type: 'string' },
        label: { type: 'string' },
        'expires-in-days': { type: 'string' },
        id: { type: 'string' },
        'even-last': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new KeysUsageError(error instanceof Error ? error.message : 'unreadable arguments');
  }
}

function actionOf(verb: string, values: Values): KeysCommand['run'] {
  const by: KeyChanger = { actor: `${userInfo().username} on the machine`, keyId: null };
  const id = (): string => {
    if (values.id === undefined) throw new KeysUsageError('--id ID is required; keys list tells ids');
    return values.id;
  };
  switch (verb) {
    case 'list':
      return async ({ keys }, nowMs) => {
        const rows = await keys.list();
        return rows.length === 0
          ? 'There is no key yet. Make the first one with keys bootstrap.\n'
          : rows.map((key) => `${describe(key, nowMs)}\n`).join('');
      };
    case 'bootstrap': {
      const wanted = { ...ownerOf(values), permissions: permissionsOf(values, 'view,admin') };
      return ({ keys }) => told(() => keys.bootstrap(null, { ...wanted, expiresAtMs: null }, by));
    }
    case 'create': {
      const wanted = { ...ownerOf(values), permissions: permissionsOf(values) };
      const days = daysOf(values);
      return ({ keys }, nowMs) =>
        told(() => keys.create({ ...wanted, expiresAtMs: days === null ? null : nowMs + days * dayMs }, by));
    }
    case 'rotate': {
      const which = id();
      return ({ keys }) => told(() => keys.rotate(which, by));
    }
    case 'revoke': {
      const which = id();
      return async ({ keys }, nowMs) => {
        const key = await refusing(() => keys.revoke(which, by, values['even-last'] !== true));
        return `${describe(key, nowMs)}\n`;
      };
    }
    default:
      throw new KeysUsageError(`${verb} is none of list, bootstrap, create, rotate, revoke`);
  }
}

function ownerOf(values: Values): { readonly actor: string; readonly label: string | null } {
  const actor = actorSchema.safeParse(values.actor);
  if (!actor.success)
    throw new KeysUsageError(
      '--actor NAME is required: at most 80 characters, letters a to z, digits, blank and . _ - @ +',
    );
  if ((values.label ?? '').length > 80) throw new KeysUsageError('--label: at most 80 characters');
  return { actor: actor.data, label: values.label ?? null };
}

function permissionsOf(values: Values, otherwise?: string) {
  const text = values.permissions ?? otherwise;
  const list = permissionListSchema.safeParse(text?.split(',').map((part) => part.trim()));
  if (!list.success)
    throw new KeysUsageError(`--permissions: a comma list of ${permissions.join(', ')}, each at most once`);
  return list.data;
}

function daysOf(values: Values): number | null {
  const text = values['expires-in-days'];
  if (text === undefined) return null;
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > 3_650) throw new KeysUsageError('--expires-in-days: a number from 1 to 3650');
  return days;
}

/** The key goes to standard output alone, so that it can be piped to where it is kept. */
async function told(make: () => Promise<{ readonly key: string }>): Promise<string> {
  return `${(await refusing(make)).key}\n`;
}

async function refusing<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof KeyRefusal) throw new KeysUsageError(error.message);
    throw error;
  }
}

function describe(key: StoredKey, nowMs: number): string {
  const state = key.revokedAtMs !== null ? 'revoked' : isUsable(key, nowMs) ? 'active' : 'expired';
  const parts = [
    key.id,
    state.padEnd(7),
    key.actor,
    key.permissions.join(','),
    `made ${dateOf(key.createdAtMs)} by ${key.createdBy}`,
  ];
  if (key.label !== null) parts.push(`"${key.label}"`);
  if (key.expiresAtMs !== null) parts.push(`expires ${dateOf(key.expiresAtMs)}`);
  if (key.lastUsedAtMs !== null) parts.push(`last used ${dateOf(key.lastUsedAtMs)}`);
  return parts.join('  ');
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
