import type * as vscode from 'vscode';
import type { Logger } from '../../base/logger.ts';
import { redactData, redactText } from '../../base/redact.ts';
import type { KnownSecrets } from './knownSecrets.ts';

/**
 * Writes into the log channel; every line passes redaction, by form and by the value of the secrets that are known, so no
 * caller can leak a credential by accident.
 */
export function createOutputLogger(
  channel: Pick<vscode.LogOutputChannel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>,
  secrets: KnownSecrets,
): Logger {
  const line = (message: string, data?: Readonly<Record<string, unknown>>): string =>
    secrets.removeFrom(
      data === undefined ? redactText(message) : `${redactText(message)} ${JSON.stringify(redactData(data))}`,
    );
  return {
    trace: (message, data) => channel.trace(line(message, data)),
    debug: (message, data) => channel.debug(line(message, data)),
    info: (message, data) => channel.info(line(message, data)),
    warn: (message, data) => channel.warn(line(message, data)),
    error: (message, data) => channel.error(line(message, data)),
  };
}
