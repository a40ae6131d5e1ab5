import { parseDocument, stringify } from 'yaml';
import type { CloudInitPayload } from '../../../contract/intent/guestPayload.ts';

/** Parts of `cicustom` that name a snippet. */
const customPart = /^(user|network|vendor|meta)=/;

/**
 * Proxmox parameters for cloud-init settings (contract, cloud_init field table). There is no password among them:
 * Proxmox would show it to whoever may read the guest.
 */
export function cloudInitParams(settings: CloudInitPayload): Record<string, string> {
  const params: Record<string, string> = {};
  if (settings.user !== undefined) params.ciuser = settings.user;
  // Proxmox wants the keys URL-encoded inside a form that encodes them once more.
  if (settings.ssh_keys !== undefined) params.sshkeys = encodeURIComponent(settings.ssh_keys.join('\n'));
  const userData = userDataText(settings);
  if (userData !== null) params.cicustom = customPart.test(userData) ? userData : `user=${userData}`;
  const ipconfig = ipConfigOf(settings.network);
  if (ipconfig !== null) params.ipconfig0 = ipconfig;
  if (settings.search_domain !== undefined) params.searchdomain = settings.search_domain;
  if (settings.dns_servers !== undefined) params.nameserver = settings.dns_servers.join(' ');
  return params;
}

function ipConfigOf(network: CloudInitPayload['network']): string | null {
  if (network === undefined) return null;
  if (network.ipconfig0 !== undefined) return network.ipconfig0;
  const gateway = network.gw ?? network.gateway;
  if (network.ip === undefined) return gateway === undefined ? null : `gw=${gateway}`;
  const address =
    network.cidr === undefined || network.ip.includes('/') ? network.ip : `${network.ip}/${network.cidr}`;
  return gateway === undefined ? `ip=${address}` : `ip=${address},gw=${gateway}`;
}

function userDataText({ user_data: userData }: CloudInitPayload): string | null {
  if (userData === undefined) return null;
  return typeof userData === 'string' ? userData : stringify(userData);
}

/** What can be told about user data without running it. */
export interface UserDataFindings {
  /** Names a snippet (`user=local:snippets/x.yaml`) rather than holding text. */
  readonly isSnippet: boolean;
  /** `null` when it reads as YAML. */
  readonly yamlError: string | null;
  /** Where a readable password lies, such as `users[0].plain_text_passwd`. */
  readonly plainPasswords: readonly string[];
}

/** Reads user data. `null` when there is none. */
export function inspectUserData(settings: CloudInitPayload): UserDataFindings | null {
  const text = userDataText(settings);
  if (text === null) return null;
  if (customPart.test(text) || /^[A-Za-z0-9][\w.-]*:snippets\/\S+$/.test(text))
    return { isSnippet: true, yamlError: null, plainPasswords: [] };
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined)
    return { isSnippet: false, yamlError: error.code, plainPasswords: plainPasswordLines(text) };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { isSnippet: false, yamlError: 'TOO_MANY_ALIASES', plainPasswords: [] };
  }
  return { isSnippet: false, yamlError: null, plainPasswords: passwordPaths(value, '') };
}

const passwordKeys = new Set(['password', 'plain_text_passwd', 'plain_text_password']);

function passwordPaths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => passwordPaths(inner, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const isPlain = passwordKeys.has(key.toLowerCase()) && typeof inner !== 'object' && inner !== null;
    return isPlain ? [at] : passwordPaths(inner, at);
  });
}

/** Text that does not parse may hold a password all the same. */
function plainPasswordLines(text: string): string[] {
  return /^\s*(-\s*)?(password|plain_text_passwd)\s*:\s*\S/im.test(text) ? ['password'] : [];
}
