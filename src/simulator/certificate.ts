import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';
import { systemClock } from '../base/clock.ts';

/** A listener's own key pair; the fingerprint is SHA-256 in colon form, as Proxmox shows it. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly fingerprint: string;
}

const tenYearsMs = 10 * 365 * 24 * 3_600_000;

/**
 * Makes a self-signed certificate for a node, valid for the loopback names and the host that the listener has. Its dates follow the
 * machine's clock even in a simulation on another one, because clients judge them by theirs.
 */
export async function createCertificate(node: string, host: string): Promise<Certificate> {
  const nowMs = systemClock.now();
  const pems = await generate([{ name: 'commonName', value: node }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - 24 * 3_600_000),
    notAfterDate: new Date(nowMs + tenYearsMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: node },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host },
        ],
      },
    ],
  });
  return { key: pems.private, cert: pems.cert, fingerprint: new X509Certificate(pems.cert).fingerprint256 };
}
