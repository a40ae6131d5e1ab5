import type * as vscode from 'vscode';
import type { KnownSecrets } from '../logging/knownSecrets.ts';
import type { ConnectionSecret } from './connectionSecret.ts';

export type { ConnectionSecret } from './connectionSecret.ts';

/** What reading a secret can tell; "could not be read" is never taken for "there is none". */
export type SecretReading =
  | { readonly state: 'found'; readonly secret: ConnectionSecret }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly reason: string };

/** Secrets by connection, one storage key each, so that two windows cannot overwrite each other's. */
export class ConnectionSecrets {
  readonly #storage: vscode.SecretStorage;
  readonly #known: KnownSecrets;

  /** @param known is told every secret that passes, so that the log can leave it out. */
  constructor(storage: vscode.SecretStorage, known: KnownSecrets) {
    this.#storage = storage;
    this.#known = known;
  }

  async read(connectionId: string): Promise<SecretReading> {
    let text: string | undefined;
    try {
      text = await this.#storage.get(storageKey(connectionId));
    } catch (error) {
      return { state: 'unreadable', reason: error instanceof Error ? error.message : 'unknown reason' };
    }
    if (text === undefined) return { state: 'absent' };
    const { parseConnectionSecret } = await import('./connectionSecret.ts');
    const secret = parseConnectionSecret(text);
    if (secret !== null) this.#known.add(secret);
    return secret === null
      ? { state: 'unreadable', reason: 'the stored entry has a form this version does not know' }
      : { state: 'found', secret };
  }

  /** Keeps a secret that is only being tried out of the log as well. */
  note(secret: ConnectionSecret): void {
    this.#known.add(secret);
  }

  async store(connectionId: string, secret: ConnectionSecret): Promise<void> {
    this.#known.add(secret);
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
