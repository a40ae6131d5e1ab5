import { plainText } from '../../../base/text.ts';
import { clusterDisplayName } from '../../../console/clusterNames.ts';
import { writesConfirmation, writesPhrase } from '../../../console/intent/applyConfirmation.ts';
import { intentSentence } from '../../../console/intent/intentErrors.ts';
import { confirmed } from '../../intent/typedConfirmation.ts';
import { askModal, showInfo } from '../../messages.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';
import { pickClusterId } from '../pickRow.ts';

/** Lets a server change one cluster: the master switch with its phrase, and the cluster's own switch. */
export async function turnOnWrites(services: Services, argument: unknown): Promise<void> {
  const chosen = await chooseCluster(services, argument, 'Turn on writes for which cluster?');
  if (chosen === undefined || !(await confirmed(writesConfirmation(chosen.setting.name)))) return;
  await change(chosen, {
    netbox_to_proxmox_enabled: true,
    netbox_to_proxmox_typed_confirmation: writesPhrase,
    endpoints: [{ cluster: chosen.key, allow_writes: true }],
  });
  void showInfo(
    `${plainText(chosen.setting.name, 60)}: writes to ${chosen.name} are on. Deletions still need a second person.`,
  );
}

/** Closes one cluster, or the whole server. Needs no phrase: the safe direction is never made hard. */
export async function turnOffWrites(services: Services, argument: unknown): Promise<void> {
  const chosen = await chooseCluster(services, argument, 'Turn off writes for which cluster?');
  if (chosen === undefined) return;
  const one = `Only ${chosen.name}`;
  const all = 'Every Cluster of This Server';
  const answer = await askModal(
    `Turn off writes of ${plainText(chosen.setting.name, 60)}?`,
    'A run under way stops before its next change.',
    one,
    all,
  );
  if (answer === undefined) return;
  await change(
    chosen,
    answer === all
      ? { netbox_to_proxmox_enabled: false }
      : { endpoints: [{ cluster: chosen.key, allow_writes: false }] },
  );
}

async function chooseCluster(services: Services, argument: unknown, question: string) {
  const { model, registry } = services;
  const id = await pickClusterId(model, argument, question);
  const entry = id === undefined ? undefined : model.clusterEntry(id);
  if (entry === undefined) return undefined;
  const active = registry.active.get(entry.connection.id);
  if (active === undefined)
    throw new OperatorError(`${plainText(entry.connection.name, 60)} is switched off. Switch it on first.`);
  const { intent, setting } = active;
  return { intent, setting, key: entry.record.key, name: plainText(clusterDisplayName(model, entry), 60) };
}

type Chosen = NonNullable<Awaited<ReturnType<typeof chooseCluster>>>;

async function change(
  { intent, setting }: Chosen,
  patch: Parameters<Chosen['intent']['changeSettings']>[0],
): Promise<void> {
  try {
    await intent.changeSettings(patch);
  } catch (error) {
    throw new OperatorError(intentSentence(error, setting.name));
  }
}
