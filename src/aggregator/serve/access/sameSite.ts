import type { IncomingHttpHeaders } from 'node:http';
import { ReplyError } from '../replyError.ts';

/** Names under which a loopback listener may be addressed. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that a web page could have made. A name that merely resolves to this machine (DNS rebinding) shows in
 * the Host header, a page of another origin in the Origin header; programs send neither wrongly.
 *
 * @param allowedHosts host names without port, `null` when the listener is reachable under names it does not know.
 */
export function refuseForeignSites(
  headers: IncomingHttpHeaders,
  allowedHosts: readonly string[] | null,
): void {
  const host = headers.host ?? '';
  if (allowedHosts !== null && !allowedHosts.includes(withoutPort(host))) {
    throw ReplyError.detail(403, 'This server does not answer under that host name.');
  }
  const origin = headers.origin;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw ReplyError.detail(403, 'Requests of web pages from other origins are refused.');
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '').toLowerCase();
}
