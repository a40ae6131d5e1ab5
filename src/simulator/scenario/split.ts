import { isQuiet, type Scenario, seconds, until } from './scenario.ts';

/** The network between the nodes is cut: a minority without quorum, a majority that goes on. */
export const split: Scenario = {
  id: 'split',
  title: 'The Network Splits',
  description:
    'A minority with the master is cut off: its nodes lose quorum and are reset, the majority takes over after two minutes.',
  fits: (cluster) => cluster.nodes.size >= 3 && !cluster.standalone,
  *play({ cluster, say, do: act }) {
    const master = cluster.store.managerStatus?.master_node ?? '';
    const names = [...cluster.nodes.keys()];
    const minority = [master, ...names.filter((name) => name !== master)]
      .filter((name) => names.includes(name))
      .slice(0, Math.ceil(names.length / 2) - 1);
    try {
      say(`The network of ${minority.join(' and ')} is cut.`);
      for (const node of minority) act((behaviour, nowMs) => behaviour.setNodeIsolated(node, true, nowMs));
      yield until(() => minority.some((node) => cluster.nodes.get(node)?.power === 'booting'), 120);
      say(`Without quorum, nodes that hold HA services reset themselves.`);
      yield until(() => !minority.includes(cluster.store.managerStatus?.master_node ?? ''), 180);
      say(`${cluster.store.managerStatus?.master_node ?? 'Another node'} is master now.`);
      yield seconds(180);
      say(`The network is whole again.`);
    } finally {
      for (const node of minority) act((behaviour, nowMs) => behaviour.setNodeIsolated(node, false, nowMs));
    }
    yield until(() => isQuiet(cluster), 300);
    say('All nodes see each other, and the cluster is at rest.');
  },
};
