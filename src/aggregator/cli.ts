import { readFileSync } from 'node:fs';
import { type AddressInfo, isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { actorSchema, permissionListSchema } from '../contract/intent/permissions.ts';
import {
  ConfigError,
  parseConfig,
  parseConfigText,
  type ResolvedConfig,
  resolveConfig,
  secretsOf,
} from './config.ts';
import { KeysUsageError, keysUsage, readKeysCommand } from './identity/keysCommand.ts';
import { openAggregator } from './openAggregator.ts';
import { loopbackHosts } from './serve/access/sameSite.ts';
import { createJsonLogger, type LogLevel, logLevels } from './serve/jsonLogger.ts';
import { openStore, type ResolvedStore } from './store/openStore.ts';
import { StoreError } from './store/storeError.ts';

const usage = `Usage: aggregator --config FILE [--port N] [--host H] [--log-level LEVEL]
       aggregator --embedded
       aggregator keys (list | bootstrap | create | rotate | revoke) --config FILE …

Reads Proxmox VE clusters and serves their quorum and high-availability state. With a store in its configuration it also
plans and applies changes, and keeps deletion requests and the audit journal.

  --config FILE      YAML or JSON: clusters, apiKeys, store, pollIntervalMs, callDeadlineMs, …
  --port N           port to listen on, 0 for a free one (default 8800)
  --host H           address to listen on (default 127.0.0.1); anything else is plain HTTP on the network
  --log-level LEVEL  ${logLevels.join(', ')} (default info)
  --embedded         reads one JSON line {"config", "apiKey"} from standard input, listens on a free loopback
                     port and ends when standard input closes
  --help             shows this text; aggregator keys --help tells about keys

Prints one line of JSON when it is ready: {"ready":true,"url":"http://..."}. Logs are JSON lines on standard error.
`;

/** A start that cannot succeed as asked; its text is for the person who asked. */
class StartError extends Error {}

interface StartPlan {
  readonly config: ResolvedConfig;
  readonly host: string;
  readonly port: number;
  readonly logLevel: LogLevel;
}

const defaultPort = 8800;
const maxInputLength = 4 * 1024 * 1024;

/** If stopping takes longer than this something hangs, and the process ends regardless. */
const stopDeadlineMs = 3_000;

/** The parent's own key, who acts with it and what it may do. */
const embeddedInputSchema = z.strictObject({
  config: z.unknown(),
  apiKey: z.string().min(32),
  actor: actorSchema.default('parent process'),
  permissions: permissionListSchema.default(['view']),
});

async function main(): Promise<void> {
  if (process.argv[2] === 'keys') return manageKeys(process.argv.slice(3));
  const flags = readFlags();
  if (flags.help === true) {
    process.stdout.write(usage);
    return;
  }
  const plan = flags.embedded === true ? await planFromInput(flags) : planFromFile(flags);
  await run(plan, flags.embedded === true);
}

/** `aggregator keys …`: beside a running aggregator, over the same store. */
async function manageKeys(args: readonly string[]): Promise<void> {
  const command = readKeysCommand(args);
  if (command === null) {
    process.stdout.write(keysUsage);
    return;
  }
  const config = resolveConfig(parseConfigText(readConfigFile(command.config)), process.env);
  if (config.store === null)
    throw new StartError(`${command.config}: keys are kept in a store, and it has none`);
  const logger = createJsonLogger({
    clock: systemClock,
    minimum: 'warn',
    secrets: secretsOf(config),
    writeLine: (line) => process.stderr.write(`${line}\n`),
  });
  const store = await explained(() =>
    openStore(config.store as ResolvedStore, { clock: systemClock, logger, secrets: secretsOf(config) }),
  );
  try {
    process.stdout.write(await command.run(store, systemClock.now()));
  } finally {
    await store.close();
  }
}

type Flags = ReturnType<typeof readFlags>;

function readFlags() {
  try {
    return parseArgs({
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        'log-level': { type: 'string' },
        embedded: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : 'unreadable arguments');
  }
}

function planFromFile(flags: Flags): StartPlan {
  if (flags.config === undefined) throw new StartError('--config FILE is required');
  return {
    config: resolveConfig(parseConfigText(readConfigFile(flags.config)), process.env),
    host: flags.host ?? '127.0.0.1',
    port: readPort(flags.port),
    logLevel: readLogLevel(flags),
  };
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`--config: cannot read ${file} (${codeOf(error)})`);
  }
}

/** The parent hands over credentials on standard input, because arguments and environment are visible to others. */
async function planFromInput(flags: Flags): Promise<StartPlan> {
  if (flags.config !== undefined || flags.port !== undefined || flags.host !== undefined) {
    throw new StartError('--embedded takes no --config, --port or --host');
  }
  let value: unknown;
  try {
    value = JSON.parse(await firstInputLine());
  } catch (error) {
    // The parser's own message quotes the text, which holds secrets.
    if (error instanceof StartError) throw error;
    throw new StartError('standard input: the first line is not JSON');
  }
  const input = embeddedInputSchema.safeParse(value);
  if (!input.success) {
    throw new StartError(
      'standard input: expected {"config": {...}, "apiKey": "at least 32 characters", "actor"?, "permissions"?}',
    );
  }
  const config = resolveConfig(parseConfig(input.data.config), process.env);
  const { apiKey, actor, permissions } = input.data;
  const parentKey = { key: apiKey, label: 'parent process', actor, permissions };
  return {
    config: { ...config, apiKeys: [...config.apiKeys, parentKey] },
    host: '127.0.0.1',
    port: 0,
    logLevel: readLogLevel(flags),
  };
}

function firstInputLine(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (chunk) => {
      if (text.includes('\n')) return;
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
      else if (text.length > maxInputLength)
        reject(new StartError('standard input: the first line is too long'));
    });
    process.stdin.once('end', () => reject(new StartError('standard input closed before the first line')));
    process.stdin.once('error', () => reject(new StartError('standard input cannot be read')));
  });
}

function readPort(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new StartError('--port: expected a number from 0 to 65535');
  return port;
}

function readLogLevel(flags: Flags): LogLevel {
  const text = flags['log-level'] ?? 'info';
  const level = logLevels.find((candidate) => candidate === text);
  if (level === undefined) throw new StartError(`--log-level: expected one of ${logLevels.join(', ')}`);
  return level;
}

async function run(plan: StartPlan, isEmbedded: boolean): Promise<void> {
  const { config } = plan;
  const logger = createJsonLogger({
    clock: systemClock,
    minimum: plan.logLevel,
    secrets: secretsOf(config),
    writeLine: (line) => process.stderr.write(`${line}\n`),
  });
  endOnDefects(logger);
  const isLoopback = isLoopbackHost(plan.host);
  const aggregator = await explained(() =>
    openAggregator({
      config,
      clock: systemClock,
      logger,
      random: Math.random,
      allowedHosts: isLoopback ? [...loopbackHosts, plan.host] : null,
    }),
  );

  let isStopping = false;
  const stop = (reason: string): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info('stopping', { reason });
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    void aggregator.dispose().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGTERM', () => stop('SIGTERM'));
  if (isEmbedded) {
    process.stdin.on('end', () => stop('standard input closed'));
    process.stdin.on('close', () => stop('standard input closed'));
    process.stdin.on('error', () => stop('standard input closed'));
    if (process.stdin.readableEnded || process.stdin.destroyed) return stop('standard input closed');
  }

  try {
    await aggregator.app.listen({ host: plan.host, port: plan.port });
  } catch (error) {
    await aggregator.dispose();
    throw new StartError(
      `cannot listen on ${plan.host} port ${plan.port} (${codeOf(error)}). Choose another with --port or --host.`,
    );
  }
  const url = urlOf(aggregator.app.server.address() as AddressInfo);
  if (!isLoopback) {
    logger.warn('listening beyond this machine in plain HTTP: put a TLS proxy in front', { host: plan.host });
  }
  if (config.apiKeys.length === 0 && aggregator.writeSide?.ring.isConfigured !== true)
    logger.warn('there is no API key: every request will be refused');
  logger.info('ready', { url, clusters: config.clusters.map(({ name }) => name) });
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
}

/** A store that cannot be used is the asker's to mend. */
async function explained<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(`store: ${error.message}`);
    throw error;
  }
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** An address that can be opened: a wildcard is not one. */
function urlOf({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return family === 'IPv6' ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}

/** Node's own report of an uncaught error would print it unredacted. */
function endOnDefects(logger: Logger): void {
  const end = (error: unknown): void => {
    logger.error('ended by an unexpected error', {
      cause: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

// A parent that is gone no longer reads; that is no reason to fail while stopping.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

main().catch((error: unknown) => {
  const isUsage = error instanceof StartError || error instanceof KeysUsageError;
  const lines =
    error instanceof ConfigError
      ? error.findings.map((finding) => `config: ${finding}`)
      : [isUsage ? error.message : 'unexpected error at start'];
  process.stderr.write(lines.map((line) => `aggregator: ${line}\n`).join(''));
  if (isUsage) process.stderr.write('Try --help.\n');
  process.exit(isUsage || error instanceof ConfigError ? 2 : 1);
});
