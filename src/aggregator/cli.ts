import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { redactData, redactText } from '../base/redact.ts';
import type { AggregatorConfig } from '../contract/aggregatorConfig.ts';
import { createReaders } from './collect/createReaders.ts';
import { createFleetCollector } from './collect/fleetCollector.ts';
import {
  type ConfigContext,
  ConfigError,
  checkConfig,
  parseConfig,
  resolveEndpoint,
  resolveKeys,
} from './config.ts';
import { createAggregator } from './createAggregator.ts';

const usage = `Usage: aggregator --config FILE [--port N] [--host ADDRESS]

  --config FILE   YAML or JSON: clusters, apiKeys, pollIntervalMs, callDeadlineMs, rateLimitPerMinute
  --port N        port to listen on; 0 takes a free one (default 8800)
  --host ADDRESS  address to listen on (default 127.0.0.1; the server speaks plain HTTP)
  --embedded      read one JSON line {"config", "apiKey"} from standard input, listen on a free loopback port, end when
                  standard input closes
  --help          this text

When it listens it prints one line: {"ready":true,"url":"http://..."}`;

const context: ConfigContext = { env: process.env, readFile: (path) => readFileSync(path, 'utf8') };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      port: { type: 'string', default: '8800' },
      host: { type: 'string', default: '127.0.0.1' },
      embedded: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  if (values.embedded) {
    const { config, apiKey } = await readEmbeddedInput();
    await run(config, [apiKey], '127.0.0.1', 0);
    return;
  }
  if (values.config === undefined) throw new ConfigError(`--config is needed.\n\n${usage}`);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new ConfigError('--port takes a number from 0 to 65535.');
  const config = parseConfig(readConfigFile(values.config));
  await run(config, resolveKeys(config, context), values.host, port);
}

async function run(
  config: AggregatorConfig,
  keys: readonly string[],
  host: string,
  port: number,
): Promise<void> {
  const readers = createReaders(config, (endpoint) => resolveEndpoint(endpoint, context), systemClock);
  const collector = createFleetCollector({
    readers,
    clock: systemClock,
    logger,
    random: Math.random,
    pollIntervalMs: config.pollIntervalMs,
  });
  const aggregator = createAggregator({
    collector,
    keys,
    clock: systemClock,
    logger,
    rateLimitPerMinute: config.rateLimitPerMinute,
  });
  const url = await aggregator.app.listen({ host, port });
  if (!['127.0.0.1', '::1', 'localhost'].includes(host))
    logger.warn('listening beyond this machine over plain HTTP; put a TLS proxy in front', { host });
  const stop = (): void => {
    aggregator.dispose();
    void aggregator.app.close().finally(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  stopEmbedded = stop;
  console.log(JSON.stringify({ ready: true, url }));
  if (inputClosed) stop();
}

let stopEmbedded: () => void = () => undefined;
let inputClosed = false;

/** Secrets come over standard input: arguments and environment of a process can be read by others. */
function readEmbeddedInput(): Promise<{ config: AggregatorConfig; apiKey: string }> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: process.stdin });
    lines.once('line', (line) => {
      try {
        const input: unknown = JSON.parse(line);
        if (
          typeof input !== 'object' ||
          input === null ||
          !('apiKey' in input) ||
          typeof input.apiKey !== 'string'
        )
          throw new ConfigError('expected one JSON line {"config", "apiKey"} on standard input');
        resolve({ config: checkConfig('config' in input ? input.config : undefined), apiKey: input.apiKey });
      } catch (error) {
        reject(
          error instanceof ConfigError ? error : new ConfigError('expected one JSON line on standard input'),
        );
      }
    });
    lines.once('close', () => {
      inputClosed = true;
      stopEmbedded();
      reject(new ConfigError('standard input closed before the configuration came'));
    });
  });
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`The configuration file ${path} cannot be read.`);
  }
}

/** Log lines as JSON on standard error; standard output holds the ready line only. */
const logger: Logger = {
  trace: () => undefined,
  debug: (message, data) => writeLine('debug', message, data),
  info: (message, data) => writeLine('info', message, data),
  warn: (message, data) => writeLine('warn', message, data),
  error: (message, data) => writeLine('error', message, data),
};

function writeLine(level: string, message: string, data?: Readonly<Record<string, unknown>>): void {
  const line = { time: new Date().toISOString(), level, message: redactText(message), ...redactObject(data) };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function redactObject(data: Readonly<Record<string, unknown>> | undefined): object {
  const redacted = redactData(data ?? {});
  return typeof redacted === 'object' && redacted !== null ? redacted : {};
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${redactText(message)}\n`);
  process.exit(error instanceof ConfigError || (error instanceof TypeError && 'code' in error) ? 2 : 1);
});
