import assert from 'node:assert/strict';
import { KnownSecrets } from '../../../src/extension/logging/knownSecrets.ts';
import { createOutputLogger } from '../../../src/extension/logging/outputLogger.ts';
import type { ConnectionSecret } from '../../../src/extension/storage/connectionSecret.ts';

function logOf(...secrets: ConnectionSecret[]) {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const known = new KnownSecrets();
  for (const secret of secrets) known.add(secret);
  const logger = createOutputLogger(
    { trace: write, debug: write, info: write, warn: write, error: write },
    known,
  );
  return { lines, logger, known };
}

describe('the log of the extension', () => {
  const apiKey = 'k0-"quoted"-secret-value';
  const token = 'ops@pve!console=11112222-3333-4444-5555-666677778888';

  it('leaves out its own keys by value, in whatever form a server repeats them', () => {
    const { lines, logger } = logOf(
      { kind: 'aggregator', apiKey },
      { kind: 'proxmox', tokens: { lab: token, prod: 'ops@pve!other=9999aaaa-bbbb' } },
    );
    logger.info(`the server says <${apiKey}> is wrong`);
    logger.error('failed', { detail: `odd ${apiKey} here`, nested: [{ text: token.split('=')[1] }] });
    logger.debug('prefix 9999aaaa-bbbb suffix');
    const text = lines.join('\n');
    for (const part of ['quoted', '11112222', '66667777', '9999aaaa'])
      assert.doesNotMatch(text, new RegExp(part));
    assert.match(lines[0] ?? '', /^the server says <\[redacted\]> is wrong$/);
    assert.match(lines[2] ?? '', /^prefix \[redacted\] suffix$/);
  });

  it('leaves words alone that a very short secret would take out', () => {
    const { lines, logger } = logOf({ kind: 'aggregator', apiKey: 'lab' });
    logger.info('lab is quorate');
    assert.deepEqual(lines, ['lab is quorate']);
  });

  it('knows a secret from the moment it is told', () => {
    const { lines, logger, known } = logOf();
    logger.info(`before ${apiKey}`);
    known.add({ kind: 'aggregator', apiKey });
    logger.info(`after ${apiKey}`);
    assert.equal(lines[1], 'after [redacted]');
  });
});
