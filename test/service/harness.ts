import http from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FleetCollector } from '../../src/aggregator/collector.ts';
import { parseConfig, resolveConfig } from '../../src/aggregator/config.ts';
import { openAggregator } from '../../src/aggregator/openAggregator.ts';
import { loopbackHosts } from '../../src/aggregator/serve/access/sameSite.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type Logger, nullLogger } from '../../src/base/logger.ts';
import type { AggregatorConfigInput } from '../../src/contract/aggregatorConfig.ts';
import type { Fault } from '../../src/simulator/faults/fault.ts';
import {
  type SimulatedCluster,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../src/simulator/simulator.ts';

export const serviceKey = 'a-key-of-at-least-thirty-two-characters';

/** Short, so that a hanging Proxmox costs a test little time. */
export const callDeadlineMs = 600;

export interface JsonReply {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
  readonly durationMs: number;
}

/** Asks over a socket of its own. */
export function request(
  url: string,
  options: { method?: string; key?: string | null } = {},
): Promise<JsonReply> {
  const startedMs = performance.now();
  const key = options.key === undefined ? serviceKey : options.key;
  return new Promise((resolve, reject) => {
    const sent = http.request(
      url,
      {
        method: options.method ?? 'GET',
        agent: false,
        headers: key === null ? {} : { 'x-proxbox-api-key': key },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text,
            body: text === '' ? undefined : JSON.parse(text),
            durationMs: performance.now() - startedMs,
          }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** Configuration that reads every listener of the given clusters, pinned to the certificates they offer. */
export function configFor(
  clusters: readonly SimulatedCluster[],
  change: Partial<AggregatorConfigInput> = {},
): AggregatorConfigInput {
  return {
    clusters: clusters.map((cluster) => ({
      name: cluster.name,
      endpoints: cluster.endpoints.map(({ url, fingerprint }) => ({
        url,
        token: cluster.token,
        ...(fingerprint === null ? {} : { fingerprint }),
      })),
    })),
    apiKeys: [{ key: serviceKey }],
    callDeadlineMs,
    pollIntervalMs: 500,
    ...change,
  };
}

export interface ServiceOptions {
  readonly simulator?: SimulatorOptions;
  /** Makes the configuration from the clusters that run. */
  readonly config?: (clusters: readonly SimulatedCluster[]) => AggregatorConfigInput;
  readonly logger?: Logger;
}

/** The real aggregator over the real simulator, in this process, over real sockets. */
export interface Service {
  readonly simulator: Simulator;
  readonly collector: FleetCollector;
  readonly url: string;
  ask(path: string, options?: { method?: string }): Promise<JsonReply>;
  /** Puts a fault in force; `none` ends it. */
  fault(cluster: string, fault: Fault): Promise<void>;
  stop(): Promise<void>;
}

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const simulator = await startSimulator({ calm: true, ...options.simulator });
  const config = resolveConfig(parseConfig((options.config ?? configFor)(simulator.clusters)), {});
  const logger = options.logger ?? nullLogger;
  const aggregator = await openAggregator({
    config,
    clock: systemClock,
    logger,
    random: () => 0.5,
    allowedHosts: loopbackHosts,
  });
  const url = await aggregator.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    simulator,
    collector: aggregator.collector,
    url,
    ask: (path, askOptions) => request(`${url}${path}`, askOptions),
    async fault(cluster, fault) {
      simulator.faults.get(cluster)?.set(fault);
      await simulator.updateListeners();
    },
    async stop() {
      await aggregator.dispose();
      await simulator.close();
    },
  };
}

/** Waits for something that will happen by itself; the runner's deadline ends it when it does not. */
export async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await nextTurn();
}

/** Asks until the answer is as wanted; the runner's deadline ends it when it never is. */
export async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
  }
}
