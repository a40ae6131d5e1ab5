import type { ClusterSpec } from './clusterSpec.ts';
import { installFiles } from './defaultWorld/parts.ts';
import type { GuestSpec } from './guestSpec.ts';
import type { HaGroup, HaRule } from './model.ts';
import type { ReleaseName } from './release.ts';

/** How large a generated fleet is; every number is per cluster. */
export interface WorldSize {
  readonly clusterNames: readonly string[];
  readonly nodes: number;
  readonly guests: number;
  /** How many of the guests are HA resources. */
  readonly ha: number;
  /** Releases given to the clusters in turn. */
  readonly releases: readonly ReleaseName[];
}

const roles = ['web', 'db', 'app', 'cache', 'mail', 'dns', 'ci-runner', 'queue', 'search', 'backup'];

/** Clusters of a wanted size, for benches and for trying out large fleets. */
export function sizedClusterSpecs(size: WorldSize): ClusterSpec[] {
  return size.clusterNames.map((name, index) =>
    sizedClusterSpec(name, index, size, size.releases[index % size.releases.length] ?? '9.2'),
  );
}

function sizedClusterSpec(name: string, index: number, size: WorldSize, release: ReleaseName): ClusterSpec {
  const nodes = Array.from({ length: size.nodes }, (_, at) => ({
    name: `${name}-n${String(at + 1).padStart(2, '0')}`,
    ip: `10.${index % 256}.${Math.floor(at / 250)}.${(at % 250) + 1}`,
    cores: 64,
    memoryGib: 512,
  }));
  const guests = Array.from({ length: size.guests }, (_, at): GuestSpec => {
    const isContainer = at % 4 === 3;
    return {
      vmid: 100 + at,
      type: isContainer ? 'lxc' : 'qemu',
      name: `${roles[at % roles.length]}-${String(Math.floor(at / roles.length) + 1).padStart(3, '0')}`,
      node: nodes[at % nodes.length]?.name ?? '',
      cores: 1 + (at % 4),
      memoryGib: 1 + (at % 8),
      tags: [roles[at % roles.length] ?? 'misc'],
      storage: 'ceph-vm',
      busyness: 0.1 + 0.05 * (at % 7),
      ...(at % 17 === 16 && at >= size.ha ? { status: 'stopped' } : {}),
      ...(at % 97 === 96 && at >= size.ha ? { template: true } : {}),
      ...(at < size.ha ? { ha: { state: 'started' as const } } : {}),
    };
  });
  const isStandalone = size.nodes === 1;
  const groups: HaGroup[] = [];
  const rules: HaRule[] = [];
  if (size.ha >= 2 && size.nodes >= 3) {
    const preferred = new Map(nodes.slice(0, 3).map((node, at) => [node.name, 3 - at]));
    if (release.startsWith('8')) groups.push({ group: 'preferred', nodes: preferred });
    else
      rules.push({
        type: 'resource-affinity',
        rule: 'apart',
        resources: ['vm:100', 'vm:101'],
        affinity: 'negative',
      });
  }
  return {
    name,
    release,
    standalone: isStandalone,
    nodes,
    guests,
    groups,
    rules,
    storages: [
      {
        storage: 'local',
        type: 'dir',
        content: 'iso,vztmpl,backup',
        totalGib: 94,
        files: installFiles,
        configuration: { path: '/var/lib/vz' },
      },
      {
        storage: 'ceph-vm',
        type: 'rbd',
        content: 'images,rootdir',
        shared: true,
        totalGib: 40_000,
        configuration: { pool: 'ceph-vm', krbd: 0 },
      },
    ],
  };
}
