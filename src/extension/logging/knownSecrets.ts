import type { ConnectionSecret } from '../storage/connectionSecret.ts';

/** A shorter one would take ordinary words out of the log. */
const shortestSecret = 8;

/**
 * Secrets that this window has read or was given. They are taken out of log lines by their value, because a server may
 * repeat them in a form that no pattern knows.
 */
export class KnownSecrets {
  /** Values of all that were seen, the longest first, so that none is left as a part of another. */
  #values: readonly string[] = [];

  add(secret: ConnectionSecret): void {
    const told =
      secret.kind === 'aggregator'
        ? [secret.apiKey]
        : Object.values(secret.tokens).flatMap((token) => [token, token.slice(token.indexOf('=') + 1)]);
    const fresh = told.filter((value) => value.length >= shortestSecret && !this.#values.includes(value));
    if (fresh.length === 0) return;
    this.#values = [...this.#values, ...fresh].sort((a, b) => b.length - a.length);
  }

  /** The text without any of them, also where JSON has escaped their characters. */
  removeFrom(text: string): string {
    return this.#values.reduce(
      (left, value) =>
        left.replaceAll(value, '[redacted]').replaceAll(JSON.stringify(value).slice(1, -1), '[redacted]'),
      text,
    );
  }
}
