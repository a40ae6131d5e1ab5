import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AuditJournal } from '../../src/aggregator/audit/auditJournal.ts';
import { parseConfig, resolveConfig } from '../../src/aggregator/config.ts';
import { openAggregator } from '../../src/aggregator/openAggregator.ts';
import { loopbackHosts } from '../../src/aggregator/serve/access/sameSite.ts';
import { openStore } from '../../src/aggregator/store/openStore.ts';
import { systemClock } from '../../src/base/clock.ts';
import { nullLogger } from '../../src/base/logger.ts';
import { permissions } from '../../src/contract/intent/permissions.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Figure } from './index.ts';

const key = 'a-key-of-at-least-thirty-two-characters';
const latencyMs = 20;
const diffCount = 200;
const auditRows = 100_000;

/** Planning, checking the journal and checking a key, over a store in an SQLite file. */
export async function measureIntent(): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'proxbox-bench-'));
  try {
    return [
      ...(await measurePlan(path.join(folder, 'plan.db'))),
      ...(await measureStore(path.join(folder, 'audit.db'))),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measurePlan(file: string): Promise<Figure[]> {
  const simulator = await startSimulator({
    clusters: 1,
    nodes: 5,
    guests: 400,
    ha: 100,
    latencyMs,
    calm: true,
  });
  const [cluster] = simulator.clusters;
  if (cluster === undefined) throw new Error('the simulator has a cluster');
  const { name, url, token, fingerprint } = cluster;
  const config = resolveConfig(
    parseConfig({
      clusters: [{ name, endpoints: [{ url, token, ...(fingerprint === null ? {} : { fingerprint }) }] }],
      apiKeys: [{ key, permissions: [...permissions] }],
      rateLimitPerMinute: 100_000,
      store: { sqlite: file },
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
  const server = await aggregator.app.listen({ host: '127.0.0.1', port: 0 });
  const guests = await guestsOf(server);
  const diffs = Array.from({ length: diffCount }, (_, index) => {
    const guest = guests[index >> 1];
    if (index % 2 === 0 && guest !== undefined)
      return {
        op: 'update',
        kind: guest.kind,
        payload: { vmid: guest.vmid, node: guest.node, tags: ['bench'] },
      };
    return {
      op: 'create',
      kind: 'qemu',
      payload: { vmid: 50_000 + index, node: cluster.nodes[index % 5], name: `bench-${index}`, cores: 2 },
    };
  });
  const body = JSON.stringify({ cluster: name, diffs });
  const log = simulator.requests.get(name);
  const plan = async (): Promise<number> => {
    const start = performance.now();
    const reply = await fetch(`${server}/intent/plan`, {
      method: 'POST',
      headers: { 'x-proxbox-api-key': key },
      body,
    });
    const answer = (await reply.json()) as { verdicts?: readonly { readonly verdict: string }[] };
    if (answer.verdicts?.filter(({ verdict }) => verdict !== 'blocked').length !== diffCount)
      throw new Error(`no plan: ${JSON.stringify(answer)}`);
    return performance.now() - start;
  };
  try {
    await plan();
    log?.reset();
    await plan();
    const calls = log?.counts.sinceReset ?? 0;
    const times: number[] = [];
    for (let index = 0; index < 5; index += 1) times.push(await plan());
    return [
      {
        name: `plan of ${diffCount} diffs on 5 nodes, ${latencyMs} ms per Proxmox call: time`,
        value: times.sort((a, b) => a - b)[2] ?? 0,
        unit: 'ms',
        goal: 1_000,
      },
      { name: 'the same: Proxmox calls', value: calls, unit: '' },
    ];
  } finally {
    await aggregator.dispose();
    await simulator.close();
  }
}

/** As the console sees them. */
async function guestsOf(
  server: string,
): Promise<readonly { readonly vmid: number; readonly node: string; readonly kind: string }[]> {
  const reply = await fetch(`${server}/fleet`, { headers: { 'x-proxbox-api-key': key } });
  const { guests } = (await reply.json()) as {
    guests: readonly { readonly vmid: number; readonly node: string; readonly kind: string }[];
  };
  return guests.slice(0, diffCount / 2);
}

async function measureStore(file: string): Promise<Figure[]> {
  const store = await openStore(
    { kind: 'sqlite', file },
    { clock: systemClock, logger: nullLogger, secrets: [] },
  );
  try {
    await store.db.transaction().execute(async (within) => {
      const journal = new AuditJournal({
        db: store.db,
        dialect: store.dialect,
        clock: systemClock,
        secrets: [],
      });
      for (let row = 0; row < auditRows; row += 1)
        await journal.event(
          {
            actor: 'mira',
            keyId: 'a1b2c3d4e5f6',
            action: 'intent_update_qemu',
            target: `qemu/${row}`,
            cluster: 'prod',
            details: { node: 'pve1', changes: ['cores', 'memory'], payload: { cores: 4, memory: 4096 } },
            result: 'succeeded',
            message: 'Changed cores, memory.',
          },
          within,
        );
    });
    const start = performance.now();
    const { intact, rows } = await store.audit.verify();
    const verifyMs = performance.now() - start;
    if (!intact || rows !== auditRows) throw new Error('the journal is not whole');
    return [
      { name: `audit verify of ${auditRows} entries`, value: verifyMs, unit: 'ms', goal: 2_000 },
      ...(await measureKeys(store)),
    ];
  } finally {
    await store.close();
  }
}

async function measureKeys(store: Awaited<ReturnType<typeof openStore>>): Promise<Figure[]> {
  const { KeyRing } = await import('../../src/aggregator/identity/keyRing.ts');
  const ring = new KeyRing({ keys: store.keys, clock: systemClock, logger: nullLogger });
  await ring.start();
  const by = { actor: 'bench', keyId: null };
  const wanted = { actor: 'mira', label: null, permissions: ['view'] as const, expiresAtMs: null };
  for (let index = 0; index < 200; index += 1) await store.keys.create(wanted, by);
  const { key: own } = await store.keys.create(wanted, by);
  await ring.refresh();
  const each = async (isFresh: boolean): Promise<number> => {
    const count = 2_000;
    const start = performance.now();
    for (let index = 0; index < count; index += 1)
      if ((await ring.verify(own, isFresh)) === null) throw new Error('the key is right');
    return (performance.now() - start) / count;
  };
  await each(false);
  await each(true);
  const figures = [
    { name: 'key check among 200 keys', value: await each(false), unit: 'ms', goal: 0.1 },
    { name: 'key check that looks into the store', value: await each(true), unit: 'ms', goal: 0.1 },
  ];
  ring.dispose();
  return figures;
}
