import { isQuiet, type Scenario, type Stage, seconds, until, type Wait } from './scenario.ts';

/** Every node that can be emptied is drained, rebooted and taken back, one after the other. */
export const rollingReboot: Scenario = {
  id: 'rolling-reboot',
  title: 'A Rolling Reboot',
  description:
    'One node after the other is put into maintenance, rebooted when its HA guests have left, and taken back.',
  fits: (cluster) => cluster.nodes.size >= 3 && cluster.store.managerStatus !== null,
  *play(stage) {
    for (const node of [...stage.cluster.nodes.keys()]) yield* rebootOne(stage, node);
    stage.say('Every node that could be emptied was rebooted.');
  },
};

function* rebootOne({ cluster, say, do: act }: Stage, node: string): Generator<Wait, void, void> {
  const servicesLeft = (): number =>
    Object.values(cluster.store.managerStatus?.service_status ?? {}).filter(
      (record) => record.node === node && !['stopped', 'error'].includes(record.state),
    ).length;
  yield until(() => isQuiet(cluster), 300);
  try {
    say(`${node} is put into maintenance; its HA guests leave.`);
    act((behaviour, nowMs) => behaviour.setNodeMaintenance(node, true, nowMs));
    yield until(() => cluster.store.managerStatus?.node_status[node] === 'maintenance', 60);
    yield until(() => servicesLeft() === 0, 180);
    const left = servicesLeft();
    if (left > 0) {
      // Its local manager would wait for them for ever, and the reboot with it.
      say(`${node} is left out: ${left} HA ${left === 1 ? 'guest has' : 'guests have'} nowhere to go.`);
      return;
    }
    say(`${node} is empty and reboots.`);
    const isUp = (): boolean => cluster.nodes.get(node)?.power === 'on';
    act((behaviour, nowMs) => behaviour.shutDownNode(node, 'reboot', nowMs));
    yield until(() => !isUp(), 180);
    yield until(isUp, 180);
    yield seconds(15);
  } finally {
    say(`${node} is taken back.`);
    act((behaviour, nowMs) => behaviour.setNodeMaintenance(node, false, nowMs));
  }
}
