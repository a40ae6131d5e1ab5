import { busyNodes, isQuiet, type Scenario, seconds, until } from './scenario.ts';

/** One node loses power, is fenced and recovered, and comes back. */
export const nodeFailure: Scenario = {
  id: 'node-failure',
  title: 'A Node Fails',
  description:
    'The busiest node that is not master loses power: fenced after a minute, recovered after two, back after six.',
  fits: (cluster) => cluster.nodes.size >= 3 && cluster.store.resources.size > 0,
  *play({ cluster, say, do: act }) {
    const master = cluster.store.managerStatus?.master_node;
    const node = busyNodes(cluster).find((name) => name !== master) ?? [...cluster.nodes.keys()][0] ?? '';
    try {
      say(`${node} loses power.`);
      act((behaviour, nowMs) => behaviour.setNodePower(node, false, nowMs));
      yield until(() => cluster.store.managerStatus?.node_status[node] === 'fence', 120);
      say(`The manager fences ${node}: it waits until the node's lock is free.`);
      yield until(() => cluster.store.managerStatus?.node_status[node] !== 'fence', 120);
      say(`What ${node} ran is recovered on other nodes.`);
      yield seconds(180);
      say(`${node} gets its power back.`);
    } finally {
      act((behaviour, nowMs) => behaviour.setNodePower(node, true, nowMs));
    }
    yield until(() => isQuiet(cluster), 300);
    say(`${node} is back, and what prefers it has returned.`);
  },
};
