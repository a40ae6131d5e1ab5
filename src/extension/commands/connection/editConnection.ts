import { draftToSetting, settingToDraft } from '../../connections/connectionDraft.ts';
import { runConnectionWizard } from '../../connections/connectionWizard.ts';
import type { Services } from '../../services.ts';
import type { ConnectionSetting } from '../../settings/connectionSettings.ts';
import { pickConnection } from './pickConnection.ts';

/** Changes address, TLS choices and name of a connection; its key stays as stored. */
export async function editConnection(services: Services, argument: unknown): Promise<void> {
  const setting = await pickConnection(services.registry, argument, 'Edit which connection?');
  if (setting === undefined) return;
  const draft = settingToDraft(setting);
  const finished = await runConnectionWizard(
    draft,
    { title: `Edit ${setting.name}`, askKind: false, askSecret: false },
    {
      open: services.openOptions,
      storedSecret: () => services.secrets.read(setting.id),
      noteSecret: (secret) => services.secrets.note(secret),
    },
  );
  if (finished) await services.registry.save(keepRest(setting, draftToSetting(draft, setting.id)));
}

/** The wizard changes the first cluster of a connection; further ones, written by hand, stay. */
function keepRest(before: ConnectionSetting, after: ConnectionSetting): ConnectionSetting {
  const enabled = before.enabled;
  if (before.kind !== 'proxmox' || after.kind !== 'proxmox') return { ...after, enabled };
  const [first] = after.clusters;
  const [known, ...rest] = before.clusters;
  if (first === undefined || known === undefined) return { ...after, enabled };
  // The cluster's key stays: ids, and the token stored under it, hang on it.
  return { ...after, enabled, clusters: [{ ...first, name: known.name }, ...rest] };
}
