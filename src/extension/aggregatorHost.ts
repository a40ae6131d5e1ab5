import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import type { Logger } from '../base/logger.ts';
import type { AggregatorConfigInput } from '../contract/aggregatorConfig.ts';
import { permissions } from '../contract/intent/permissions.ts';
import { type ChildService, startChildService } from './childService.ts';

/** Somebody who may act on an embedded aggregator, with a key that lives only as long as the child. */
export interface EmbeddedIdentity {
  readonly actor: string;
  readonly apiKey: string;
}

/** Where an embedded aggregator listens and the keys it was given. All live only as long as the child. */
export interface EmbeddedAggregator {
  readonly url: string;
  /** At least one; the first is who acts unless somebody switches. */
  readonly identities: readonly [EmbeddedIdentity, ...EmbeddedIdentity[]];
  /** Present for the demo: how to reach the simulator's admin listener. */
  readonly simulatorAdmin: { readonly url: string; readonly token: string } | null;
  /** Resolves when a child ended, expected or not. */
  readonly ended: Promise<void>;
  dispose(): void;
}

export interface AggregatorHostOptions {
  /** Folder with the bundled `aggregator.js` and `simulator.js`. */
  readonly programFolder: string;
  readonly logger: Logger;
}

const readyDeadlineMs = 20_000;

/** Two people, so that the whole chain of asking, refusing, approving and executing can be tried. */
const demoActors = ['mira', 'tom'] as const;

const aggregatorReadySchema = z.object({ ready: z.literal(true), url: z.url() });

const simulatorReadySchema = z.object({
  ready: z.literal(true),
  clusters: z
    .array(
      z.object({ name: z.string(), url: z.url(), token: z.string(), fingerprint: z.string().nullable() }),
    )
    .min(1),
  admin: z.object({ url: z.url(), token: z.string() }),
});

/**
 * Starts the aggregator as a child of the extension host, on loopback with a free port and a random key. Nothing else in
 * the extension knows that an embedded aggregator exists.
 */
export async function startEmbeddedAggregator(
  config: AggregatorConfigInput,
  actors: readonly [string, ...string[]],
  options: AggregatorHostOptions,
): Promise<EmbeddedAggregator> {
  const identify = (actor: string): EmbeddedIdentity => ({
    actor,
    apiKey: randomBytes(32).toString('hex'),
  });
  const [first, ...others] = actors;
  const own = identify(first);
  const rest = others.map(identify);
  const child = await startChildService({
    script: `${options.programFolder}/aggregator.js`,
    args: ['--embedded'],
    input: {
      config: {
        ...config,
        apiKeys: rest.map(({ actor, apiKey: key }) => ({ key, actor, permissions: [...permissions] })),
      },
      apiKey: own.apiKey,
      actor: own.actor,
      permissions,
    },
    logger: options.logger,
    label: 'aggregator',
    readyDeadlineMs,
  });
  const ready = aggregatorReadySchema.safeParse(child.ready);
  if (!ready.success) {
    child.dispose();
    throw new Error('the embedded aggregator said something unexpected when it started');
  }
  return {
    url: ready.data.url,
    identities: [own, ...rest],
    simulatorAdmin: null,
    ended: child.ended,
    dispose: () => child.dispose(),
  };
}

/** Starts the simulated clusters and an aggregator over them, with a store that goes when the demo ends. */
export async function startDemo(options: AggregatorHostOptions): Promise<EmbeddedAggregator> {
  const folder = mkdtempSync(path.join(tmpdir(), 'proxbox-demo-'));
  const simulator: ChildService = await startChildService({
    script: `${options.programFolder}/simulator.js`,
    args: ['--exit-with-parent'],
    input: undefined,
    logger: options.logger,
    label: 'simulator',
    readyDeadlineMs,
  });
  try {
    const ready = simulatorReadySchema.safeParse(simulator.ready);
    if (!ready.success) throw new Error('the simulator said something unexpected when it started');
    const aggregator = await startEmbeddedAggregator(
      {
        clusters: ready.data.clusters.map((cluster) => ({
          name: cluster.name,
          endpoints: [
            {
              url: cluster.url,
              token: cluster.token,
              ...(cluster.fingerprint === null ? {} : { fingerprint: cluster.fingerprint }),
            },
          ],
        })),
        pollIntervalMs: 2_000,
        store: { sqlite: path.join(folder, 'store.db') },
      },
      demoActors,
      options,
    );
    return {
      ...aggregator,
      simulatorAdmin: ready.data.admin,
      ended: Promise.race([aggregator.ended, simulator.ended]),
      dispose() {
        aggregator.dispose();
        simulator.dispose();
        void aggregator.ended.then(() => rmSync(folder, { recursive: true, force: true }));
      },
    };
  } catch (error) {
    simulator.dispose();
    throw error;
  }
}
