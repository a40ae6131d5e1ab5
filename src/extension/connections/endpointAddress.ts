/** Whether an address of the settings is the `host:port` that an error names. */
export function isEndpoint(
  address: { readonly host: string; readonly port: number },
  endpoint: string | null,
): boolean {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return endpoint !== null && endpoint.toLowerCase() === `${host}:${address.port}`.toLowerCase();
}
