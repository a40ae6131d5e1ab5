import { draftToSecret, draftToSetting, emptyDraft } from '../../connections/connectionDraft.ts';
import { runConnectionWizard } from '../../connections/connectionWizard.ts';
import type { Services } from '../../services.ts';
import { freeConnectionId } from '../../settings/connectionSettings.ts';

/** Asks for a new connection, tries it, and saves it. The secret is stored before the setting that uses it. */
export async function addConnection(services: Services): Promise<void> {
  const draft = emptyDraft();
  const finished = await runConnectionWizard(
    draft,
    { title: 'Add Connection', askKind: true, askSecret: true },
    {
      open: services.openOptions,
      storedSecret: async () => ({ state: 'absent' }),
      noteSecret: (secret) => services.secrets.note(secret),
    },
  );
  if (!finished) return;
  const id = freeConnectionId(draft.name, new Set(services.registry.settings.map((setting) => setting.id)));
  const secret = draftToSecret(draft);
  if (secret !== null) await services.secrets.store(id, secret);
  await services.registry.save(draftToSetting(draft, id));
}
