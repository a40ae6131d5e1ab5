import { LineCounter, parseDocument } from 'yaml';
import {
  type AggregatorConfig,
  aggregatorConfigSchema,
  apiKeyConfigSchema,
  type EndpointConfig,
  type HistoryConfig,
  pveTokenSchema,
} from '../contract/aggregatorConfig.ts';
import type { ConfiguredKey } from './serve/access/apiKeys.ts';
import type { ResolvedStore } from './store/openStore.ts';

/** How an endpoint is logged in to, secrets resolved. */
export type EndpointCredential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** There is none, so nothing is sent. */
  | { readonly kind: 'missing' };

export interface ResolvedEndpoint {
  readonly url: string;
  readonly credential: EndpointCredential;
  readonly verifyTls: boolean;
  /** SHA-256 the certificate must have, whoever signed it; `null` when not pinned. */
  readonly fingerprint: string | null;
  /** PEM file with the authorities to trust; `null` for the system's. */
  readonly caFile: string | null;
}

export interface ResolvedCluster {
  readonly name: string;
  readonly endpoints: readonly ResolvedEndpoint[];
}

/** A checked configuration in which every secret is at hand. */
export interface ResolvedConfig {
  readonly clusters: readonly ResolvedCluster[];
  readonly apiKeys: readonly ConfiguredKey[];
  /** `null`: this aggregator only reads. */
  readonly store: ResolvedStore | null;
  readonly history: HistoryConfig;
  readonly pollIntervalMs: number;
  readonly callDeadlineMs: number;
  readonly rateLimitPerMinute: number;
}

/** What is wrong with a configuration, one line per finding, each with the path of the field. Never holds a value. */
export class ConfigError extends Error {
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(findings.join('\n'));
    this.findings = findings;
  }
}

/** Reads a configuration text. JSON is a part of YAML, so one parser takes both. */
export function parseConfigText(text: string): AggregatorConfig {
  const lineCounter = new LineCounter();
  // Pretty errors quote the line, which may hold a secret.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const findings = document.errors.map((error) => {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return `line ${line}, column ${col}: not readable as YAML or JSON (${error.code})`;
  });
  if (findings.length > 0) throw new ConfigError(findings);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new ConfigError(['aliases in the file cannot be resolved']);
  }
  return parseConfig(value);
}

/** Checks a configuration that is already data. Unknown keys are refused with their path. */
export function parseConfig(value: unknown): AggregatorConfig {
  const parsed = aggregatorConfigSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${formatPath([...issue.path, key])}: unknown key`)
        : [`${formatPath(issue.path)}: ${issue.message}`],
    ),
  );
}

/** Path of a field as people write it: `clusters[0].endpoints[1].verifyTls`. */
export function formatPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? 'configuration' : text;
}

/**
 * Puts the values of the named environment variables in place. Only variables that the configuration names are read.
 *
 * @throws ConfigError with every variable that is missing or holds something unusable.
 */
export function resolveConfig(
  config: AggregatorConfig,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedConfig {
  const findings: string[] = [];
  const variable = (name: string, path: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') {
      findings.push(`${path}: environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`);
      return '';
    }
    return value;
  };
  const credentialOf = (endpoint: EndpointConfig, path: string): EndpointCredential => {
    if (endpoint.noCredential === true) return { kind: 'missing' };
    if (endpoint.username !== undefined) {
      const password = endpoint.password ?? variable(endpoint.passwordEnv ?? '', `${path}.passwordEnv`);
      return { kind: 'password', username: endpoint.username, password };
    }
    if (endpoint.token !== undefined) return { kind: 'token', token: endpoint.token };
    const name = endpoint.tokenEnv ?? '';
    const token = variable(name, `${path}.tokenEnv`);
    if (token !== '' && !pveTokenSchema.safeParse(token).success) {
      findings.push(
        `${path}.tokenEnv: environment variable ${name} does not hold a token of the form user@realm!tokenid=secret`,
      );
    }
    return { kind: 'token', token };
  };

  const clusters = config.clusters.map((cluster, clusterIndex) => ({
    name: cluster.name,
    endpoints: cluster.endpoints.map((endpoint, index) => ({
      url: endpoint.url,
      credential: credentialOf(endpoint, `clusters[${clusterIndex}].endpoints[${index}]`),
      verifyTls: endpoint.verifyTls ?? true,
      fingerprint: endpoint.fingerprint ?? null,
      caFile: endpoint.caFile ?? null,
    })),
  }));
  const apiKeys = config.apiKeys.map((entry, index) => {
    const path = `apiKeys[${index}].keyEnv`;
    const key = entry.key ?? variable(entry.keyEnv ?? '', path);
    if (key !== '' && !apiKeyConfigSchema.safeParse({ key }).success) {
      findings.push(`${path}: environment variable ${entry.keyEnv} holds fewer than 32 characters`);
    }
    const label = entry.label ?? null;
    return {
      key,
      label,
      actor: entry.actor ?? label ?? `key ${index + 1} of the configuration`,
      permissions: entry.permissions ?? (['view'] as const),
    };
  });
  const store = storeOf(config, variable);
  if (findings.length > 0) throw new ConfigError(findings);
  return {
    clusters,
    apiKeys,
    store,
    history: config.history,
    pollIntervalMs: config.pollIntervalMs,
    callDeadlineMs: config.callDeadlineMs,
    rateLimitPerMinute: config.rateLimitPerMinute,
  };
}

function storeOf(
  { store }: AggregatorConfig,
  variable: (name: string, path: string) => string,
): ResolvedStore | null {
  if (store === undefined) return null;
  if (store.sqlite !== undefined) return { kind: 'sqlite', file: store.sqlite };
  return {
    kind: 'postgres',
    url: store.postgres ?? variable(store.postgresEnv ?? '', 'store.postgresEnv'),
  };
}

/** Every secret of a configuration, for removing them from logs by value. */
export function secretsOf(config: ResolvedConfig): string[] {
  return [
    ...config.apiKeys.map(({ key }) => key),
    ...(config.store?.kind === 'postgres' ? secretsOfUrl(config.store.url) : []),
    ...config.clusters.flatMap((cluster) =>
      cluster.endpoints.flatMap(({ credential }) => secretsOfCredential(credential)),
    ),
  ];
}

function secretsOfCredential(credential: EndpointCredential): string[] {
  switch (credential.kind) {
    case 'password':
      return [credential.password];
    case 'token':
      return [credential.token, credential.token.slice(credential.token.indexOf('=') + 1)];
    case 'missing':
      return [];
  }
}

function secretsOfUrl(url: string): string[] {
  try {
    const { password } = new URL(url);
    return password === '' ? [url] : [...new Set([url, password, decodeURIComponent(password)])];
  } catch {
    return [url];
  }
}
