import assert from 'node:assert/strict';
import { redactData, redactText } from '../../../src/base/redact.ts';

const secret = '4b2f7c11-0d5e-4f7a-9a6e-2f1c7b9e8d33';

describe('redaction', () => {
  for (const text of [
    `Authorization: PVEAPIToken=ops@pve!console=${secret}`,
    `token ops@pve!console=${secret} was refused`,
    `GET https://pve1:8006/console?ticket=${secret}&vmid=105`,
    `api_key=${secret}; next`,
    `Bearer ${secret}`,
    `https://ops:${secret}@pve1:8006/`,
    `password=${secret}`,
    `X-Proxbox-API-Key: ${secret}`,
    `{"api_key":"${secret}","x":1}`,
    `{"api_key" : "with \\" quote ${secret}"}`,
    `{'password': '${secret}'}`,
    `password: ${secret}`,
    `cipassword: ${secret}, next`,
    `Authorization: Token ${secret}`,
    `authorization: ${secret}`,
    `"Authorization": "Token ${secret}"`,
    `Cookie: a=1; PVEAuthCookie=${secret}; b=${secret}`,
    `token: ${secret}`,
  ])
    it(`takes the secret out of "${text.replace(secret, '…')}"`, () => {
      assert.ok(!redactText(text).includes(secret), redactText(text));
      assert.ok(!JSON.stringify(redactData({ nested: [{ text }] })).includes(secret));
    });

  it('leaves what surrounds a secret, so that the line still helps', () => {
    assert.equal(
      redactText(`GET /console?ticket=${secret}&vmid=105 with ops@pve!console=${secret}`),
      'GET /console?ticket=[redacted]&vmid=105 with ops@pve!console=[redacted]',
    );
  });

  it('leaves ordinary words and figures alone', () => {
    for (const text of [
      'key refused by prod; expected=3 votes=2, node pve1 (ticket expired), 401 no ticket',
      'invalid token: expired',
      'no ticket: permission denied (403)',
      'clusters[0].endpoints[0].tokenEnv: environment variable LAB_TOKEN is not set',
      'clusters[0].endpoints[0].token: expected a token of another form',
      'apiKeys[0].key: too short',
    ])
      assert.equal(redactText(text), text);
  });
});
