/** What every part writes its log through. Arguments are structured data; writers redact them. */
export interface Logger {
  trace(message: string, data?: Readonly<Record<string, unknown>>): void;
  debug(message: string, data?: Readonly<Record<string, unknown>>): void;
  info(message: string, data?: Readonly<Record<string, unknown>>): void;
  warn(message: string, data?: Readonly<Record<string, unknown>>): void;
  error(message: string, data?: Readonly<Record<string, unknown>>): void;
}

const silent = (): void => undefined;

/** A logger that writes nothing. */
export const nullLogger: Logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };
