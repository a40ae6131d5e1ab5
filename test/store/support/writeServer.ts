import type { InjectOptions } from 'fastify';
import { parseConfig, resolveConfig } from '../../../src/aggregator/config.ts';
import { type OpenedAggregator, openAggregator } from '../../../src/aggregator/openAggregator.ts';
import { loopbackHosts } from '../../../src/aggregator/serve/access/sameSite.ts';
import type { ResolvedStore } from '../../../src/aggregator/store/openStore.ts';
import { nullLogger } from '../../../src/base/logger.ts';
import type { AggregatorConfigInput } from '../../../src/contract/aggregatorConfig.ts';
import { permissions } from '../../../src/contract/intent/permissions.ts';
import type { FakeClock } from '../../support/fakeClock.ts';

/** Keys of a configuration, so that a test need not make them first. */
export const miraKey = 'mira-key-of-at-least-thirty-two-characters';
export const tomKey = 'tom-key-of-at-least-thirty-two-characters';
export const viewerKey = 'viewer-key-of-at-least-32-characters';

export const namedKeys: AggregatorConfigInput['apiKeys'] = [
  { key: miraKey, actor: 'mira', permissions: [...permissions] },
  { key: tomKey, actor: 'tom', permissions: [...permissions] },
  { key: viewerKey, actor: 'vera', permissions: ['view'] },
];

export interface WriteServer {
  readonly opened: OpenedAggregator;
  ask(
    key: string | null,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
    options?: InjectOptions,
  ): Promise<{ readonly status: number; readonly text: string; readonly body: Record<string, unknown> }>;
}

/** An aggregator with a store and without a cluster to reach: a dead address stands for one. */
export async function startWriteServer(
  store: ResolvedStore,
  clock: FakeClock,
  change: Partial<AggregatorConfigInput> & { readonly isOpenToAll?: boolean } = {},
): Promise<WriteServer> {
  const { isOpenToAll = false, ...config } = change;
  const opened = await openAggregator({
    config: {
      ...resolveConfig(
        parseConfig({
          clusters: [
            {
              name: 'lab',
              endpoints: [{ url: 'https://127.0.0.1:1', token: 'root@pam!console=s3cr3t-t0k3n' }],
            },
          ],
          apiKeys: namedKeys,
          ...config,
        }),
        {},
      ),
      store,
    },
    clock,
    logger: nullLogger,
    random: () => 0.5,
    allowedHosts: isOpenToAll ? null : loopbackHosts,
  });
  return {
    opened,
    async ask(key, method, url, body, options = {}) {
      const reply = await opened.app.inject({
        ...options,
        method,
        url,
        headers: key === null ? {} : { 'x-proxbox-api-key': key },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      let parsed: Record<string, unknown> = {};
      try {
        parsed = JSON.parse(reply.body) as Record<string, unknown>;
      } catch {
        // Empty, or no JSON: the test looks at the text.
      }
      return { status: reply.statusCode, text: reply.body, body: parsed };
    },
  };
}
