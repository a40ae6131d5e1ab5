import * as vscode from 'vscode';

export const disarmedSetting = 'proxbox.disarmedMinutes';

const defaultMinutes = 30;

/** How long HA may be disarmed before that is a problem and is told again, milliseconds; nonsense reads as the default. */
export function disarmedLimitMs(): number {
  const minutes = vscode.workspace.getConfiguration().get<unknown>(disarmedSetting);
  const isSane = typeof minutes === 'number' && minutes >= 1 && minutes <= 10_080;
  return (isSane ? minutes : defaultMinutes) * 60_000;
}
