import type { ClusterSpec } from '../clusterSpec.ts';
import { local, localZfs } from './parts.ts';

/** A lone machine at the edge, without HA. */
export function edgeSpec(): ClusterSpec {
  return {
    name: 'edge',
    release: '9.1',
    standalone: true,
    nodes: [{ name: 'edge-01', ip: '203.0.113.5', cores: 8, memoryGib: 32, cpuModel: 'Intel(R) N305' }],
    storages: [local, { ...localZfs, totalGib: 460 }],
    guests: [
      { vmid: 100, name: 'router', node: 'edge-01', memoryGib: 2, tags: ['infra'] },
      { vmid: 101, name: 'camera-nvr', node: 'edge-01', cores: 4, memoryGib: 8, diskGib: 200, busyness: 0.5 },
      { vmid: 102, type: 'lxc', name: 'mqtt', node: 'edge-01', memoryGib: 0.5 },
      { vmid: 103, type: 'lxc', name: 'home-dns', node: 'edge-01', memoryGib: 0.5, status: 'stopped' },
    ],
  };
}
