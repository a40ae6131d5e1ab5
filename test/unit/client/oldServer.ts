import { nullLogger } from '../../../src/base/logger.ts';
import { ClientError, fleetError } from '../../../src/client/clientError.ts';
import { createFleetConnection } from '../../../src/client/fleetConnection.ts';
import type { HttpClient } from '../../../src/client/httpClient.ts';
import { FakeClock } from '../../support/fakeClock.ts';

export const quorumRow = {
  cluster_name: 'lab',
  id: 'quorum',
  type: 'quorum',
  node: 'pve1',
  status: 'OK',
  quorate: true,
};
export const lrmRow = {
  cluster_name: 'lab',
  id: 'lrm:pve1',
  type: 'lrm',
  node: 'pve1',
  status: 'pve1 (maintenance mode, watchdog standby, x)',
  timestamp: 1,
};
export const serviceRow = {
  cluster_name: 'lab',
  id: 'service:vm:100',
  type: 'service',
  sid: 'vm:100',
  node: 'pve1',
  state: 'started',
  crm_state: 'started',
  request_state: 'started',
  max_restart: 0,
};
export const clusterRow = {
  name: 'lab',
  mode: 'cluster',
  quorate: true,
  nodes: 1,
  version: 3,
  node_list: [{ name: 'pve1', online: true, local: true, nodeid: 1 }],
};
export const guestRow = {
  id: 'qemu/100',
  type: 'qemu',
  vmid: 100,
  name: 'db',
  node: 'pve1',
  status: 'running',
  hastate: 'started',
};

/** An answer with an error status. */
export class ServerError extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** An aggregator of the first generation: reference routes only. */
export function oldServer(answers: Record<string, unknown>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const client: HttpClient = {
    request({ path }) {
      asked.push(path);
      const body = answers[path];
      const failure = body instanceof ServerError ? body : null;
      return Promise.resolve({
        status: failure?.status ?? (body === undefined ? 404 : 200),
        headers: {},
        contentType: 'application/json',
        body:
          failure !== null || body === undefined
            ? JSON.stringify({ detail: failure?.message ?? 'Not Found' })
            : JSON.stringify(body),
      });
    },
    stream(_path, _headers, handlers) {
      void Promise.resolve().then(() =>
        handlers.onEnd(new ClientError(fleetError('notOffered', 'Not Found'))),
      );
      return { dispose: () => undefined };
    },
    dispose: () => undefined,
  };
  const connection = createFleetConnection({
    client: () => Promise.resolve(client),
    clock,
    logger: nullLogger,
    random: () => 0,
    pollIntervalMs: () => 15_000,
  });
  return { clock, asked, connection, answers };
}

export const summaryPath = '/proxmox/cluster/ha/summary';
/** Answers of a server with one healthy cluster. */
export const good = () => ({
  '/version': { version: '0.0.11' },
  [summaryPath]: {
    status: [quorumRow, lrmRow, serviceRow],
    groups: [],
    resources: [{ cluster_name: 'lab', sid: 'vm:100', type: 'vm', max_restart: null }],
  },
  '/proxmox/cluster/status': [clusterRow],
  '/proxmox/cluster/resources': [{ lab: [guestRow] }],
});
