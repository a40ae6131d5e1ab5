import * as z from 'zod';
import { scenarioIds } from '../scenario/scenario.ts';
import { scenarios } from '../scenario/scenarios.ts';
import { WorldCommandError } from '../world/behaviour.ts';
import { AdminError, type AdminRoute, nothing, post, route } from './adminRoute.ts';

/** Listing, playing and stopping of scenarios. */
export const scenarioRoutes: readonly AdminRoute[] = [
  route('GET', '/scenario', ({ scenario, world }) => ({
    scenarios: scenarios.map(({ id, title, description, fits }) => ({
      id,
      title,
      description,
      clusters: [...world.clusters.values()]
        .filter((live) => fits(live.world))
        .map((live) => live.world.name),
    })),
    playing: scenario.state,
  })),
  post(
    '/scenario',
    z.strictObject({ id: z.enum(scenarioIds), cluster: z.string().min(1).optional() }),
    async ({ scenario, updateListeners }, _segments, { id, cluster }) => {
      try {
        scenario.start(id, cluster);
      } catch (error) {
        if (error instanceof WorldCommandError) throw new AdminError(409, error.message);
        throw error;
      }
      await updateListeners();
      return { ok: true, playing: scenario.state };
    },
  ),
  post('/scenario/stop', nothing, async ({ scenario, updateListeners }) => {
    scenario.stop();
    await updateListeners();
    return { ok: true, playing: scenario.state };
  }),
];
