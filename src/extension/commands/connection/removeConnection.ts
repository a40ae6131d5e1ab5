import { askModal } from '../../messages.ts';
import type { Services } from '../../services.ts';
import { pickConnection } from './pickConnection.ts';

/** Removes a connection and its stored key after asking once. */
export async function removeConnection(services: Services, argument: unknown): Promise<void> {
  const setting = await pickConnection(services.registry, argument, 'Remove which connection?');
  if (setting === undefined) return;
  const remove = 'Remove Connection';
  const answer = await askModal(
    `Remove the connection ${setting.name}?`,
    'Its key is deleted from the secret storage. Nothing changes in Proxmox.',
    remove,
  );
  if (answer === remove) await services.registry.remove(setting.id);
}
