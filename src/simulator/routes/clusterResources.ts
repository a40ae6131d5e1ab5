import { parameterError } from '../pveError.ts';
import type { ClusterView } from '../world/clusterView.ts';
import { type GuestWorld, type StorageWorld, sidOf } from '../world/model.ts';
import { enumParameter, get, integerParameter, type Route, type RouteContext, reply } from './route.ts';
import { guestUptime, hasStatsOfGuest, hostMemory, nodeStats } from './stats.ts';

type Row = Record<string, unknown>;

/** `/cluster/resources`: guests, nodes, pools, storages and networks of the whole cluster; `/cluster/nextid`. */
export const clusterResourceRoutes: readonly Route[] = [
  get('/cluster/resources', null, (context) => {
    const { query } = context;
    const type = enumParameter(query, 'type', ['vm', 'storage', 'node', 'sdn']);
    const rows: Row[] = [];
    const guests = visibleGuests(context).map((guest) => guestRow(context.view, guest));
    if (type === null) rows.push(...poolRows(context, guests));
    if (type === null || type === 'vm') rows.push(...guests);
    if (type === null || type === 'node') rows.push(...nodeRows(context));
    if (type === null || type === 'storage') rows.push(...storageRows(context));
    if (type === null || type === 'sdn') rows.push(...networkRows(context));
    return reply(rows);
  }),
  get('/cluster/nextid', null, ({ view, query }) => {
    if (query.has('vmid')) {
      const vmid = integerParameter(query, 'vmid', 100, 100);
      if (view.cluster.guests.has(vmid)) throw parameterError({ vmid: `VM ${vmid} already exists` });
      return reply(String(vmid));
    }
    let next = 100;
    while (view.cluster.guests.has(next)) next += 1;
    return reply(String(next));
  }),
];

function visibleGuests(context: RouteContext): GuestWorld[] {
  const { view } = context;
  // A node that is cut off does not know guests that were made meanwhile.
  const all = [...view.cluster.guests.values()].filter(({ vmid }) => view.store.guestNodes.has(vmid));
  if (context.mayUse('/vms', 'VM.Audit')) return all;
  return all.filter((guest) => context.mayUse(`/vms/${guest.vmid}`, 'VM.Audit'));
}

function guestRow(view: ClusterView, guest: GuestWorld): Row {
  const row: Row = {
    id: `${guest.type}/${guest.vmid}`,
    vmid: guest.vmid,
    node: view.nodeOf(guest),
    type: guest.type,
    status: 'unknown',
  };
  if (hasStatsOfGuest(view, guest)) {
    row.status = guest.status;
    row.name = guest.name;
    row.template = guest.template ? 1 : 0;
    row.maxcpu = guest.cores;
    row.cpu = guest.cpu;
    row.maxmem = guest.memoryBytes;
    row.mem = guest.usedMemoryBytes;
    row.maxdisk = guest.diskBytes;
    row.disk = guest.usedDiskBytes;
    row.netin = guest.netInBytes;
    row.netout = guest.netOutBytes;
    row.diskread = guest.diskReadBytes;
    row.diskwrite = guest.diskWriteBytes;
    row.uptime = guestUptime(view, guest);
    if (view.cluster.release.memhost) row.memhost = hostMemory(guest);
  }
  if (guest.pool !== null) row.pool = guest.pool;
  if (guest.lock !== null) row.lock = guest.lock;
  if (guest.tags.length > 0) row.tags = guest.tags.join(';');
  const sid = sidOf(guest);
  const record = view.serviceOf(sid);
  const resource = view.store.resources.get(sid);
  if (record !== undefined) row.hastate = record.state;
  else if (resource !== undefined) row.hastate = resource.state ?? null;
  return row;
}

function nodeRows(context: RouteContext): Row[] {
  const { view } = context;
  return view.nodes.map((node) => {
    const row = nodeStats(view, node, context.mayUse(`/nodes/${node.name}`, 'Sys.Audit'));
    if (row.cpu !== undefined) row['cgroup-mode'] = 2;
    const hastate = view.store.managerStatus?.node_status[node.name];
    if (hastate !== undefined) row.hastate = hastate;
    return row;
  });
}

function poolRows({ view, mayUse }: RouteContext, guests: readonly Row[]): Row[] {
  return [...view.cluster.pools.keys()]
    .filter((pool) => mayUse(`/pool/${pool}`, 'Pool.Audit'))
    .map((pool) => {
      const row: Row = { id: `/pool/${pool}`, pool, type: 'pool' };
      const running = guests.filter((guest) => guest.pool === pool && Number(guest.uptime ?? 0) > 0);
      if (running.length === 0) return row;
      const sum = (key: string): number =>
        running.reduce((total, guest) => total + Number(guest[key] ?? 0), 0);
      const maxcpu = sum('maxcpu');
      row.uptime = Math.max(...running.map((guest) => Number(guest.uptime)));
      row.mem = sum('mem');
      row.maxmem = sum('maxmem');
      row.maxcpu = maxcpu;
      row.cpu =
        running.reduce((total, guest) => total + Number(guest.cpu ?? 0) * Number(guest.maxcpu ?? 0), 0) /
        maxcpu;
      return row;
    });
}

function storageRows({ view, mayUse }: RouteContext): Row[] {
  const rows: Row[] = [];
  for (const storage of view.cluster.storages) {
    if (!mayUse(`/storage/${storage.storage}`, 'Datastore.Audit')) continue;
    for (const node of view.nodes) {
      const row: Row = {
        id: `storage/${node.name}/${storage.storage}`,
        storage: storage.storage,
        node: node.name,
        type: 'storage',
        status: 'unknown',
        plugintype: storage.type,
        content: storage.content,
        shared: storage.shared ? 1 : 0,
      };
      if (view.hasStatsOf(node)) {
        row.status = 'available';
        row.maxdisk = storage.totalBytes;
        row.disk = usedBytes(storage, node.name);
      }
      rows.push(row);
    }
  }
  return rows;
}

/** Used part of a storage as one node sees it. */
export function usedBytes(storage: StorageWorld, node: string): number {
  return storage.usedBytes.get(storage.shared ? '' : node) ?? 0;
}

function networkRows({ view, mayUse }: RouteContext): Row[] {
  if (!mayUse('/sdn/zones/localnetwork', 'SDN.Audit')) return [];
  return view.nodes.map((node) => {
    const status = view.isOnline(node) ? 'ok' : 'unknown';
    return view.cluster.release.networkRows
      ? {
          id: `network/${node.name}/zone/localnetwork`,
          type: 'network',
          'network-type': 'zone',
          network: 'localnetwork',
          node: node.name,
          status,
        }
      : { id: `sdn/${node.name}/localnetwork`, type: 'sdn', sdn: 'localnetwork', node: node.name, status };
  });
}
