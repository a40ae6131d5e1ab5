import type { Services } from '../../services.ts';
import { nodePath, pickDemoNode } from './pickDemoNode.ts';
import { commandSimulator } from './simulatorAdmin.ts';

/** Cuts the power of a simulated node, or gives it back, so that an operator can watch what the console shows. */
export async function powerNode(services: Services, argument: unknown, on: boolean): Promise<void> {
  const question = on ? 'Give power back to which simulated node?' : 'Pull the plug of which simulated node?';
  const node = await pickDemoNode(services, argument, question, ({ online }) => (online === false) === on);
  if (node !== undefined)
    await commandSimulator(services, node.connectionId, nodePath(node, 'power'), { on });
}
