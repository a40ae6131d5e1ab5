import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { errorSentence, explainFleetError } from '../../../src/console/errorText.ts';
import { type FleetErrorCode, fleetErrorCodeSchema } from '../../../src/contract/model/fleetError.ts';
import { buildError, builtAtMs } from '../../support/fleetBuilders.ts';

const codes = fleetErrorCodeSchema.unwrap().options;

describe('error text', () => {
  for (const code of codes) {
    it(`names who, what and the next step for ${code}`, () => {
      for (const clusterName of [undefined, 'lab']) {
        const error = buildError({ code: code as FleetErrorCode, message: 'words of the reporter' });
        const text = explainFleetError(error, {
          connectionName: 'prod-api',
          clusterName,
          connectionId: 'prod-api',
        });
        assert.ok(text.who.startsWith(clusterName ?? 'prod-api'), text.who);
        assert.match(text.what, /^(?:[a-z]|Proxmox).*\.$/);
        assert.match(text.next, /^[A-Z].*\.$/);
        assert.ok(text.buttons.length >= 1 && text.buttons.length <= 2);
        const sentence = errorSentence(error, { connectionName: 'prod-api', clusterName });
        assert.doesNotMatch(sentence, /please|sorry|oops|simply|!|are you sure/i);
      }
    });
  }

  it('offers the remedy that fits', () => {
    const verbs = (code: FleetErrorCode) =>
      explainFleetError(buildError({ code }), { connectionName: 'a', connectionId: 'a' }).buttons.map(
        ({ label, action }) => (action.kind === 'connection' ? `${label}: ${action.verb}` : label),
      );
    assert.deepEqual(verbs('plainToTlsPort'), ['Enable Use HTTPS: enableHttps', 'Edit: edit']);
    assert.deepEqual(verbs('tlsToPlainPort'), ['Turn Off Use HTTPS: disableHttps', 'Edit: edit']);
    assert.deepEqual(verbs('tlsUntrusted'), [
      'Review Certificate: reviewCertificate',
      'Turn Off Verify SSL: disableVerify',
    ]);
    assert.deepEqual(verbs('tlsFingerprintMismatch'), ['Review Certificate: reviewCertificate', 'Details']);
    assert.deepEqual(verbs('unauthorized'), ['Update Key: updateKey', 'Details']);
  });

  it('shows both fingerprints of a changed certificate and says that no key was sent', () => {
    const text = errorSentence(
      buildError({
        code: 'tlsFingerprintMismatch',
        expectedFingerprint: '3A:9F:00:11:22',
        certificate: {
          subject: 'CN=pve1',
          issuer: 'CN=x',
          validFrom: '2026-11-19',
          validTo: '2027-01-04',
          fingerprint256: 'C1:07:00:11:22',
        },
      }),
      { connectionName: 'api', clusterName: 'lab' },
    );
    assert.match(
      text,
      /^lab\/10\.0\.0\.11:8006: the certificate is not the pinned one\. Was 3A:9F:00:11…; is C1:07:00:11…/,
    );
    assert.match(text, /The key was not sent\./);
  });

  it('names the version that has the HA routes', () => {
    const text = errorSentence(buildError({ code: 'notOffered' }), {
      connectionName: 'prod-api',
      serverVersion: '0.0.10',
    });
    assert.equal(
      text,
      'prod-api: version 0.0.10 has no HA routes. HA needs 0.0.11 or later. Update the server to 0.0.11 or later.',
    );
  });

  it('counts down to the next try and tells the age of the data', () => {
    const context = {
      connectionName: 'prod-api',
      nowMs: builtAtMs,
      retryAtMs: builtAtMs + 41_000,
      dataFromMs: builtAtMs - 55_000,
    };
    assert.match(
      errorSentence(buildError({ code: 'rateLimited' }), context),
      /Reading goes on in 0:41\. Data is 55 s old\./,
    );
    assert.match(errorSentence(buildError({ code: 'lockedOut' }), context), /Free again in 0:41\./);
  });

  it('quotes the reporter without secrets, control characters or endless text', () => {
    const message = `Bearer abc.def\u202e ${'x'.repeat(1_000)}`;
    const { why } = explainFleetError(buildError({ code: 'httpError', message }), { connectionName: 'a' });
    assert.ok(why !== null && !why.includes('abc.def') && !why.includes('\u202e'));
    assert.ok(why.length < 340);
  });
});
