import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { type CallResult, call } from './call.ts';

export type Row = Record<string, unknown>;

/** A simulated cluster written to over real sockets, on a clock the test moves. */
export class WritingClient {
  readonly clock: FakeClock;
  readonly simulator: Simulator;
  readonly cluster: string;
  /** Headers in place of the token's. */
  headers: Record<string, string> | null = null;

  constructor(simulator: Simulator, clock: FakeClock, cluster: string) {
    this.simulator = simulator;
    this.clock = clock;
    this.cluster = cluster;
  }

  static async start(cluster: string, options: SimulatorOptions = {}): Promise<WritingClient> {
    const clock = new FakeClock();
    const simulator = await startSimulator({
      clock,
      calm: true,
      http: true,
      clusters: [cluster],
      ...options,
    });
    return new WritingClient(simulator, clock, cluster);
  }

  close(): Promise<void> {
    return this.simulator.close();
  }

  send(
    method: string,
    path: string,
    fields: Record<string, string | number> = {},
    endpoint = 0,
  ): Promise<CallResult> {
    const [cluster] = this.simulator.clusters;
    const form = new URLSearchParams(
      Object.entries(fields).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    const inQuery = method === 'DELETE' && form !== '';
    return call(`${cluster?.endpoints[endpoint]?.url}/api2/json${path}${inQuery ? `?${form}` : ''}`, {
      method,
      headers: {
        ...(this.headers ?? { authorization: `PVEAPIToken=${cluster?.token}` }),
        ...(method === 'POST' || method === 'PUT'
          ? { 'content-type': 'application/x-www-form-urlencoded' }
          : {}),
      },
      ...(method === 'POST' || method === 'PUT' ? { body: form } : {}),
    });
  }

  /** Status, reason and field errors of a call that should be refused. */
  async refusal(
    method: string,
    path: string,
    fields: Record<string, string | number> = {},
  ): Promise<[status: number, reason: string, errors?: unknown]> {
    const result = await this.send(method, path, fields);
    const errors = result.body === '' ? undefined : result.json().errors;
    return errors === undefined ? [result.status, result.reason] : [result.status, result.reason, errors];
  }

  async data(path: string): Promise<unknown> {
    const result = await this.send('GET', path);
    if (result.status !== 200) throw new Error(`${path}: ${result.status} ${result.reason}`);
    return result.json().data;
  }

  async row(path: string): Promise<Row> {
    return (await this.data(path)) as Row;
  }

  async rows(path: string): Promise<Row[]> {
    return (await this.data(path)) as Row[];
  }

  /** A write that must be accepted; answers with its data. */
  async accepted(
    method: string,
    path: string,
    fields: Record<string, string | number> = {},
  ): Promise<unknown> {
    const result = await this.send(method, path, fields);
    if (result.status !== 200)
      throw new Error(`${method} ${path}: ${result.status} ${result.reason} ${result.body}`);
    return result.json().data;
  }

  /** Starts a task, lets it run to its end and tells how it ended. */
  async ends(method: string, path: string, fields: Record<string, string | number> = {}): Promise<string> {
    return this.endOf(String(await this.accepted(method, path, fields)));
  }

  async endOf(upid: string): Promise<string> {
    for (let second = 0; second < 600; second += 1) {
      const status = await this.taskStatus(upid);
      if (status.status === 'stopped') return String(status.exitstatus);
      await this.seconds(1);
    }
    throw new Error(`${upid} does not end`);
  }

  taskStatus(upid: string): Promise<Row> {
    return this.row(`${taskPath(upid)}/status`);
  }

  async taskLog(upid: string): Promise<string[]> {
    return (await this.rows(`${taskPath(upid)}/log?limit=500`)).map((line) => String(line.t));
  }

  async guest(vmid: number): Promise<Row | undefined> {
    return (await this.rows('/cluster/resources?type=vm')).find((row) => row.vmid === vmid);
  }

  async seconds(count: number): Promise<void> {
    await this.clock.advance(count * 1000);
  }

  /** Headers of a fresh login as root, the CSRF token among them. */
  async ticketHeaders(): Promise<Record<string, string>> {
    const [cluster] = this.simulator.clusters;
    const login = await call(`${cluster?.url}/api2/json/access/ticket`, {
      method: 'POST',
      body: new URLSearchParams({
        username: cluster?.username ?? '',
        password: cluster?.password ?? '',
      }).toString(),
    });
    const { ticket, CSRFPreventionToken } = login.json().data as Record<string, string>;
    return {
      cookie: `PVEAuthCookie=${encodeURIComponent(String(ticket))}`,
      CSRFPreventionToken: String(CSRFPreventionToken),
    };
  }

  admin(path: string, body: unknown): Promise<CallResult> {
    const { url, token } = this.simulator.admin;
    return call(`${url}/clusters/${this.cluster}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  }
}

export function taskPath(upid: string): string {
  return `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}`;
}
