import { type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts';
import { access, eventually, setConnections } from './access.ts';

export type Simulated = Awaited<ReturnType<typeof connectSimulator>>;

/** A simulation in this process, and the setting and secret of a connection to it, which are stored. */
export async function connectSimulator(id: string, options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ calm: true, clusters: ['lab'], ...options });
  const { services } = await access();
  const setting = {
    id,
    name: id,
    kind: 'proxmox',
    enabled: true,
    clusters: simulator.clusters.map((cluster) => {
      const url = new URL(cluster.url);
      return {
        name: cluster.name,
        endpoints: [
          { host: url.hostname, port: Number(url.port), verifySsl: true, fingerprint: cluster.fingerprint },
        ],
      };
    }),
  };
  const tokens = Object.fromEntries(simulator.clusters.map(({ name, token }) => [name, token]));
  await services.secrets.store(id, { kind: 'proxmox', tokens });
  return { simulator, setting, tokens };
}

/** Shows one simulation as the only connection and waits until its clusters are read. */
export async function showSimulator(simulated: Simulated): Promise<void> {
  const { services } = await access();
  await setConnections([simulated.setting]);
  for (const { name } of simulated.simulator.clusters) {
    const id = `cluster:${simulated.setting.id}.${name}`;
    await eventually(
      `${id} to be read`,
      // The tree follows the model in batches.
      () =>
        services.model.cluster(id)?.quorum.state === 'quorate' &&
        services.tree.children(null).includes(id) &&
        services.tree.children(id).length > 2
          ? true
          : undefined,
      () => ({
        cluster: services.model.cluster(id)?.quorum.state,
        states: services.model.connections.map(({ connection }) => connection.state),
      }),
    );
  }
}
