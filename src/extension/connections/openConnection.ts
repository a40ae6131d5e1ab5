import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { ClientError, fleetError } from '../../client/clientError.ts';
import type { FleetConnection } from '../../client/connection.ts';
import { connectionUrl } from '../../client/connectionUrl.ts';
import { createFleetConnection } from '../../client/fleetConnection.ts';
import type { HttpClient } from '../../client/httpClient.ts';
import { createIntentClient, type IntentClient } from '../../client/intentClient.ts';
import type { AggregatorConfigInput } from '../../contract/aggregatorConfig.ts';
import { toActor } from '../../contract/intent/actorName.ts';
import type { EmbeddedAggregator, EmbeddedIdentity } from '../aggregatorHost.ts';
import type { AggregatorSetting, ConnectionSetting, ProxmoxSetting } from '../settings/connectionSettings.ts';
import type { SecretReading } from '../storage/connectionSecrets.ts';
import { EmbeddedClient } from './embeddedClient.ts';

export interface OpenedConnection extends Disposable {
  readonly connection: FleetConnection;
  /** What changes something on the server. */
  readonly intent: IntentClient;
  /** Takes a changed secret into use; the picture stays. */
  readonly renew: () => void;
  readonly simulatorAdmin: () => Promise<{ readonly url: string; readonly token: string } | null>;
  /** Who may act on an embedded server; `null` for other servers and before it runs. */
  readonly identities: () => Promise<Identities | null>;
}

/** The people whose keys an embedded server was given, and who acts now. */
export interface Identities {
  readonly actors: readonly string[];
  readonly current: string;
  use(actor: string): void;
}

/** Where secrets are read from: the editor's storage, or a draft that is only being tested. */
export interface SecretReader {
  read(connectionId: string): Promise<SecretReading>;
}

export interface OpenConnectionOptions {
  readonly secrets: SecretReader;
  readonly logger: Logger;
  /** Folder with the bundled programs for embedded connections. */
  readonly programFolder: string;
  /** Folder for the stores of embedded connections; `null`: none is kept. */
  readonly storeFolder: string | null;
  readonly pollIntervalMs: () => number;
  /** How long embedded connections keep their timeline, days. */
  readonly timelineDays: () => number;
}

/** Makes the connection for a setting. Nothing is started or sent before somebody watches it. */
export function openConnection(setting: ConnectionSetting, options: OpenConnectionOptions): OpenedConnection {
  const client = createClient(setting, options);
  const connection = createFleetConnection({
    client: () => client.get(),
    clock: systemClock,
    logger: options.logger,
    random: Math.random,
    pollIntervalMs: options.pollIntervalMs,
  });
  return {
    connection,
    intent: createIntentClient(() => client.get()),
    simulatorAdmin: async () => (await client.embedded?.server())?.simulatorAdmin ?? null,
    identities: () => client.identities(),
    renew() {
      client.renew();
      connection.reconnect();
    },
    dispose() {
      connection.dispose();
      client.dispose();
    },
  };
}

interface LazyClient extends Disposable {
  get(): Promise<HttpClient>;
  /** Lets go what was made with an old secret. */
  renew(): void;
  readonly embedded: EmbeddedClient | null;
  identities(): Promise<Identities | null>;
}

function createClient(setting: ConnectionSetting, options: OpenConnectionOptions): LazyClient {
  if (setting.kind === 'aggregator') {
    let made: Promise<HttpClient> | null = null;
    const release = (): void => {
      const old = made;
      made = null;
      void old?.then(
        (client) => client.dispose(),
        () => undefined,
      );
    };
    return {
      embedded: null,
      identities: () => Promise.resolve(null),
      get: () => {
        if (made !== null) return made;
        const making = connectAggregator(setting, options).catch((error: unknown) => {
          if (made === making) made = null;
          throw error;
        });
        made = making;
        return making;
      },
      renew: release,
      dispose: release,
    };
  }
  const host = { programFolder: options.programFolder, logger: options.logger };
  const start = async (): Promise<EmbeddedAggregator> => {
    const { startDemo, startEmbeddedAggregator } = await import('../aggregatorHost.ts');
    return setting.kind === 'demo'
      ? startDemo(host)
      : startEmbeddedAggregator(
          {
            ...(await proxmoxConfig(setting, options.secrets)),
            ...storeOf(setting, options),
            history: { retentionDays: options.timelineDays() },
          },
          [toActor(userInfo().username)],
          host,
        );
  };
  let acting: string | null = null;
  const identityOf = ({ identities }: EmbeddedAggregator): EmbeddedIdentity =>
    identities.find(({ actor }) => actor === acting) ?? identities[0];
  const embedded = new EmbeddedClient(start, (server) =>
    connectEmbedded(server.url, () => identityOf(server).apiKey, options.logger),
  );
  return {
    embedded,
    async identities() {
      const server = await embedded.server();
      if (server === null) return null;
      return {
        actors: server.identities.map(({ actor }) => actor),
        current: identityOf(server).actor,
        use(actor) {
          acting = actor;
        },
      };
    },
    get: async () => embedded,
    renew: () => embedded.restart(),
    dispose: () => embedded.dispose(),
  };
}

/** A connection that is only being tested keeps nothing. */
function storeOf({ id }: ProxmoxSetting, { storeFolder }: OpenConnectionOptions) {
  return storeFolder === null ? {} : { store: { sqlite: path.join(storeFolder, `${id}.db`) } };
}

async function connectEmbedded(url: string, apiKey: () => string, logger: Logger): Promise<HttpClient> {
  const { createHttpTransport } = await import('../../client/httpTransport.ts');
  return createHttpTransport({
    baseUrl: url,
    apiKey: async () => apiKey(),
    tls: { verify: true, fingerprint: null, caPem: null },
    clock: systemClock,
    logger,
  });
}

async function connectAggregator(
  setting: AggregatorSetting,
  options: OpenConnectionOptions,
): Promise<HttpClient> {
  const { createHttpTransport } = await import('../../client/httpTransport.ts');
  return createHttpTransport({
    baseUrl: connectionUrl(setting),
    apiKey: () => aggregatorKey(setting, options.secrets),
    tls: {
      verify: setting.verifySsl,
      fingerprint: setting.fingerprint ?? null,
      caPem: setting.caFile === undefined ? null : await readCaFile(setting.caFile),
    },
    clock: systemClock,
    logger: options.logger,
  });
}

async function aggregatorKey(setting: AggregatorSetting, secrets: SecretReader): Promise<string> {
  const reading = await secrets.read(setting.id);
  if (reading.state === 'found' && reading.secret.kind === 'aggregator') return reading.secret.apiKey;
  throw secretError(reading.state === 'unreadable' ? reading.reason : 'no key is stored for this connection');
}

/**
 * Configuration for an embedded aggregator over the nodes of a connection, with their tokens filled in. A cluster whose
 * token is not stored says so itself, and the others are read.
 */
export async function proxmoxConfig(
  setting: ProxmoxSetting,
  secrets: SecretReader,
): Promise<AggregatorConfigInput> {
  const reading = await secrets.read(setting.id);
  if (reading.state === 'unreadable') throw secretError(reading.reason);
  const tokens = reading.state === 'found' && reading.secret.kind === 'proxmox' ? reading.secret.tokens : {};
  const without = setting.clusters.filter(({ name }) => !Object.hasOwn(tokens, name));
  if (without.length === setting.clusters.length)
    throw secretError(`no token is stored for ${without.map(({ name }) => name).join(', ')}`);
  return {
    clusters: setting.clusters.map((cluster) => {
      const token = Object.hasOwn(tokens, cluster.name) ? tokens[cluster.name] : undefined;
      return {
        name: cluster.name,
        endpoints: cluster.endpoints.map((endpoint) => ({
          url: connectionUrl({ host: endpoint.host, port: endpoint.port, useHttps: true }),
          ...(token === undefined ? { noCredential: true as const } : { token }),
          verifyTls: endpoint.verifySsl,
          ...(endpoint.fingerprint === undefined ? {} : { fingerprint: endpoint.fingerprint }),
          ...(endpoint.caFile === undefined ? {} : { caFile: endpoint.caFile }),
        })),
      };
    }),
  };
}

async function readCaFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new ClientError(fleetError('tlsUntrusted', `the CA file ${file} could not be read`));
  }
}

function secretError(message: string): ClientError {
  return new ClientError(fleetError('secretUnavailable', message));
}
