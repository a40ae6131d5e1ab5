import { parseArgs } from 'node:util';
import * as z from 'zod';
import { scenarioIds } from './scenario/scenario.ts';
import type { SimulatorOptions } from './simulator.ts';
import { releaseNames } from './world/release.ts';

/** What the command line asks for. */
export interface CliOptions {
  readonly simulator: SimulatorOptions;
  /** End when standard input closes. */
  readonly exitWithParent: boolean;
  readonly help: boolean;
}

export const usage = `Plays Proxmox VE clusters for demo and tests. Prints one JSON line when ready.

  --port N                   first cluster's port, the others follow (default: free ports)
  --admin-port N             port of the admin listener
  --clusters N|a,b           number or names of clusters
  --nodes N --guests N --ha N  size per cluster; any of them makes a generated world
  --releases 9.2,8.4         releases of a generated world's clusters, in turn
  --listeners-per-cluster N  API listeners per cluster, each answering as another node (default 1)
  --latency-ms N             delay of every answer
  --unauthorized-delay-ms N  delay of answers with status 401 (a real node waits 3000)
  --seed N                   same seed, same world (default 1)
  --speed X                  divides every delay of the world's behaviour (default 1)
  --calm                     no guest moves by itself
  --scenario NAME            plays ${scenarioIds.join(', ')}
  --hostile-names            adds guests with names that break careless clients
  --http                     plain HTTP instead of HTTPS
  --exit-with-parent         end when standard input closes
`;

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(0);
const schema = z.strictObject({
  port: port.optional(),
  'admin-port': port.optional(),
  clusters: z
    .union([
      z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(1).max(200)),
      z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/)).min(1)),
    ])
    .optional(),
  nodes: count.min(1).max(250).optional(),
  guests: count.max(100_000).optional(),
  ha: count.max(100_000).optional(),
  releases: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(releaseNames)).min(1))
    .optional(),
  'listeners-per-cluster': count.min(1).max(32).optional(),
  'latency-ms': count.max(600_000).optional(),
  'unauthorized-delay-ms': count.max(600_000).optional(),
  seed: z.coerce.number().int().optional(),
  speed: z.coerce.number().positive().max(1000).optional(),
  calm: z.boolean().optional(),
  scenario: z.enum(scenarioIds).optional(),
  'hostile-names': z.boolean().optional(),
  http: z.boolean().optional(),
  'exit-with-parent': z.boolean().optional(),
  help: z.boolean().optional(),
});

/** Reads the command line. Throws an Error whose message says which option is wrong and why. */
export function parseCliOptions(argv: readonly string[]): CliOptions {
  const isFlag = new Set(['calm', 'hostile-names', 'http', 'exit-with-parent', 'help']);
  const { values } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.keys(schema.shape).map((name) => [
        name,
        { type: isFlag.has(name) ? 'boolean' : 'string' } as const,
      ]),
    ),
    strict: true,
    allowPositionals: false,
  });
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  const given = parsed.data;
  const simulator = {
    port: given.port,
    adminPort: given['admin-port'],
    clusters: given.clusters,
    nodes: given.nodes,
    guests: given.guests,
    ha: given.ha,
    releases: given.releases,
    listenersPerCluster: given['listeners-per-cluster'],
    latencyMs: given['latency-ms'],
    unauthorizedDelayMs: given['unauthorized-delay-ms'],
    seed: given.seed,
    speed: given.speed,
    calm: given.calm,
    scenario: given.scenario,
    hostileNames: given['hostile-names'],
    http: given.http,
  };
  return {
    simulator: Object.fromEntries(Object.entries(simulator).filter(([, value]) => value !== undefined)),
    exitWithParent: given['exit-with-parent'] ?? false,
    help: given.help ?? false,
  };
}
