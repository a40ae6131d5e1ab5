import assert from 'node:assert/strict';
import {
  ConfigError,
  parseConfig,
  parseConfigText,
  resolveConfig,
  secretsOf,
} from '../../../src/aggregator/config.ts';

const token = 'root@pam!console=11111111-2222-3333-4444-555555555555';
const key = 'a-key-of-at-least-thirty-two-characters';

function findingsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.findings;
  }
  return assert.fail('was accepted');
}

function withEndpoint(endpoint: Record<string, unknown>): unknown {
  return { clusters: [{ name: 'lab', endpoints: [{ url: 'https://pve1:8006', token }, endpoint] }] };
}

describe('configuration of the aggregator', () => {
  const yaml = `
# comments are fine
clusters:
  - name: lab
    endpoints:
      - url: https://pve1.example:8006
        tokenEnv: LAB_TOKEN
        verifyTls: false
      - url: https://pve2.example:8006
        username: root@pam
        passwordEnv: LAB_PASSWORD
        caFile: /etc/ca.pem
apiKeys:
  - keyEnv: CONSOLE_KEY
    label: console
`;

  it('reads YAML and fills in defaults', () => {
    const config = parseConfigText(yaml);
    assert.equal(config.clusters[0]?.endpoints.length, 2);
    assert.deepEqual(
      [config.pollIntervalMs, config.callDeadlineMs, config.rateLimitPerMinute],
      [5_000, 5_000, 300],
    );
  });

  it('reads JSON', () => {
    const config = parseConfigText(
      JSON.stringify({ clusters: [], apiKeys: [{ key }], pollIntervalMs: 1_000 }),
    );
    assert.equal(config.pollIntervalMs, 1_000);
  });

  it('puts the named environment variables in place', () => {
    const resolved = resolveConfig(parseConfigText(yaml), {
      LAB_TOKEN: token,
      LAB_PASSWORD: 'pass word',
      CONSOLE_KEY: key,
      OTHER: 'never read',
    });
    assert.deepEqual(resolved.clusters, [
      {
        name: 'lab',
        endpoints: [
          {
            url: 'https://pve1.example:8006',
            credential: { kind: 'token', token },
            verifyTls: false,
            fingerprint: null,
            caFile: null,
          },
          {
            url: 'https://pve2.example:8006',
            credential: { kind: 'password', username: 'root@pam', password: 'pass word' },
            verifyTls: true,
            fingerprint: null,
            caFile: '/etc/ca.pem',
          },
        ],
      },
    ]);
    assert.deepEqual(resolved.apiKeys, [{ key, label: 'console', actor: 'console', permissions: ['view'] }]);
    assert.equal(resolved.store, null);
    assert.deepEqual(
      new Set(secretsOf(resolved)),
      new Set([key, token, token.split('=')[1] ?? '', 'pass word']),
    );
  });

  it('resolves the store, and counts its password among the secrets', () => {
    const url = 'postgres://proxbox:hunt%40er2@db.example/proxbox';
    const shared = resolveConfig(parseConfig({ clusters: [], store: { postgresEnv: 'STORE' } }), {
      STORE: url,
    });
    assert.deepEqual(shared.store, { kind: 'postgres', url });
    assert.deepEqual(secretsOf(shared), [url, 'hunt%40er2', 'hunt@er2']);
    const own = resolveConfig(parseConfig({ clusters: [], store: { sqlite: './a.db' } }), {});
    assert.deepEqual(own.store, { kind: 'sqlite', file: './a.db' });
    assert.deepEqual(
      findingsOf(() => parseConfig({ clusters: [], store: { sqlite: './a.db', postgres: url } })),
      ['store: give exactly one of sqlite, postgres or postgresEnv'],
    );
  });

  it('names every variable that is missing, empty or unusable, with its path and without its value', () => {
    const config = parseConfig({
      clusters: [{ name: 'lab', endpoints: [{ url: 'https://a', tokenEnv: 'BAD_TOKEN' }] }],
      apiKeys: [{ keyEnv: 'SHORT_KEY' }, { keyEnv: 'EMPTY_KEY' }],
    });
    const findings = findingsOf(() =>
      resolveConfig(config, { BAD_TOKEN: 'hunter2', SHORT_KEY: 'hunter2', EMPTY_KEY: '' }),
    );
    assert.deepEqual(findings, [
      'clusters[0].endpoints[0].tokenEnv: environment variable BAD_TOKEN does not hold a token of the form user@realm!tokenid=secret',
      'apiKeys[0].keyEnv: environment variable SHORT_KEY holds fewer than 32 characters',
      'apiKeys[1].keyEnv: environment variable EMPTY_KEY is empty',
    ]);
    assert.deepEqual(
      findingsOf(() => resolveConfig(parseConfigText(yaml), {})),
      [
        'clusters[0].endpoints[0].tokenEnv: environment variable LAB_TOKEN is not set',
        'clusters[0].endpoints[1].passwordEnv: environment variable LAB_PASSWORD is not set',
        'apiKeys[0].keyEnv: environment variable CONSOLE_KEY is not set',
      ],
    );
  });

  const misfits: [string, unknown, RegExp][] = [
    [
      'an unknown key of an endpoint',
      withEndpoint({ url: 'https://b', token, verifyTsl: true }),
      /^clusters\[0\]\.endpoints\[1\]\.verifyTsl: unknown key$/,
    ],
    ['an unknown key at the top', { clusters: [], cluster: [] }, /^cluster: unknown key$/],
    ['missing clusters', {}, /^clusters: /],
    ['an empty file', null, /^clusters: /],
    ['a list instead of a map', [], /^configuration: /],
    [
      'a cluster without endpoints',
      { clusters: [{ name: 'a', endpoints: [] }] },
      /^clusters\[0\]\.endpoints: /,
    ],
    [
      'a name with a slash',
      { clusters: [{ name: 'a/b', endpoints: [] }] },
      /^clusters\[0\]\.name: use letters/,
    ],
    [
      'two secrets',
      withEndpoint({ url: 'https://b', token, tokenEnv: 'X' }),
      /endpoints\[1\]: give exactly one/,
    ],
    [
      'a user without password',
      withEndpoint({ url: 'https://b', username: 'a@pam' }),
      /endpoints\[1\]: username goes/,
    ],
    ['an address of another kind', withEndpoint({ url: 'ftp://b', token }), /endpoints\[1\]\.url: /],
    [
      'a pinned certificate without TLS',
      withEndpoint({ url: 'http://b', token, fingerprint: 'AB'.repeat(32) }),
      /endpoints\[1\]\.fingerprint: a certificate can only be pinned with https/,
    ],
    ...['https://u:pw@b', 'https://u@b:8006/', 'https://b/path', 'https://b?x=1', 'https://b/#x'].map(
      (url): [string, unknown, RegExp] => [
        `more than an address (${url.slice(8)})`,
        withEndpoint({ url, token }),
        /^clusters\[0\]\.endpoints\[1\]\.url: give scheme, host and port only; [^@?#]*$/,
      ],
    ),
    ['a short key', { clusters: [], apiKeys: [{ key: 'short' }] }, /^apiKeys\[0\]\.key: /],
    ['too quick polling', { clusters: [], pollIntervalMs: 1 }, /^pollIntervalMs: /],
    [
      'a name used twice',
      {
        clusters: [
          { name: 'a', endpoints: [{ url: 'https://b', token }] },
          { name: 'a', endpoints: [{ url: 'https://c', token }] },
        ],
      },
      /^clusters: cluster names must differ$/,
    ],
  ];
  for (const [what, value, finding] of misfits) {
    it(`refuses ${what} with its path`, () => {
      const findings = findingsOf(() => parseConfig(value));
      assert.ok(
        findings.some((line) => finding.test(line)),
        findings.join(' | '),
      );
    });
  }

  it('echoes no value of a refused configuration', () => {
    const secret = 'hunter2-secret';
    for (const value of [
      withEndpoint({ url: secret, token: secret, fingerprint: secret, verifyTls: secret }),
      { clusters: [], apiKeys: [{ key: secret }], pollIntervalMs: secret },
    ]) {
      assert.ok(
        !findingsOf(() => parseConfig(value))
          .join('\n')
          .includes(secret),
      );
    }
  });

  it('tells where text is not readable without quoting it', () => {
    for (const text of [
      'clusters: [\n  token: "hunter2',
      'a: hunter2\na: hunter2',
      '{"token": "hunter2" "x"}',
      '"hunter2" x',
    ]) {
      const findings = findingsOf(() => parseConfigText(text));
      assert.match(findings[0] ?? '', /^line \d+, column \d+: not readable as YAML or JSON \([A-Z_]+\)$/);
      assert.ok(!findings.join('\n').includes('hunter2'));
    }
  });

  it('refuses aliases that would blow up', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [name, before] of ['ba', 'cb', 'dc', 'ed'].map((pair) => [...pair])) {
      lines.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`);
    }
    assert.deepEqual(
      findingsOf(() => parseConfigText(lines.join('\n'))),
      ['aliases in the file cannot be resolved'],
    );
  });
});
