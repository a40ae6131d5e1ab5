import * as vscode from 'vscode';
import { plural } from '../../../base/format.ts';
import { plainText } from '../../../base/text.ts';
import { explainFleetError } from '../../../console/errorText.ts';
import { type ProbeResult, probeConnection } from '../../connections/probeConnection.ts';
import { showError, showInfo, withNotice } from '../../messages.ts';
import type { Services } from '../../services.ts';
import type { ConnectionSetting } from '../../settings/connectionSettings.ts';
import { pickConnection } from './pickConnection.ts';

/** Opens the connection a second time, beside the running one, and tells what was reached and what was not. */
export async function testConnection(services: Services, argument: unknown): Promise<void> {
  const setting = await pickConnection(services.registry, argument, 'Test which connection?');
  if (setting === undefined) return;
  const result = await withNotice(
    `Testing ${setting.name}…`,
    (_report, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return probeConnection(setting, { ...services.openOptions, secrets: services.secrets }, abort.signal);
    },
    { cancellable: true },
  );
  await tell(setting, result);
}

async function tell(setting: ConnectionSetting, result: ProbeResult): Promise<void> {
  const lines = resultLines(setting, result);
  const failed = result.state !== 'reached' || result.clusters.some((cluster) => cluster.error !== null);
  const edit = 'Edit Connection';
  const choice = failed
    ? await showError(lines.join(' '), edit, 'Open Log')
    : await showInfo(lines.join(' '));
  if (choice === edit) await vscode.commands.executeCommand('proxbox.connection.edit', setting.id);
  else if (choice !== undefined) await vscode.commands.executeCommand('proxbox.view.openLog');
}

function resultLines(setting: ConnectionSetting, result: ProbeResult): string[] {
  if (result.state === 'timedOut') return [`${setting.name}: no answer in time. Check address and port.`];
  const explain = (error: Parameters<typeof explainFleetError>[0], clusterName?: string): string => {
    const { who, what, why, next } = explainFleetError(error, { connectionName: setting.name, clusterName });
    return [`${who}: ${what}`, why, next].filter((part) => part !== null && part !== '').join(' ');
  };
  if (result.state === 'failed') return [explain(result.error)];
  const good = result.clusters
    .filter((cluster) => cluster.error === null)
    .map((cluster) => `${plainText(cluster.name, 60)} (${plural(cluster.nodeCount, 'node')})`);
  const bad = result.clusters.flatMap((cluster) =>
    cluster.error === null ? [] : [explain(cluster.error, cluster.name)],
  );
  return [`${setting.name}: reached${good.length > 0 ? `, found ${good.join(', ')}` : ''}.`, ...bad];
}
