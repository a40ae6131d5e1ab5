import { matchRoute } from '../../../src/simulator/routes/routeTable.ts';
import { defaultClusterSpecs } from '../../../src/simulator/world/defaultWorld.ts';
import { createRandom } from '../../../src/simulator/world/random.ts';
import { World } from '../../../src/simulator/world/world.ts';
import { FakeClock } from '../../support/fakeClock.ts';

export type Row = Record<string, unknown>;

/** A calm default world on a clock that tests move, asked without sockets. */
export class WorldProbe {
  readonly clock = new FakeClock();
  readonly world = new World({
    specs: defaultClusterSpecs(false),
    clock: this.clock,
    seed: 1,
    speed: 1,
    calm: true,
  });

  /** Data of a GET as one node answers it. */
  get(cluster: string, node: string, path: string): unknown {
    const url = new URL(path, 'http://node');
    const match = matchRoute('GET', url.pathname);
    if (match === null) throw new Error(`no route for ${path}`);
    const view = this.world.view(cluster, node);
    const target = match.parameters.node;
    return match.route.handle({
      view: target === undefined ? view : this.world.view(cluster, target),
      parameters: match.parameters,
      query: url.searchParams,
      random: createRandom(1),
      user: 'root@pam',
      mayUse: () => true,
    }).data;
  }

  rows(cluster: string, node: string, path: string): Row[] {
    return this.get(cluster, node, path) as Row[];
  }

  /** One row of the HA status by its id. */
  haRow(cluster: string, node: string, id: string): Row {
    return this.rows(cluster, node, '/cluster/ha/status/current').find((row) => row.id === id) ?? {};
  }

  /** One row of the cluster resources by its id. */
  resource(cluster: string, node: string, id: string): Row {
    return this.rows(cluster, node, '/cluster/resources').find((row) => row.id === id) ?? {};
  }

  nodeStatus(cluster: string): Record<string, string> {
    return { ...this.world.cluster(cluster).world.store.managerStatus?.node_status };
  }

  async seconds(count: number): Promise<void> {
    await this.clock.advance(count * 1000);
  }

  /** Moves time until the condition holds and tells how many seconds it took. */
  async secondsUntil(limit: number, condition: () => boolean): Promise<number> {
    for (let passed = 0; passed <= limit; passed += 1) {
      if (condition()) return passed;
      await this.seconds(1);
    }
    throw new Error(`nothing happened within ${limit} s`);
  }

  dispose(): void {
    this.world.dispose();
  }
}
