import * as vscode from 'vscode';
import { plainText } from '../../base/text.ts';
import type { Certificate } from '../../contract/model/fleetError.ts';
import { askModal } from '../messages.ts';

/**
 * Shows a certificate whole, for comparison with what the server itself shows, and asks whether to pin it. Copying the
 * fingerprint leaves the question open.
 */
export async function confirmCertificate(
  certificate: Certificate,
  who: string,
  endpoint: string | null,
): Promise<boolean> {
  const trust = 'Trust This Certificate';
  const copy = 'Copy Fingerprint';
  for (;;) {
    const answer = await askModal(
      `Trust this certificate for ${plainText(who, 60)}${endpoint === null ? '' : ` at ${plainText(endpoint, 100)}`}?`,
      [
        `For: ${plainText(certificate.subject, 100)}`,
        `Issued by: ${plainText(certificate.issuer, 100)}`,
        `Valid: ${plainText(certificate.validFrom, 40)} to ${plainText(certificate.validTo, 40)}`,
        `SHA-256: ${plainText(certificate.fingerprint256, 100)}`,
        '',
        'Compare the fingerprint with what the server itself shows before you trust it. If nobody renewed the certificate, treat a change as an attack.',
      ].join('\n'),
      trust,
      copy,
    );
    if (answer !== copy) return answer === trust;
    await vscode.env.clipboard.writeText(certificate.fingerprint256);
  }
}
