import type { HaRule } from '../../../src/contract/model/placement.ts';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { byCodeUnit } from '../../../src/ha/haRecords.ts';
import { runScenario } from '../../../src/ha/sim/clusterSim.ts';
import { readScenario } from '../../../src/ha/sim/scenario.ts';
import { buildCluster, buildNode } from '../../support/fleetBuilders.ts';
import { pictureWith, rule, service } from './pictureBuilders.ts';

/** A small cluster with rules, the same for a seed in every run, as a scenario for the engine and as a picture. */
export interface RandomCluster {
  readonly nodes: readonly string[];
  readonly sids: readonly string[];
  /** Where each service is before HA does anything. */
  readonly homes: ReadonlyMap<string, string>;
  /** Where the engine has each service after these commands. */
  play(commands: readonly (readonly string[])[]): Map<string, string | null>;
  /** The picture with services at their places. */
  picture(places: ReadonlyMap<string, string | null>): ClusterPicture;
  /** A whole number below the limit. */
  pick(limit: number): number;
}

/** @param priorities whether node rules prefer some of their nodes. */
export function randomCluster(seed: number, { priorities = false } = {}): RandomCluster {
  let state = seed;
  const random = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  const pick = (limit: number): number => Math.floor(random() * limit);
  const nodes = Array.from({ length: 3 + pick(3) }, (_, index) => `node${index + 1}`);
  const sids = Array.from({ length: 4 + pick(6) }, (_, index) => `vm:${101 + index}`);
  const some = (count: number): string[] =>
    [...sids]
      .sort(() => random() - 0.5)
      .slice(0, count)
      .sort(byCodeUnit);
  const rules: HaRule[] = [];
  if (pick(2) === 0) rules.push(rule('apart', { affinity: 'negative', resources: some(2 + pick(2)) }));
  if (pick(2) === 0) rules.push(rule('near', { affinity: 'positive', resources: some(2) }));
  if (pick(2) === 0)
    rules.push(
      rule('home', {
        kind: 'nodeAffinity',
        nodes: nodes.slice(0, 1 + pick(2)).map((name) => ({ name, priority: priorities ? pick(3) : 0 })),
        resources: some(2),
        strict: pick(2) === 0,
      }),
    );
  const homes = new Map(sids.map((sid) => [sid, nodes[pick(nodes.length)] ?? '']));
  const scenario = {
    hardware_status: Object.fromEntries(nodes.map((name) => [name, { power: 'off', network: 'off' }])),
    manager_status: {},
    service_config: Object.fromEntries([...homes].map(([sid, node]) => [sid, { node, state: 'started' }])),
    rules: rules.map(({ name, kind, affinity, resources, nodes: on, strict }) =>
      kind === 'nodeAffinity'
        ? {
            type: 'node-affinity',
            id: name,
            resources: resources.join(','),
            nodes: on.map(({ name: node, priority }) => `${node}:${priority}`).join(','),
            strict: strict === true ? '1' : '0',
          }
        : { type: 'resource-affinity', id: name, resources: resources.join(','), affinity },
    ),
  };
  return {
    nodes,
    sids,
    homes,
    pick,
    play: (commands) => placesAfter({ ...scenario, cmdlist: commands }),
    picture: (places) =>
      pictureWith({
        cluster: buildCluster('prod', {
          quorum: { votes: nodes.length, neededVotes: Math.floor(nodes.length / 2) + 1 },
        }),
        nodes: nodes.map((name) => buildNode(name, { haState: 'online', votes: 1 })),
        rules,
        resources: sids.map((sid) => service(Number(sid.slice(3)), places.get(sid) ?? '')),
        guests: [],
      }),
  };
}

/** Where the engine has each service at the end of a scenario; `null` while it waits for a node. */
function placesAfter(scenario: object): Map<string, string | null> {
  const places = new Map<string, string | null>();
  for (const { event, sid, to, node } of runScenario(readScenario(scenario))) {
    if (event !== 'service-state') continue;
    if (to === 'recovery') places.set(String(sid), null);
    else if (node !== undefined) places.set(String(sid), String(node));
  }
  return places;
}
