import { tokenIdFault } from '../../connections/connectionDraft.ts';
import { askLine } from '../../messages.ts';
import type { Services } from '../../services.ts';
import type { ProxmoxSetting } from '../../settings/connectionSettings.ts';
import { pickConnection } from './pickConnection.ts';

/** Asks for a new key or token and stores it; the connection comes back by itself with it. */
export async function updateKey(services: Services, argument: unknown): Promise<void> {
  const setting = await pickConnection(
    services.registry,
    argument,
    'Update the key of which connection?',
    (candidate) => candidate.kind !== 'demo',
  );
  if (setting === undefined) return;
  if (setting.kind === 'aggregator') {
    const apiKey = await askSecret(`New key for ${setting.name}`);
    if (apiKey !== undefined) await services.secrets.store(setting.id, { kind: 'aggregator', apiKey });
  }
  if (setting.kind === 'proxmox') await updateTokens(services, setting);
}

async function updateTokens(services: Services, setting: ProxmoxSetting): Promise<void> {
  const reading = await services.secrets.read(setting.id);
  const known = reading.state === 'found' && reading.secret.kind === 'proxmox' ? reading.secret.tokens : {};
  const tokens: Record<string, string> = { ...known };
  for (const cluster of setting.clusters) {
    const tokenId = await askLine({
      title: `Token for ${cluster.name}`,
      prompt: 'Token id',
      placeHolder: 'ops@pve!console',
      value: known[cluster.name]?.split('=')[0] ?? '',
      validateInput: (text) => (text === '' ? null : tokenIdFault(text.trim())),
    });
    if (tokenId === undefined || tokenId.trim() === '') return;
    const secret = await askSecret(`Secret of ${tokenId.trim()}`);
    if (secret === undefined) return;
    tokens[cluster.name] = `${tokenId.trim()}=${secret}`;
  }
  await services.secrets.store(setting.id, { kind: 'proxmox', tokens });
}

async function askSecret(title: string): Promise<string | undefined> {
  const text = await askLine({
    title,
    prompt: 'It is kept in the secret storage.',
    password: true,
  });
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}
