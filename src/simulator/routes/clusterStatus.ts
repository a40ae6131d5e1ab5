import { PveError } from '../pveError.ts';
import type { ClusterView } from '../world/clusterView.ts';
import { qdeviceVotes } from '../world/quorum.ts';
import { get, type Route, reply } from './route.ts';

const audit = ['/', 'Sys.Audit'] as const;

/** `/version`, `/cluster/status` and `/cluster/config/…`. */
export const clusterStatusRoutes: readonly Route[] = [
  get('/version', null, ({ view }) => {
    const { version, name, repoid } = view.cluster.release;
    return reply({ version, release: name, repoid });
  }),
  get('/cluster/status', audit, ({ view, random }) => reply(random.shuffle(statusRows(view)))),
  get('/cluster/config/nodes', audit, ({ view, random }) => {
    if (view.cluster.standalone) return reply([]);
    return reply(random.shuffle(view.nodes.map((node) => corosyncNode(node))));
  }),
  get('/cluster/config/qdevice', audit, ({ view }) => reply(qdevice(view))),
  get('/cluster/config/totem', audit, ({ view }) => reply(view.cluster.standalone ? {} : totem(view))),
  get('/cluster/config/join', audit, ({ view, query }) => {
    if (view.cluster.standalone)
      throw new PveError(424, 'node is not in a cluster, no join info available!\n');
    return reply({
      config_digest: '2f6d4a1e0c9b8a7768594a3b2c1d0e0f11223344',
      preferred_node: query.get('node') ?? view.node.name,
      totem: totem(view),
      nodelist: view.nodes.map((node) => ({
        ...corosyncNode(node),
        pve_addr: node.ip,
        pve_fp: node.fingerprint,
      })),
    });
  }),
];

function statusRows(view: ClusterView): Record<string, unknown>[] {
  const { cluster } = view;
  const rows: Record<string, unknown>[] = view.nodes.map((node) => ({
    type: 'node',
    id: `node/${node.name}`,
    name: node.name,
    nodeid: node.nodeId,
    ip: node.ip,
    local: node === view.node ? 1 : 0,
    online: view.isOnline(node) ? 1 : 0,
    level: '',
  }));
  if (!cluster.standalone) {
    rows.unshift({
      type: 'cluster',
      id: 'cluster',
      name: cluster.name,
      nodes: cluster.nodes.size,
      version: cluster.configVersion,
      quorate: view.quorate ? 1 : 0,
    });
  }
  return rows;
}

/** A section of the corosync configuration: every value is text. */
function corosyncNode(node: {
  name: string;
  nodeId: number;
  votes: number;
  ip: string;
}): Record<string, string> {
  return {
    node: node.name,
    name: node.name,
    nodeid: String(node.nodeId),
    quorum_votes: String(node.votes),
    ring0_addr: node.ip,
  };
}

function totem(view: ClusterView): Record<string, unknown> {
  return {
    cluster_name: view.cluster.name,
    config_version: String(view.cluster.configVersion),
    interface: { 0: { linknumber: '0' } },
    ip_version: 'ipv4-6',
    link_mode: 'passive',
    secauth: 'on',
    version: '2',
  };
}

function qdevice(view: ClusterView): Record<string, string> {
  const { cluster } = view;
  if (cluster.qdevice === 'none') return {};
  const isConnected = cluster.qdevice === 'connected' && view.node.member;
  const stamp = new Date(Math.floor(view.nowMs / 10_000) * 10_000).toISOString().slice(0, 19);
  return {
    Model: 'Net',
    Algorithm: qdeviceVotes(cluster.nodes.size) === 1 ? 'Fifty-Fifty split' : 'LMS',
    State: isConnected ? 'Connected' : 'Connect failed',
    'QNetd host': '192.0.2.90:5403',
    'Tie-breaker': 'Node with lowest node ID',
    ...(isConnected ? { 'Last poll call': `${stamp} (cast vote)`, 'Echo reply': 'ACK' } : {}),
  };
}
