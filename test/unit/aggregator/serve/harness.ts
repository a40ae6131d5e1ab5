import type { InjectOptions } from 'fastify';
import {
  type Aggregator,
  type AggregatorOptions,
  createAggregator,
} from '../../../../src/aggregator/createAggregator.ts';
import { memoryHistory } from '../../../../src/aggregator/history/memoryHistory.ts';
import {
  type ApiKeyVerifier,
  type ConfiguredKey,
  createConfiguredKeys,
} from '../../../../src/aggregator/serve/access/apiKeys.ts';
import { loopbackHosts } from '../../../../src/aggregator/serve/access/sameSite.ts';
import { nullLogger } from '../../../../src/base/logger.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeCollector, type FakeReader } from './fakeCollector.ts';

export const testKey = 'a-key-of-at-least-thirty-two-characters';

/** A key that may only look. */
export function configuredKey(key: string): ConfiguredKey {
  return { key, label: 'test', actor: 'test', permissions: ['view'] };
}

export interface TestServer {
  readonly aggregator: Aggregator;
  readonly collector: FakeCollector;
  readonly clock: FakeClock;
  /** Asks with the right key and gives status, parsed body and headers. */
  ask(url: string, options?: Omit<InjectOptions, 'url'>): Promise<TestReply>;
}

export interface TestReply {
  readonly status: number;
  // The tests compare whole bodies.
  readonly body: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export function startTestServer(
  readers: readonly FakeReader[] = [],
  change: Partial<AggregatorOptions> & { keys?: ApiKeyVerifier } = {},
): TestServer {
  const collector = new FakeCollector(readers);
  const clock = new FakeClock();
  const aggregator = createAggregator({
    collector,
    // Nothing is recorded here; the timeline has tests of its own.
    history: {
      store: memoryHistory(1_000),
      config: { retentionDays: 30, maxRows: 1_000, readAlways: false },
      settle: () => Promise.resolve(),
      dispose: () => Promise.resolve(),
    },
    keys: createConfiguredKeys([configuredKey(testKey)]),
    writeSide: null,
    clock,
    logger: nullLogger,
    rateLimitPerMinute: 300,
    allowedHosts: loopbackHosts,
    ...change,
  });
  return {
    aggregator,
    collector,
    clock,
    async ask(url, options = {}) {
      const reply = await aggregator.app.inject({
        method: 'GET',
        ...options,
        url,
        headers: { 'x-proxbox-api-key': testKey, ...options.headers },
      });
      return {
        status: reply.statusCode,
        text: reply.body,
        body: reply.body === '' ? undefined : JSON.parse(reply.body),
        headers: reply.headers,
      };
    },
  };
}
