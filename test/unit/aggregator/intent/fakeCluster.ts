import type { IntentActor } from '../../../../src/aggregator/intent/intentActor.ts';
import type { IntentCluster } from '../../../../src/aggregator/intent/intentCluster.ts';
import type { IntentSettings } from '../../../../src/aggregator/intent/intentSettings.ts';
import type { Clock } from '../../../../src/base/clock.ts';
import { HttpFailure } from '../../../../src/http/httpFailure.ts';
import { type PveParams, sendDestroy } from '../../../../src/pve/pveClient.ts';

/** One write that reached the cluster. */
export interface SeenWrite {
  readonly method: string;
  readonly path: string;
  readonly params: PveParams;
}

const gib = 1024 ** 3;

/**
 * Answers by path, as a Proxmox with three nodes would. Tests change the answers, hold calls back or let them fail to
 * reach the moment they are about.
 */
export class FakeCluster implements IntentCluster {
  readonly key = 'lab';
  readonly endpointIds = [1];
  readonly answers = new Map<string, unknown>();
  readonly writes: SeenWrite[] = [];
  readonly destroys: string[] = [];
  readonly gets: string[] = [];
  /** Guests that exist and that our token may not see. */
  readonly hidden = new Set<number>();
  /** What the next writes and destroys do; the last one stays. */
  onWrite: (write: SeenWrite) => Promise<unknown> = () => Promise.resolve(null);
  onDestroy: (path: string) => Promise<unknown> = () =>
    Promise.resolve('UPID:pve1:0001:0002:69200000:qmdestroy:105:root@pam:');

  constructor() {
    const node = (name: string, memGib: number) => ({
      type: 'node',
      id: `node/${name}`,
      node: name,
      status: 'online',
      maxmem: 64 * gib,
      mem: memGib * gib,
    });
    const guest = (vmid: number, name: string, at: string, rest: object = {}) => ({
      type: 'qemu',
      id: `qemu/${vmid}`,
      vmid,
      name,
      node: at,
      status: 'stopped',
      template: 0,
      ...rest,
    });
    const storage = (name: string, at: string, shared: 0 | 1, freeGib: number, content: string) => ({
      type: 'storage',
      id: `storage/${at}/${name}`,
      storage: name,
      node: at,
      status: 'available',
      shared,
      disk: 0,
      maxdisk: freeGib * gib,
      content,
    });
    this.set('/cluster/status', [
      { type: 'cluster', name: 'lab', quorate: 1, nodes: 3 },
      { type: 'node', name: 'pve1', online: 1, local: 1 },
      { type: 'node', name: 'pve2', online: 1 },
      { type: 'node', name: 'pve3', online: 0 },
    ]);
    this.set('/cluster/resources', [
      node('pve1', 10),
      node('pve2', 60),
      guest(105, 'db-01', 'pve1'),
      guest(106, 'web-01', 'pve1', { status: 'running' }),
      guest(107, 'locked', 'pve1', { lock: 'backup' }),
      guest(9000, 'debian', 'pve1', { template: 1 }),
      { type: 'lxc', id: 'lxc/201', vmid: 201, name: 'dns', node: 'pve2', status: 'running', template: 0 },
      storage('local-lvm', 'pve1', 0, 100, 'images,rootdir'),
      storage('local-lvm', 'pve2', 0, 100, 'images,rootdir'),
      storage('local', 'pve1', 0, 100, 'iso,vztmpl'),
      storage('ceph', 'pve1', 1, 40, 'images,rootdir'),
      storage('ceph', 'pve2', 1, 40, 'images,rootdir'),
    ]);
    this.set('/cluster/ha/resources', [{ sid: 'vm:105', type: 'vm', state: 'started', group: null }]);
    this.set('/cluster/ha/groups', []);
    this.set('/cluster/ha/rules', [
      { rule: 'keep-db', type: 'node-affinity', resources: 'vm:105', nodes: 'pve1' },
      { rule: 'apart', type: 'resource-affinity', affinity: 'negative', resources: 'vm:105,vm:106' },
    ]);
    this.set('/cluster/ha/status/manager_status', {
      manager_status: { node_status: { pve1: 'online', pve2: 'online', pve3: 'fence' } },
    });
    this.set('/nodes/pve1/storage/local/content?content=iso', [
      { volid: 'local:iso/debian-13.iso', size: 1 },
    ]);
    this.set('/nodes/pve1/storage/local/content?content=vztmpl', [
      { volid: 'local:vztmpl/debian.tar.zst', size: 1 },
    ]);
    this.setConfig('pve1', 'qemu', 105, {
      name: 'db-01',
      cores: 2,
      memory: '2048',
      scsi0: 'local-lvm:vm-105-disk-0,size=32G',
      net0: 'virtio=BC:24:11:00:00:05,bridge=vmbr0,firewall=1',
      tags: 'prod;db',
      vmgenid: 'a-105',
      digest: 'd105',
    });
    this.setConfig('pve1', 'qemu', 106, {
      name: 'web-01',
      cores: 2,
      memory: '2048',
      vmgenid: 'a-106',
      digest: 'd106',
    });
    this.setConfig('pve1', 'qemu', 107, { name: 'locked', cores: 1, lock: 'backup', digest: 'd107' });
    this.setConfig('pve1', 'qemu', 9000, {
      name: 'debian',
      scsi0: 'local-lvm:base-9000-disk-0,size=8G',
      digest: 'd9000',
    });
    this.setConfig('pve2', 'lxc', 201, {
      hostname: 'dns',
      cores: 1,
      memory: 512,
      net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:01,ip=dhcp',
      digest: 'd201',
    });
  }

  set(path: string, answer: unknown): void {
    this.answers.set(path, answer);
  }

  setConfig(node: string, kind: 'qemu' | 'lxc', vmid: number, config: object): void {
    this.set(`/nodes/${node}/${kind}/${vmid}/config`, config);
  }

  /** A node whose clock is ahead of the given one by so many seconds. */
  tellsTime(node: string, clock: Clock, aheadS = 0): void {
    this.set(`/nodes/${node}/time`, {
      get time() {
        return Math.floor(clock.now() / 1000) + aheadS;
      },
    });
  }

  /** Changes rows of `/cluster/resources`. */
  change(vmid: number, fields: object | null): void {
    const rows = this.answers.get('/cluster/resources') as Record<string, unknown>[];
    this.set(
      '/cluster/resources',
      rows.flatMap((row) => (row.vmid !== vmid ? [row] : fields === null ? [] : [{ ...row, ...fields }])),
    );
  }

  readonly api = {
    get: async (path: string): Promise<unknown> => {
      this.gets.push(path);
      const answer = this.answers.get(path) ?? this.#byPrefix(path) ?? this.#number(path);
      if (answer instanceof Error) throw answer;
      if (answer === undefined)
        throw new HttpFailure('httpError', 'pve1:8006', `no answer for ${path}`, { httpStatus: 500 });
      return structuredClone(answer);
    },
    write: async (method: 'POST' | 'PUT', path: string, params: PveParams): Promise<unknown> => {
      const write = { method, path, params };
      this.writes.push(write);
      return this.onWrite(write);
    },
  };

  readonly destroyer = {
    [sendDestroy]: (path: string): Promise<unknown> => {
      this.destroys.push(path);
      return this.onDestroy(path);
    },
  };

  /** Whether a VMID is taken. Unlike the list of resources, Proxmox answers this with every guest in mind. */
  #number(path: string): unknown {
    const vmid = /^\/cluster\/nextid\?vmid=(\d+)$/.exec(path)?.[1];
    if (vmid === undefined) return undefined;
    const rows = this.answers.get('/cluster/resources') as Record<string, unknown>[];
    return rows.some((row) => row.vmid === Number(vmid)) || this.hidden.has(Number(vmid))
      ? new HttpFailure('httpError', 'pve1:8006', `VM ${vmid} already exists`, { httpStatus: 400 })
      : vmid;
  }

  /** Answers set for a path without its query. */
  #byPrefix(path: string): unknown {
    return this.answers.get(path.split('?', 1)[0] ?? path);
  }
}

/** Somebody with the given permissions; everything by default. */
export function actorNamed(actor: string, permissions: readonly string[] | 'all' = 'all'): IntentActor {
  const somebody: IntentActor = {
    actor,
    keyId: `key-${actor}`,
    keyMadeBy: null,
    has: (permission) => permissions === 'all' || permissions.includes(permission),
    renewed: () => Promise.resolve(somebody),
  };
  return somebody;
}

export function settingsWith(changes: Partial<IntentSettings> = {}): IntentSettings {
  return {
    writesEnabled: true,
    selfApprovalAllowed: false,
    warnPlaintextPassword: true,
    deletionTtlDays: 7,
    allowsWrites: () => true,
    ...changes,
  };
}

export function lost(): HttpFailure {
  return new HttpFailure('connectionReset', 'pve1:8006', 'other side closed');
}
