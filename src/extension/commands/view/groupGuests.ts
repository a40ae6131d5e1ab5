import * as vscode from 'vscode';
import {
  type GuestGrouping,
  guestGroupingLabels,
  guestGroupings,
  parseGuestGrouping,
} from '../../../console/guestGrouping.ts';
import type { Services } from '../../services.ts';

const memoryKey = 'proxbox.guestGrouping';

/** Brings back how this window last grouped its guests. */
export function restoreGuestGrouping(services: Services): void {
  show(services, parseGuestGrouping(services.windowState.get<unknown>(memoryKey)));
}

/** Groups the guests of the tree, and remembers it for this window. */
export async function groupGuests(services: Services, grouping: GuestGrouping): Promise<void> {
  show(services, grouping);
  await services.windowState.update(memoryKey, grouping);
}

/** Asks how to group, the current choice marked. */
export async function pickGuestGrouping(services: Services): Promise<void> {
  const current = services.tree.guestGrouping;
  const picked = await vscode.window.showQuickPick(
    guestGroupings.map((grouping) => ({
      grouping,
      label: guestGroupingLabels[grouping],
      ...(grouping === current ? { description: 'current' } : {}),
    })),
    { title: 'Group Guests By', placeHolder: 'How the guests of each cluster are listed' },
  );
  if (picked !== undefined) await groupGuests(services, picked.grouping);
}

function show(services: Services, grouping: GuestGrouping): void {
  services.tree.guestGrouping = grouping;
  // The editor ticks no menu entry of an extension, so each choice has an entry with a tick, shown by this key.
  void vscode.commands.executeCommand('setContext', 'proxbox.guestGrouping', grouping);
}
