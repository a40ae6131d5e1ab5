/** The part of a connection that decides its URL. */
export interface ConnectionAddress {
  readonly host: string;
  readonly port: number;
  readonly useHttps: boolean;
}

/**
 * Base URL of a connection (wire contract, URL scheme and TLS): Use HTTPS alone decides the scheme; Verify SSL decides
 * only whether the certificate is checked, and means nothing without HTTPS.
 */
export function connectionUrl({ host, port, useHttps }: ConnectionAddress): string {
  const bare = host.replace(/^\[|\]$/g, '');
  return `${useHttps ? 'https' : 'http'}://${bare.includes(':') ? `[${bare}]` : bare}:${port}`;
}
