import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig, resolveConfig } from '../../src/aggregator/config.ts';
import { type OpenedAggregator, openAggregator } from '../../src/aggregator/openAggregator.ts';
import { loopbackHosts } from '../../src/aggregator/serve/access/sameSite.ts';
import type { ResolvedStore } from '../../src/aggregator/store/openStore.ts';
import { systemClock } from '../../src/base/clock.ts';
import { nullLogger } from '../../src/base/logger.ts';
import { permissions } from '../../src/contract/intent/permissions.ts';
import { writesPhrase } from '../../src/contract/intent/settings.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { configFor } from './harness.ts';

export const people = {
  mira: 'mira-key-of-at-least-thirty-two-characters',
  tom: 'tom-key-of-at-least-thirty-two-characters',
} as const;
export type Person = keyof typeof people;

export interface Answer {
  readonly status: number;
  // Tests look at single fields of many bodies.
  readonly body: Record<string, never> & Record<string, unknown>;
  readonly text: string;
}

/** Aggregators with a store over a simulated cluster, all over real sockets. */
export interface IntentService {
  readonly simulator: Simulator;
  readonly store: ResolvedStore;
  /** One per process that shares the store. */
  readonly urls: readonly string[];
  readonly opened: readonly OpenedAggregator[];
  ask(person: Person, method: string, route: string, body?: object, process?: number): Promise<Answer>;
  /** Commands the simulated cluster. */
  admin(route: string, body: object): Promise<void>;
  /** How many DELETE requests reached the cluster. */
  destroys(): number;
  guest(vmid: number): { readonly status: string; readonly tags: readonly string[] } | undefined;
  stop(): Promise<void>;
}

export interface IntentServiceOptions {
  /** Default: an SQLite file in a folder of its own. */
  readonly store?: ResolvedStore;
  /** How many aggregators share the store. Default 1. */
  readonly processes?: number;
}

export async function startIntentService(options: IntentServiceOptions = {}): Promise<IntentService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'proxbox-intent-'));
  const store = options.store ?? { kind: 'sqlite', file: path.join(folder, 'store.db') };
  const simulator = await startSimulator({ clusters: ['lab'], calm: true, speed: 200 });
  const config = {
    ...resolveConfig(
      parseConfig(
        configFor(simulator.clusters, {
          apiKeys: Object.entries(people).map(([actor, key]) => ({
            actor,
            key,
            permissions: [...permissions],
          })),
          callDeadlineMs: 5_000,
          rateLimitPerMinute: 100_000,
        }),
      ),
      {},
    ),
    store,
  };
  const opened: OpenedAggregator[] = [];
  const urls: string[] = [];
  for (let index = 0; index < (options.processes ?? 1); index += 1) {
    const one = await openAggregator({
      config,
      clock: systemClock,
      logger: nullLogger,
      random: () => 0.5,
      allowedHosts: loopbackHosts,
      taskPauseMs: 10,
    });
    opened.push(one);
    urls.push(await one.app.listen({ host: '127.0.0.1', port: 0 }));
  }
  const [cluster] = simulator.world.clusters.values();
  const log = simulator.requests.get('lab');
  return {
    simulator,
    store,
    urls,
    opened,
    async ask(person, method, route, body, process = 0) {
      const reply = await fetch(`${urls[process]}${route}`, {
        method,
        headers: { 'x-proxbox-api-key': people[person] },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await reply.text();
      return { status: reply.status, text, body: text === '' ? {} : JSON.parse(text) };
    },
    async admin(route, body) {
      const { url, token } = simulator.admin;
      const reply = await fetch(`${url}/clusters/lab${route}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
      if (!reply.ok) throw new Error(await reply.text());
    },
    destroys: () =>
      Object.entries(log?.counts.byPath ?? {})
        .filter(([template]) => template.startsWith('DELETE'))
        .reduce((sum, [, count]) => sum + count, 0),
    guest: (vmid) => cluster?.world.guests.get(vmid),
    async stop() {
      await Promise.all(opened.map((one) => one.dispose()));
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything that must be switched on before anything may be changed. */
export async function switchOn(service: IntentService): Promise<void> {
  const { status, text } = await service.ask('mira', 'PATCH', '/intent/settings', {
    netbox_to_proxmox_enabled: true,
    netbox_to_proxmox_typed_confirmation: writesPhrase,
    endpoints: [{ cluster: 'lab', allow_writes: true }],
  });
  if (status !== 200) throw new Error(text);
}
