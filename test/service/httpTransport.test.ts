import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { systemClock } from '../../src/base/clock.ts';
import { nullLogger } from '../../src/base/logger.ts';
import { ClientError } from '../../src/client/clientError.ts';
import { createHttpTransport } from '../../src/client/httpTransport.ts';
import type { FleetErrorCode } from '../../src/contract/model/fleetError.ts';

const key = 'the-key-that-must-not-leak';
type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

describe('requests to an aggregator', () => {
  const servers: net.Server[] = [];
  const seenKeys: unknown[] = [];
  let certificate: { private: string; cert: string; fingerprint256: string };

  before(async () => {
    const made = await generate([{ name: 'commonName', value: 'aggregator.test' }], { keySize: 2048 });
    const { X509Certificate } = await import('node:crypto');
    certificate = { ...made, fingerprint256: new X509Certificate(made.cert).fingerprint256 };
  });
  afterEach(async () => {
    seenKeys.length = 0;
    await Promise.all(
      servers.splice(0).map((server) => {
        if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  });

  const listen = async (server: net.Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const watched =
    (handler: Handler): Handler =>
    (request, response) => {
      seenKeys.push(request.headers['x-proxbox-api-key']);
      handler(request, response);
    };
  const plain = (handler: Handler) => listen(http.createServer(watched(handler)));
  const secure = (handler: Handler) =>
    listen(https.createServer({ key: certificate.private, cert: certificate.cert }, watched(handler)));
  const json: Handler = (_request, response) => response.end('{"version":"1"}');

  const ask = async (
    baseUrl: string,
    tls: { verify: boolean; fingerprint: string | null } = { verify: true, fingerprint: null },
    deadlineMs = 5_000,
  ) => {
    const client = createHttpTransport({
      baseUrl,
      apiKey: () => Promise.resolve(key),
      tls: { ...tls, caPem: null },
      clock: systemClock,
      logger: nullLogger,
    });
    try {
      return await client.request({ method: 'GET', path: '/version', deadlineMs });
    } finally {
      client.dispose();
    }
  };
  const failsWith = async (code: FleetErrorCode, asking: Promise<unknown>): Promise<ClientError> => {
    const error = await asking.then(
      () => assert.fail('it did not fail'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClientError);
    assert.equal(error.fleetError.code, code);
    assert.ok(!error.fleetError.message.includes(key));
    return error;
  };

  it('carry the key in its header and nowhere else', async () => {
    const port = await plain(json);
    const reply = await ask(`http://127.0.0.1:${port}`);
    assert.equal(reply.body, '{"version":"1"}');
    assert.deepEqual(seenKeys, [key]);
  });
  it('accept the pinned certificate although nobody vouches for it', async () => {
    const port = await secure(json);
    const reply = await ask(`https://127.0.0.1:${port}`, {
      verify: true,
      fingerprint: certificate.fingerprint256.toLowerCase(),
    });
    assert.equal(reply.status, 200);
  });
  it('send nothing to a server with another certificate than the pinned one', async () => {
    const port = await secure(json);
    const wrong = 'AA:'.repeat(31).concat('AA');
    const error = await failsWith(
      'tlsFingerprintMismatch',
      ask(`https://127.0.0.1:${port}`, { verify: true, fingerprint: wrong }),
    );
    assert.equal(error.fleetError.certificate?.fingerprint256, certificate.fingerprint256);
    assert.equal(error.fleetError.expectedFingerprint, wrong);
    assert.deepEqual(seenKeys, []);
  });
  it('send nothing to a server whose certificate nobody vouches for, and show that certificate', async () => {
    const port = await secure(json);
    const error = await failsWith('tlsUntrusted', ask(`https://127.0.0.1:${port}`));
    assert.equal(error.fleetError.certificate?.subject, 'aggregator.test');
    assert.deepEqual(seenKeys, []);
  });
  it('go through unverified only when told to', async () => {
    const port = await secure(json);
    assert.equal((await ask(`https://127.0.0.1:${port}`, { verify: false, fingerprint: null })).status, 200);
  });
  it('recognise HTTP spoken to an HTTPS port', async () => {
    const port = await secure(json);
    await failsWith('plainToTlsPort', ask(`http://127.0.0.1:${port}`));
    assert.deepEqual(seenKeys, []);
  });
  it('recognise HTTPS spoken to a plain port', async () => {
    const port = await plain(json);
    await failsWith('tlsToPlainPort', ask(`https://127.0.0.1:${port}`));
  });
  it('end at their deadline when nothing comes, headers or the rest of a body', async () => {
    const silent = await plain(() => undefined);
    await failsWith('timeout', ask(`http://127.0.0.1:${silent}`, undefined, 150));
    const half = await plain((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"ver');
    });
    await failsWith('timeout', ask(`http://127.0.0.1:${half}`, undefined, 150));
  });
  it('tell a refused connection from one that was cut', async () => {
    const port = await plain(json);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    await failsWith('connectionRefused', ask(`http://127.0.0.1:${port}`));
    const cut = await listen(net.createServer((socket) => socket.destroy()));
    await failsWith('connectionReset', ask(`http://127.0.0.1:${cut}`));
  });
  it('do not follow a redirect', async () => {
    const port = await plain((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    );
    assert.equal((await ask(`http://127.0.0.1:${port}`)).status, 302);
    assert.equal(seenKeys.length, 1);
  });
});
