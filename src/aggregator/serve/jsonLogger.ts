import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { redactData, redactText } from '../../base/redact.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface JsonLoggerOptions {
  readonly clock: Clock;
  readonly minimum: LogLevel;
  /** Texts that must not appear anywhere, whatever they look like: the configured keys, tokens and passwords. */
  readonly secrets: readonly string[];
  readonly writeLine: (line: string) => void;
}

/** Writes one JSON object per line, credentials removed by name, by form and by value. */
export function createJsonLogger(options: JsonLoggerOptions): Logger {
  // Longest first, so that a secret that contains another is not left half readable.
  const secrets = [...new Set(options.secrets)]
    .filter((secret) => secret.length > 0)
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    .sort((a, b) => b.length - a.length);
  const lowest = logLevels.indexOf(options.minimum);
  const writer =
    (level: LogLevel): Logger['info'] =>
    (message, data) => {
      if (logLevels.indexOf(level) < lowest) return;
      const entry = {
        time: new Date(options.clock.now()).toISOString(),
        level,
        message: redactText(message),
        ...(data === undefined ? {} : { data: redactData(data) }),
      };
      options.writeLine(
        secrets.reduce((line, secret) => line.replaceAll(secret, '[redacted]'), JSON.stringify(entry)),
      );
    };
  return {
    trace: writer('trace'),
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  };
}
