import type { ClusterView } from '../world/clusterView.ts';
import { guestOfSid } from '../world/model.ts';
import { isMasterActive, lrmText, masterText, requestStateOf, verboseState } from './haTexts.ts';
import { get, type Route, reply } from './route.ts';

const audit = ['/', 'Sys.Audit'] as const;

/** `/cluster/ha` and `/cluster/ha/status/…`. */
export const haStatusRoutes: readonly Route[] = [
  get('/cluster/ha', audit, ({ view }) =>
    reply([
      { id: 'status' },
      { id: 'resources' },
      { id: 'groups' },
      ...(view.cluster.release.haRules ? [{ id: 'rules' }] : []),
    ]),
  ),
  get('/cluster/ha/status', audit, ({ view }) =>
    reply([
      { name: 'current' },
      { name: 'manager_status' },
      ...(view.cluster.release.fencingRow ? [{ name: 'disarm-ha' }, { name: 'arm-ha' }] : []),
    ]),
  ),
  get('/cluster/ha/status/current', audit, ({ view }) => reply(currentRows(view))),
  get('/cluster/ha/status/manager_status', audit, ({ view }) => reply(managerStatus(view))),
];

type Row = Record<string, unknown>;

/** Rows in the order of the real code: quorum, master, fencing, nodes, known services, services not yet seen. */
function currentRows(view: ClusterView): Row[] {
  const { managerStatus: manager, lrmStatus, resources } = view.store;
  const answering = view.node.name;
  const rows: Row[] = [
    {
      id: 'quorum',
      type: 'quorum',
      node: answering,
      status: view.quorate ? 'OK' : `No quorum on node '${answering}'!`,
      quorate: view.quorate ? 1 : 0,
    },
  ];
  if (manager !== null) {
    rows.push({
      id: 'master',
      type: 'master',
      node: manager.master_node,
      status: masterText(view, manager),
      timestamp: manager.timestamp,
    });
  }
  if (view.cluster.release.fencingRow) rows.push(fencingRow(view));
  for (const node of Object.keys(manager?.node_status ?? {}).sort()) {
    const lrm = lrmStatus.get(node);
    const row: Row = { id: `lrm:${node}`, type: 'lrm', node };
    if (lrm === undefined) row.status = `${node} (unable to read lrm status)`;
    else {
      row.status = lrmText(view, node, lrm);
      row.timestamp = lrm.timestamp;
    }
    rows.push(row);
  }
  const known = Object.keys(manager?.service_status ?? {}).sort();
  for (const sid of known) rows.push(serviceRow(view, sid));
  for (const sid of [...resources.keys()].sort()) {
    if (manager?.service_status[sid] === undefined) rows.push(serviceRow(view, sid));
  }
  return rows;
}

function fencingRow(view: ClusterView): Row {
  const manager = view.store.managerStatus;
  const node = manager?.master_node ?? view.node.name;
  const row: Row = { id: 'fencing', type: 'fencing', node };
  if (manager?.disarm !== undefined) {
    const { state, mode } = manager.disarm;
    row['armed-state'] = state;
    row.resource_mode = mode;
    row.status = `${state}, resource mode: ${mode} (CRM watchdog ${state === 'disarmed' ? 'released' : 'active'})`;
    return row;
  }
  const isArmed = isMasterActive(view, manager);
  row['armed-state'] = isArmed ? 'armed' : 'standby';
  row.status = isArmed ? 'armed (CRM watchdog active)' : 'standby (CRM watchdog standby)';
  return row;
}

function serviceRow(view: ClusterView, sid: string): Row {
  const record = view.serviceOf(sid);
  const resource = view.store.resources.get(sid);
  const guest = guestOfSid(view.cluster, sid);
  const state = verboseState(view.store.managerStatus, record, resource, guest !== undefined);
  const node = record?.node ?? (guest === undefined ? null : view.nodeOf(guest));
  const row: Row = {
    id: `service:${sid}`,
    type: 'service',
    sid,
    node,
    state,
    status: `${sid} (${node ?? '---'}, ${state})`,
  };
  if (record !== undefined) row.crm_state = record.state;
  if (resource === undefined) return row;
  row.request_state = requestStateOf(resource);
  row.max_restart = resource.max_restart ?? 1;
  row.max_relocate = resource.max_relocate ?? 1;
  if (view.cluster.release.haRules) row.failback = resource.failback ?? 1;
  if (resource.group !== undefined) row.group = resource.group;
  if (resource.comment !== undefined) row.comment = resource.comment;
  return row;
}

function managerStatus(view: ClusterView): Row {
  const { managerStatus: manager, lrmStatus } = view.store;
  const answer: Row = {
    manager_status: manager ?? { node_status: {} },
    quorum: { node: view.node.name, quorate: view.quorate ? 1 : 0 },
  };
  if (manager !== null) {
    const nodes = Object.keys(manager.node_status).sort();
    answer.lrm_status = Object.fromEntries(nodes.map((node) => [node, lrmStatus.get(node) ?? {}]));
  }
  return answer;
}
