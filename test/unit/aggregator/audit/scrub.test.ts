import assert from 'node:assert/strict';
import { scrub, scrubText } from '../../../../src/aggregator/audit/scrub.ts';

describe('the scrubber', () => {
  const leaks: readonly (readonly [string, string, RegExp])[] = [
    ['a pass phrase of several words', 'password: correct horse battery', /correct|horse|battery/],
    ['a pass phrase behind an equals sign', 'password=correct horse battery', /correct|horse|battery/],
    ['a block of text', 'password: |\n  hunter2secret\n  and more\nnext: kept', /hunter2|and more/],
    ['a folded block', 'root_password: >-\n    hunter2secret\nnext: kept', /hunter2/],
    ['a list below a name', 'chpasswd:\n  list: |\n    root:topsecret99\nnext: kept', /topsecret99/],
    ['a list in a list', 'users:\n  - name: ops\n    passwd: hunter2secret\nnext: kept', /hunter2/],
    ['a mapping in one line', 'a: {user: ops, password: hunter2secret, x: 1}', /hunter2/],
    ['a short name', 'pw=hunter2secret', /hunter2/],
    ['a short name with a prefix', 'db_pw: hunter2secret', /hunter2/],
    ['a word inside a name', 'aws_secret_access_key = AKIAhunter2', /hunter2/],
    ['a key of any kind', 'signing_key=hunter2secret', /hunter2/],
    ['quotes', '"api_token": "hunter2 secret", "x": 1', /hunter2|secret"/],
    [
      'a private key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----',
      /b3Blb/,
    ],
    [
      'a private key in a form',
      '-----BEGIN%20OPENSSH%20PRIVATE%20KEY-----%0Ab3BlbnNzaC1rZXk%0A-----END%20OPENSSH%20PRIVATE%20KEY-----',
      /b3Blb/,
    ],
    ['a private key in another form', '%2D%2D%2D%2D%2DBEGIN+PRIVATE+KEY%2D%2D%2D%2D%2D%0Ab3Blb', /b3Blb/],
    ['a private key that was cut off', '-----BEGIN PRIVATE KEY-----\nb3Blb', /b3Blb/],
  ];
  for (const [what, text, secret] of leaks)
    it(`takes out ${what}`, () => {
      const clean = scrubText(text);
      assert.doesNotMatch(clean, secret);
      assert.match(clean, /\*\*\*|redacted/);
      if (text.includes('next: kept')) assert.match(clean, /next: kept/);
    });

  it('leaves sentences and settings as they are', () => {
    for (const text of [
      'Deletion request 4 waits for a second person.',
      'The user data holds a readable password (users[0].passwd). Use a hash or a public key.',
      'name: web-1\ncores: 4\nnet0: virtio,bridge=vmbr0',
      'Your key lacks the permission view. An administrator can give it.',
      'keyboard=de,passthrough',
    ])
      assert.equal(scrubText(text), text);
  });

  it('keeps of a program for the first start only its hash', () => {
    const userData = '#cloud-config\nruncmd:\n  - curl -u me:topsecret99 https://x\n';
    const one = scrub({ cloud_init: { user_data: userData, user: 'ops' } });
    assert.match(one.cloud_init.user_data, /^sha256:[0-9a-f]{64}$/);
    assert.equal(one.cloud_init.user, 'ops');
    assert.deepEqual(scrub({ cloud_init: { user_data: userData, user: 'ops' } }), one);
    const other: unknown = scrub({ user_data: { runcmd: ['topsecret99'] }, vendor_data: null });
    assert.doesNotMatch(JSON.stringify(other), /topsecret99/);
    assert.match(JSON.stringify(other), /"vendor_data":null/);
  });

  it('takes a name beside the value for the name of the value', () => {
    for (const field of ['key', 'slot', 'name'])
      assert.deepEqual(scrub({ disks: [{ [field]: 'cipassword', value: 'hunter2secret' }] }), {
        disks: [{ [field]: 'cipassword', value: '***' }],
      });
  });
});
