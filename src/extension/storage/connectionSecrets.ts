import type * as vscode from 'vscode';
import * as z from 'zod';

/** Secret of a connection: the key of an aggregator, or a token per cluster of Proxmox nodes. */
const connectionSecretSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('aggregator'), apiKey: z.string().min(1) }),
  z.strictObject({ kind: z.literal('proxmox'), tokens: z.record(z.string(), z.string().min(1)) }),
]);
export type ConnectionSecret = z.infer<typeof connectionSecretSchema>;

/** What reading a secret can tell; "could not be read" is never taken for "there is none". */
export type SecretReading =
  | { readonly state: 'found'; readonly secret: ConnectionSecret }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly reason: string };

/** Secrets by connection, one storage key each, so that two windows cannot overwrite each other's. */
export class ConnectionSecrets {
  readonly #storage: vscode.SecretStorage;

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
  }

  async read(connectionId: string): Promise<SecretReading> {
    let text: string | undefined;
    try {
      text = await this.#storage.get(storageKey(connectionId));
    } catch (error) {
      return { state: 'unreadable', reason: error instanceof Error ? error.message : 'unknown reason' };
    }
    if (text === undefined) return { state: 'absent' };
    const parsed = connectionSecretSchema.safeParse(parseJson(text));
    if (!parsed.success)
      return { state: 'unreadable', reason: 'the stored entry has a form this version does not know' };
    return { state: 'found', secret: parsed.data };
  }

  async store(connectionId: string, secret: ConnectionSecret): Promise<void> {
    await this.#storage.store(storageKey(connectionId), JSON.stringify(secret));
  }

  async forget(connectionId: string): Promise<void> {
    await this.#storage.delete(storageKey(connectionId));
  }

  /** Calls back with the connection's id when its secret changed, in this window or another. */
  onDidChange(listener: (connectionId: string) => void): vscode.Disposable {
    return this.#storage.onDidChange(({ key }) => {
      if (key.startsWith(keyPrefix)) listener(key.slice(keyPrefix.length));
    });
  }
}

const keyPrefix = 'proxbox.connection.';

function storageKey(connectionId: string): string {
  return `${keyPrefix}${connectionId}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
