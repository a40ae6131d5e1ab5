import * as vscode from 'vscode';
import type { NoticeKind, NoticeSettings } from '../../console/notices/noticeKinds.ts';
import { disarmedLimitMs } from '../settings/disarmedSetting.ts';

const section = 'proxbox.notifications';
const minuteMs = 60_000;

/** The settings as they are at the moment they are asked for; nonsense reads as the default. */
export const noticeSettings: NoticeSettings = {
  isOn: (kind) => vscode.workspace.getConfiguration(section).get<unknown>(kind, true) !== false,
  get stuckAfterMs() {
    return minutes('stuckAfterMinutes', 3) * minuteMs;
  },
  get disarmReminderMs() {
    return disarmedLimitMs();
  },
};

/** Switches a kind off for the user, in every window. */
export async function muteKind(kind: NoticeKind): Promise<void> {
  await vscode.workspace.getConfiguration(section).update(kind, false, vscode.ConfigurationTarget.Global);
}

function minutes(key: string, otherwise: number): number {
  const value = vscode.workspace.getConfiguration(section).get<unknown>(key);
  return typeof value === 'number' && value >= 1 && value <= 10_080 ? value : otherwise;
}
