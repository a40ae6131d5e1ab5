import * as vscode from 'vscode';
import * as z from 'zod';
import { plainText } from '../../../base/text.ts';
import { withNotice } from '../../messages.ts';
import type { Services } from '../../services.ts';
import { OperatorError } from '../commandRegistry.ts';
import { askSimulator, commandSimulator, demoConnectionId } from './simulatorAdmin.ts';

const sceneSchema = z.object({
  scenarios: z.array(
    z.object({ id: z.string(), title: z.string(), description: z.string(), clusters: z.array(z.string()) }),
  ),
  playing: z
    .object({
      id: z.string(),
      cluster: z.string(),
      isOver: z.boolean(),
      said: z.array(z.object({ atMs: z.number(), text: z.string() })),
    })
    .nullable(),
});
type Scene = z.infer<typeof sceneSchema>;

const lookEveryMs = 1_000;

/** Plays a scripted situation on a simulated cluster, and tells in a notification what happens. */
export async function runScenario(services: Services): Promise<void> {
  const connectionId = demoConnectionId(services);
  const read = async (): Promise<Scene> => {
    const parsed = sceneSchema.safeParse(await askSimulator(services, connectionId, '/scenario'));
    if (!parsed.success) throw new OperatorError('Demo: the simulator said something unexpected.');
    return parsed.data;
  };
  const { scenarios, playing } = await read();
  if (playing?.isOver === false) {
    await watch(services, connectionId, playing, read);
    return;
  }
  const chosen = await vscode.window.showQuickPick(
    scenarios
      .filter(({ clusters }) => clusters.length > 0)
      .map((scenario) => ({ label: scenario.title, detail: scenario.description, scenario })),
    { title: 'Run Scenario', placeHolder: 'What should happen to a simulated cluster?' },
  );
  if (chosen === undefined) return;
  const { id, clusters } = chosen.scenario;
  const cluster =
    clusters.length === 1
      ? clusters[0]
      : await vscode.window.showQuickPick(clusters, { placeHolder: 'On which simulated cluster?' });
  if (cluster === undefined) return;
  await commandSimulator(services, connectionId, '/scenario', { id, cluster });
  const begun = (await read()).playing;
  if (begun !== null) await watch(services, connectionId, begun, read);
}

/** Shows what is said until the end; cancelling stops the scenario, which puts back what it changed. */
async function watch(
  services: Services,
  connectionId: string,
  first: NonNullable<Scene['playing']>,
  read: () => Promise<Scene>,
): Promise<void> {
  await withNotice(
    `Scenario on ${plainText(first.cluster, 60)}`,
    async (report, cancelled) => {
      for (let scene: Scene['playing'] = first; scene !== null && !scene.isOver; ) {
        report(plainText(scene.said.at(-1)?.text ?? '', 200));
        await untilNextLook(cancelled);
        if (cancelled.isCancellationRequested) {
          await commandSimulator(services, connectionId, '/scenario/stop', {});
          return;
        }
        scene = (await read()).playing;
      }
    },
    { cancellable: true },
  );
}

function untilNextLook(cancelled: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, lookEveryMs);
    const registration = cancelled.onCancellationRequested(done);
    function done(): void {
      clearTimeout(timer);
      registration.dispose();
      resolve();
    }
  });
}
