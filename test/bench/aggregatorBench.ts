import { performance } from 'node:perf_hooks';
import { parseConfig, resolveConfig } from '../../src/aggregator/config.ts';
import { openAggregator } from '../../src/aggregator/openAggregator.ts';
import { loopbackHosts } from '../../src/aggregator/serve/access/sameSite.ts';
import { systemClock } from '../../src/base/clock.ts';
import { nullLogger } from '../../src/base/logger.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Figure } from './index.ts';

const key = 'k'.repeat(32);
const latencyMs = 20;

/** The HA summary over ten clusters with fifty HA resources each, every Proxmox call taking 20 ms. */
export async function measureAggregator(): Promise<Figure[]> {
  const simulator = await startSimulator({
    clusters: 10,
    nodes: 3,
    guests: 80,
    ha: 50,
    latencyMs,
    calm: true,
  });
  const config = resolveConfig(
    parseConfig({
      clusters: simulator.clusters.map(({ name, url, token, fingerprint }) => ({
        name,
        endpoints: [{ url, token, ...(fingerprint === null ? {} : { fingerprint }) }],
      })),
      apiKeys: [{ key }],
      rateLimitPerMinute: 100_000,
    }),
    {},
  );
  const aggregator = await openAggregator({
    config,
    clock: systemClock,
    logger: nullLogger,
    random: () => 0.5,
    allowedHosts: loopbackHosts,
  });
  const url = await aggregator.app.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (path: string): Promise<number> => {
    const start = performance.now();
    const reply = await fetch(`${url}${path}`, { headers: { 'x-proxbox-api-key': key } });
    await reply.json();
    return performance.now() - start;
  };
  const summary = (): Promise<number> => ask('/proxmox/cluster/ha/summary');
  try {
    await summary();
    const logs = [...simulator.requests.values()];
    for (const log of logs) log.reset();
    await summary();
    const calls = Math.max(...logs.map((log) => log.counts.sinceReset));
    const good = await median(summary);
    const [first] = simulator.clusters;
    simulator.faults.get(first?.name ?? '')?.set({ kind: 'hang' });
    const firstHang = await summary();
    const secondHang = await summary();
    await new Promise((resolve) => setTimeout(resolve, config.callDeadlineMs + 200));
    const hanging = await median(summary);
    // Its failure stands for 15 s; then it is tried again.
    await new Promise((resolve) => setTimeout(resolve, 16_000));
    const triedAgain = await summary();
    return [
      {
        name: 'summary, 10 clusters × 50 HA resources: Proxmox calls per cluster',
        value: calls,
        unit: '',
        goal: 5,
      },
      {
        name: `summary, ${latencyMs} ms per Proxmox call: time`,
        value: good,
        unit: 'ms',
        goal: 3 * latencyMs,
      },
      {
        name: 'the same with one hanging cluster, once that is known',
        value: hanging,
        unit: 'ms',
        goal: 3 * latencyMs,
      },
      {
        name: 'the same in the moment that cluster begins to hang',
        value: firstHang,
        unit: 'ms',
        goal: 3 * latencyMs + 450,
      },
      {
        name: 'the request after that one, before a deadline is over',
        value: secondHang,
        unit: 'ms',
        goal: 3 * latencyMs,
      },
      {
        name: 'the same while the hanging cluster is tried again',
        value: triedAgain,
        unit: 'ms',
        goal: 3 * latencyMs,
      },
    ];
  } finally {
    await aggregator.dispose();
    await simulator.close();
  }
}

async function median(run: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < 9; index += 1) times.push(await run());
  return times.sort((a, b) => a - b)[4] ?? 0;
}
