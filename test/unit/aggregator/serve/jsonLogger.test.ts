import assert from 'node:assert/strict';
import { createJsonLogger } from '../../../../src/aggregator/serve/jsonLogger.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

function record(secrets: string[] = []) {
  const lines: string[] = [];
  const logger = createJsonLogger({
    clock: new FakeClock(0),
    minimum: 'info',
    secrets,
    writeLine: (line) => lines.push(line),
  });
  return { logger, lines };
}

describe('log lines', () => {
  it('are one JSON object each, from the wanted level on', () => {
    const { logger, lines } = record();
    logger.debug('not this');
    logger.warn('two\nlines', { cluster: 'lab', count: 0 });
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {
          time: '1970-01-01T00:00:00.000Z',
          level: 'warn',
          message: 'two\nlines',
          data: { cluster: 'lab', count: 0 },
        },
      ],
    );
    assert.ok(!lines[0]?.includes('\n'));
  });

  it('hold no secret, be it recognised by name, by form or by value', () => {
    const { logger, lines } = record(['s3cr3t-uuid', 'with"quote', '']);
    logger.error('sent PVEAPIToken=root@pam!t=abc', {
      apiKey: 'abc',
      nested: { password: 'abc' },
      cause: 'wrong secret s3cr3t-uuid and with"quote',
      header: 'Bearer abcdef',
    });
    const line = lines[0] ?? '';
    for (const secret of ['s3cr3t-uuid', 'with', 'abc', 'root@pam'])
      assert.ok(!line.includes(secret), secret);
    assert.equal(JSON.parse(line).data.cause, 'wrong secret [redacted] and [redacted]');
  });
});
