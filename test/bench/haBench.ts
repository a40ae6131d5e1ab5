import { ClusterSim } from '../../src/ha/sim/clusterSim.ts';
import { readScenario } from '../../src/ha/sim/scenario.ts';
import type { Figure } from './index.ts';

const nodes = 5;
const services = 50;
/** A run of the simulator ends after so many virtual seconds, so a day is several of them. */
const runS = 10_000;
const dayS = 24 * 3600;

/** A day of a five-node cluster on the virtual clock, with a node lost now and then. */
export async function measureHaEngine(): Promise<Figure[]> {
  const names = Array.from({ length: nodes }, (_, index) => `node${index + 1}`);
  const scenario = readScenario({
    hardware_status: Object.fromEntries(names.map((name) => [name, { power: 'off', network: 'off' }])),
    manager_status: {},
    service_config: Object.fromEntries(
      Array.from({ length: services }, (_, index) => [
        `vm:${100 + index}`,
        { node: names[index % nodes], state: 'started' },
      ]),
    ),
    cmdlist: [
      names.map((name) => `power ${name} on`),
      ...Array.from({ length: 90 }, (_, index) => [
        index % 2 === 0
          ? `network ${names[(index / 2) % nodes]} off`
          : `power ${names[((index - 1) / 2) % nodes]} on`,
      ]),
    ],
  });
  const start = performance.now();
  let seconds = 0;
  while (seconds < dayS) {
    const sim = new ClusterSim(scenario);
    sim.run();
    if (sim.nowS < runS / 2) throw new Error(`the run ended after ${sim.nowS} s`);
    seconds += sim.nowS;
  }
  return [
    {
      name: `24 hours of ${nodes} nodes with ${services} HA services, simulated`,
      value: (performance.now() - start) / 1000,
      unit: 's',
      goal: 5,
    },
  ];
}
