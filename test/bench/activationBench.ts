import { launchWorkbench, type Workbench } from '../e2e/support/workbench.ts';
import type { Figure } from './index.ts';

/** How often the window is loaded; each time starts an extension host of its own. */
const rounds = 5;

const connections = [{ id: 'demo', name: 'Demo', kind: 'demo', enabled: true }];

/** Loading and calling the extension, as the editor itself measures it and lists it among its running extensions. */
async function activationMs(workbench: Workbench): Promise<number> {
  await workbench.runCommand('Developer: Show Running Extensions');
  const row = workbench.page
    .locator('.runtime-extensions-editor .extension')
    .filter({ hasText: 'Proxbox Operator Console' })
    .locator('.activation-time')
    .filter({ hasText: /\d+ms/ });
  const text = (await row.first().textContent({ timeout: 45_000 })) ?? '';
  const found = /(\d+)ms/.exec(text)?.[1];
  if (found === undefined) throw new Error(`The editor tells no activation time but "${text}".`);
  return Number(found);
}

/** Time that the installed extension takes to activate in the real host, with the demo connected. */
export async function measureActivation(): Promise<Figure[]> {
  const workbench = await launchWorkbench({ settings: { 'proxbox.connections': connections } });
  try {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      if (round > 0) await workbench.page.reload();
      await workbench.page.locator('.statusbar-item[id*="proxbox.quorum"]').waitFor({ timeout: 45_000 });
      times.push(await activationMs(workbench));
    }
    times.sort((a, b) => a - b);
    return [
      {
        name: `activation in the editor, median of ${rounds} windows`,
        value: times[Math.floor(rounds / 2)] ?? Number.NaN,
        unit: 'ms',
        goal: 50,
      },
      { name: 'activation in the editor, slowest', value: times.at(-1) ?? Number.NaN, unit: 'ms' },
    ];
  } finally {
    await workbench.close();
  }
}
