import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import {
  type AggregatorConfig,
  aggregatorConfigSchema,
  type EndpointConfig,
  pveTokenSchema,
} from '../contract/aggregatorConfig.ts';
import type { EndpointSecrets } from './collect/createReaders.ts';

/** The configuration cannot be used; the message names every fault with its path and holds no secret. */
export class ConfigError extends Error {}

/** Parses YAML or JSON text (JSON is YAML) strictly. */
export function parseConfig(text: string): AggregatorConfig {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    const line = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new ConfigError(`The configuration is neither YAML nor JSON: ${line}`);
  }
  return checkConfig(value);
}

/** Checks a configuration that is already an object. */
export function checkConfig(value: unknown): AggregatorConfig {
  const parsed = aggregatorConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    `The configuration has faults:\n${parsed.error.issues.flatMap(issueLines).join('\n')}`,
  );
}

function issueLines(issue: z.core.$ZodIssue): string[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `  ${path === '' ? '' : `${path}.`}${key}: unknown key`);
  return [`  ${path === '' ? 'top level' : path}: ${issue.message}`];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${String(part)}`,
    '',
  );
}

export interface ConfigContext {
  /** Environment variables, for `tokenEnv`, `passwordEnv` and `keyEnv`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a PEM file. */
  readonly readFile: (path: string) => string;
}

/** Keys of the configuration, with those named by variable looked up. */
export function resolveKeys(config: AggregatorConfig, context: ConfigContext): string[] {
  return config.apiKeys.map((entry, index) => {
    if (entry.key !== undefined) return entry.key;
    const key = fromEnv(context, entry.keyEnv ?? '', `apiKeys[${index}].keyEnv`);
    if (key.length < 32)
      throw new ConfigError(
        `apiKeys[${index}].keyEnv: the key in ${entry.keyEnv} is shorter than 32 characters`,
      );
    return key;
  });
}

/** Credential and authorities of an endpoint. */
export function resolveEndpoint(endpoint: EndpointConfig, context: ConfigContext): EndpointSecrets {
  return { credential: credentialOf(endpoint, context), caPem: caOf(endpoint, context) };
}

function credentialOf(endpoint: EndpointConfig, context: ConfigContext): EndpointSecrets['credential'] {
  if (endpoint.token !== undefined) return { kind: 'token', token: endpoint.token };
  if (endpoint.tokenEnv !== undefined) {
    const token = fromEnv(context, endpoint.tokenEnv, `${endpoint.url}: tokenEnv`);
    if (!pveTokenSchema.safeParse(token).success)
      throw new ConfigError(
        `${endpoint.url}: tokenEnv: ${endpoint.tokenEnv} does not hold a token of the form user@realm!tokenid=secret`,
      );
    return { kind: 'token', token };
  }
  const password =
    endpoint.password ?? fromEnv(context, endpoint.passwordEnv ?? '', `${endpoint.url}: passwordEnv`);
  return { kind: 'password', username: endpoint.username ?? '', password };
}

function caOf(endpoint: EndpointConfig, context: ConfigContext): string | null {
  if (endpoint.caFile === undefined) return null;
  try {
    return context.readFile(endpoint.caFile);
  } catch {
    throw new ConfigError(`${endpoint.url}: caFile: ${endpoint.caFile} cannot be read`);
  }
}

function fromEnv(context: ConfigContext, name: string, where: string): string {
  const value = context.env[name];
  if (value === undefined || value === '')
    throw new ConfigError(`${where}: the environment variable ${name} is not set`);
  return value;
}
