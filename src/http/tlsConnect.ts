import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import type { OfferedCertificate } from './httpFailure.ts';

/** How a server has to prove who it is. */
export type TlsTrust =
  /** Signed by an authority of the system. */
  | { readonly mode: 'verified' }
  /** Signed by one of these authorities (PEM). */
  | { readonly mode: 'customCa'; readonly caPem: string }
  /** Exactly this certificate, whoever signed it: SHA-256, upper-case hex pairs parted by colons. */
  | { readonly mode: 'pinned'; readonly fingerprint: string }
  /** Not at all; chosen per endpoint by the operator. */
  | { readonly mode: 'notVerified' };

/** The server's certificate was not accepted. Nothing was sent to it. */
export class CertificateRefused extends Error {
  readonly reason: 'untrusted' | 'fingerprintMismatch';
  readonly certificate: OfferedCertificate | null;

  constructor(
    reason: 'untrusted' | 'fingerprintMismatch',
    message: string,
    certificate: OfferedCertificate | null,
  ) {
    super(message);
    this.reason = reason;
    this.certificate = certificate;
  }
}

/** `aa:bb`, `AABB` or `AA:BB` in the one form used for comparison. */
export function normalizeFingerprint(text: string): string {
  const hex = text.replace(/:/g, '').toUpperCase();
  return (hex.match(/../g) ?? []).join(':');
}

/**
 * Opens sockets for one server. The handshake itself never fails on trust; the certificate is judged right after it and
 * before the first byte of a request, so a refusal can show the certificate and no credential has left.
 */
export function createConnector(trust: TlsTrust, connectTimeoutMs: number): buildConnector.connector {
  return (options, callback) => {
    const { hostname, protocol } = options;
    const secure = protocol === 'https:';
    const port = Number(options.port) || (secure ? 443 : 80);
    const host = hostname.replace(/^\[|\]$/g, '');
    let settled = false;
    const finish = (error: Error | null): void => {
      if (settled) return;
      settled = true;
      socket.setTimeout(0);
      if (error === null) callback(null, socket);
      else {
        socket.destroy();
        callback(error, null);
      }
    };
    const socket = secure
      ? tls.connect({
          host,
          port,
          ...(net.isIP(host) === 0 ? { servername: host } : {}),
          ALPNProtocols: ['http/1.1'],
          // Trust is judged below: a handshake that fails by itself could not show the offered certificate.
          rejectUnauthorized: false,
          ...(trust.mode === 'customCa' ? { ca: trust.caPem } : {}),
        })
      : net.connect({ host, port });
    socket.setKeepAlive(true, 30_000);
    socket.setTimeout(connectTimeoutMs, () => finish(timeoutError()));
    socket.once('error', finish);
    socket.once('close', () => finish(resetError()));
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      finish(socket instanceof tls.TLSSocket ? judge(socket, trust) : null);
    });
  };
}

function judge(socket: tls.TLSSocket, trust: TlsTrust): CertificateRefused | null {
  if (trust.mode === 'notVerified') return null;
  const certificate = offeredCertificate(socket);
  if (trust.mode === 'pinned') {
    if (certificate?.fingerprint256 === trust.fingerprint) return null;
    return new CertificateRefused(
      'fingerprintMismatch',
      'the certificate is not the pinned one',
      certificate,
    );
  }
  if (socket.authorized) return null;
  const reason = socket.authorizationError;
  const text = reason instanceof Error ? reason.message : String(reason ?? 'not trusted');
  return new CertificateRefused('untrusted', `the certificate is not trusted (${text})`, certificate);
}

function offeredCertificate(socket: tls.TLSSocket): OfferedCertificate | null {
  const peer = socket.getPeerCertificate();
  if (peer.fingerprint256 === undefined) return null;
  return {
    subject: nameText(peer.subject),
    issuer: nameText(peer.issuer),
    validFrom: peer.valid_from,
    validTo: peer.valid_to,
    fingerprint256: peer.fingerprint256,
  };
}

function nameText(name: tls.Certificate | undefined): string {
  const common = name?.CN ?? name?.O ?? name?.OU;
  return Array.isArray(common) ? common.join(', ') : (common ?? 'no name');
}

function timeoutError(): Error {
  return Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' });
}

function resetError(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}
