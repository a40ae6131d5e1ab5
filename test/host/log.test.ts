import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { access, eventually } from './support/access.ts';

describe('the log in a real extension host', () => {
  it('never holds a credential, whoever writes it', async () => {
    const { services, logUri } = await access();
    const secret = '4b2f7c11-0d5e-4f7a-9a6e-2f1c7b9e8d33';
    const { logger } = services;
    logger.error(`Authorization: PVEAPIToken=ops@pve!console=${secret}`);
    logger.warn('a request failed', {
      headers: { authorization: `Bearer ${secret}` },
      apiKey: secret,
      url: `https://pve1:8006/?ticket=${secret}`,
      nested: { password: secret, list: [{ token: secret }] },
    });
    logger.info('end of the credentials');
    const folder = logUri.fsPath;
    const text = await eventually(
      'the log file to be written',
      () => {
        const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));
        return files.find((content) => content.includes('end of the credentials'));
      },
      () => readdirSync(folder),
    );
    assert.match(text, /a request failed/);
    assert.ok(!text.includes(secret), 'the secret is in the log');
  });
});
