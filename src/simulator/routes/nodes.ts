import type { ClusterView } from '../world/clusterView.ts';
import type { NodeWorld } from '../world/model.ts';
import { get, pathNode, type Route, reply } from './route.ts';
import { nodeStats, nodeUptime } from './stats.ts';

/** `/nodes`, `/nodes/{node}/status`, `/nodes/{node}/time`, `/storage`, `/cluster/options`. */
export const nodeRoutes: readonly Route[] = [
  get('/nodes', null, ({ view, random, mayUse }) =>
    reply(
      random.shuffle(
        view.nodes.map((node) => ({
          ...nodeStats(view, node, mayUse(`/nodes/${node.name}`, 'Sys.Audit')),
          ssl_fingerprint: node.fingerprint,
        })),
      ),
    ),
  ),
  get('/nodes/{node}', null, () =>
    reply(
      ['lxc', 'qemu', 'rrddata', 'status', 'storage', 'tasks', 'time', 'version'].map((name) => ({ name })),
    ),
  ),
  get('/nodes/{node}/version', null, ({ view }) => {
    const { version, name, repoid } = view.cluster.release;
    return reply({ version, release: name, repoid });
  }),
  get('/nodes/{node}/time', ['/nodes/{node}', 'Sys.Audit'], ({ view }) => {
    const time = Math.floor(view.nowMs / 1000);
    return reply({ timezone: 'Etc/UTC', time, localtime: time });
  }),
  get('/nodes/{node}/status', ['/nodes/{node}', 'Sys.Audit'], (context) =>
    reply(nodeStatus(context.view, pathNode(context))),
  ),
  get('/storage', null, ({ view, mayUse }) =>
    reply(
      view.cluster.storages
        .filter((storage) => mayUse(`/storage/${storage.storage}`, 'Datastore.Audit'))
        .map((storage) => ({
          storage: storage.storage,
          type: storage.type,
          content: storage.content,
          digest: '6d0c7b1f2e3a4958c7b6a5f4e3d2c1b0a9f8e7d6',
          ...(storage.shared ? { shared: 1 } : {}),
          ...storage.configuration,
        })),
    ),
  ),
  get('/cluster/options', null, ({ view, mayUse }) => {
    const { cluster } = view;
    const options: Record<string, unknown> = { keyboard: 'de', 'allowed-tags': [...tagsOf(view)] };
    if (!mayUse('/', 'Sys.Audit')) return reply(options);
    options.mac_prefix = 'BC:24:11';
    options.migration = { type: 'secure' };
    options.ha = { shutdown_policy: 'conditional' };
    if (cluster.scheduler !== 'basic') options.crs = { ha: cluster.scheduler };
    return reply(options);
  }),
];

function tagsOf(view: ClusterView): string[] {
  const tags = new Set<string>();
  for (const guest of view.cluster.guests.values()) for (const tag of guest.tags) tags.add(tag);
  return [...tags].sort();
}

function nodeStatus(view: ClusterView, node: NodeWorld): Record<string, unknown> {
  const { release } = view.cluster;
  const load = node.cpu * node.cores;
  const freeRoot = node.rootBytes - node.usedRootBytes;
  const freeMemory = node.memoryBytes - node.usedMemoryBytes;
  return {
    cpu: node.cpu,
    wait: node.cpu * 0.02,
    idle: 0,
    uptime: nodeUptime(view, node),
    loadavg: [load * 1.04, load, load * 0.96].map((value) => value.toFixed(2)),
    pveversion: `pve-manager/${release.version}/${release.repoid}`,
    kversion: `Linux ${release.kernel} #1 SMP PREEMPT_DYNAMIC PMX ${release.kernel.replace('-pve', '')}`,
    'current-kernel': {
      sysname: 'Linux',
      release: release.kernel,
      version: `#1 SMP PREEMPT_DYNAMIC PMX ${release.kernel.replace('-pve', '')}`,
      machine: 'x86_64',
    },
    'boot-info': { mode: 'efi', secureboot: 0 },
    cpuinfo: {
      model: node.cpuModel,
      cores: node.cores / 2,
      cpus: node.cores,
      sockets: 1,
      mhz: '2994.374',
      user_hz: 100,
      hvm: '1',
      flags:
        'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush mmx fxsr sse sse2 ht svm',
    },
    memory: {
      total: node.memoryBytes,
      used: node.usedMemoryBytes,
      free: Math.floor(freeMemory * 0.8),
      ...(release.memhost ? { available: freeMemory } : {}),
    },
    swap: { total: 8_589_930_496, used: 0, free: 8_589_930_496 },
    rootfs: {
      total: node.rootBytes,
      used: node.usedRootBytes,
      avail: Math.floor(freeRoot * 0.95),
      free: freeRoot,
    },
    ksm: { shared: 0 },
  };
}
