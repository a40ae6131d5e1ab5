import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Logger } from '../base/logger.ts';
import type { AggregatorConfigInput } from '../contract/aggregatorConfig.ts';
import { type ChildService, startChildService } from './childService.ts';

/** Where an embedded aggregator listens and the key it was given. Both live only as long as the child. */
export interface EmbeddedAggregator {
  readonly url: string;
  readonly apiKey: string;
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
  options: AggregatorHostOptions,
): Promise<EmbeddedAggregator> {
  const apiKey = randomBytes(32).toString('hex');
  const child = await startChildService({
    script: `${options.programFolder}/aggregator.js`,
    args: ['--embedded'],
    input: { config, apiKey },
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
    apiKey,
    simulatorAdmin: null,
    ended: child.ended,
    dispose: () => child.dispose(),
  };
}

/** Starts the simulated clusters and an aggregator that reads them. */
export async function startDemo(options: AggregatorHostOptions): Promise<EmbeddedAggregator> {
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
      },
      options,
    );
    return {
      ...aggregator,
      simulatorAdmin: ready.data.admin,
      ended: Promise.race([aggregator.ended, simulator.ended]),
      dispose() {
        aggregator.dispose();
        simulator.dispose();
      },
    };
  } catch (error) {
    simulator.dispose();
    throw error;
  }
}
