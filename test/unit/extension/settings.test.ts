import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connectionUrl } from '../../../src/client/connectionUrl.ts';
import { guestGroupingLabels, guestGroupings } from '../../../src/console/guestGrouping.ts';
import { noticeKinds } from '../../../src/console/notices/noticeKinds.ts';
import { aggregatorConfigSchema } from '../../../src/contract/aggregatorConfig.ts';
import { productVersion } from '../../../src/contract/version.ts';
import {
  chooseTls,
  draftNode,
  draftToSetting,
  parseTypedAddress,
  settingToDraft,
  tokenIdFault,
  verifiesSsl,
} from '../../../src/extension/connections/connectionDraft.ts';
import { isEndpoint } from '../../../src/extension/connections/endpointAddress.ts';
import { proxmoxConfig } from '../../../src/extension/connections/openConnection.ts';
import { withoutHttps, withoutVerify } from '../../../src/extension/connections/tlsChoices.ts';
import {
  type ConnectionSetting,
  freeConnectionId,
  keepUnusable,
  type ProxmoxSetting,
  parseConnectionSettings,
} from '../../../src/extension/settings/connectionSettings.ts';

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  contributes: {
    commands: { command: string; title: string }[];
    menus: Record<string, ({ command: string; when?: string } | { submenu: string })[]>;
    submenus: { id: string }[];
    configuration: { properties: Record<string, { scope?: string; type?: unknown; default?: unknown }> };
  };
};
const registry = readFileSync(
  new URL('../../../src/extension/commands/commandRegistry.ts', import.meta.url),
  'utf8',
);

describe('manifest', () => {
  it('declares exactly the commands that are registered', () => {
    const declared = manifest.contributes.commands.map(({ command }) => command).sort();
    const registered = [...registry.matchAll(/^ {2}'(proxbox\.[\w.]+)',$/gm)].map((match) => match[1]).sort();
    assert.deepEqual(declared, registered);
  });
  it('names only declared commands in menus', () => {
    const declared = new Set(manifest.contributes.commands.map(({ command }) => command));
    for (const items of Object.values(manifest.contributes.menus))
      for (const item of items) if ('command' in item) assert.ok(declared.has(item.command), item.command);
  });
  it('fills every submenu it opens, and opens every one it fills', () => {
    const declared = manifest.contributes.submenus.map(({ id }) => id).sort();
    const menus = Object.entries(manifest.contributes.menus);
    const opened = menus.flatMap(([, items]) =>
      items.flatMap((item) => ('submenu' in item ? item.submenu : [])),
    );
    assert.deepEqual([...new Set(opened)].sort(), declared);
    assert.deepEqual(
      menus
        .map(([id]) => id)
        .filter((id) => id.startsWith('proxbox.'))
        .sort(),
      declared,
    );
  });
  it('contributes to the menus of pages only registered commands, under conditions that pages can meet', () => {
    const items = manifest.contributes.menus['webview/context'] ?? [];
    const known = new Set([...registry.matchAll(/^ {2}'(proxbox\.[\w.]+)',$/gm)].map((match) => match[1]));
    const pages = ['proxbox.haStatus', 'proxbox.guest'];
    for (const item of items) {
      assert.ok('command' in item && known.has(item.command), JSON.stringify(item));
      const when = item.when ?? '';
      assert.ok(
        pages.some((page) => when.includes(`webviewId == '${page}'`)) ||
          when.includes('webviewId =~ /^proxbox\\.(haStatus|guest)$/'),
        when,
      );
      for (const [, key = ''] of when.matchAll(/(?:^|&& )(\w+)/g))
        assert.ok(['webviewId', 'webviewSection', 'hasGuest', 'hasNode'].includes(key), key);
    }
    for (const command of [
      'guest.open',
      'row.copyId',
      'row.revealInTree',
      'row.revealNode',
      'row.openInProxmox',
    ])
      assert.ok(
        items.some((item) => 'command' in item && item.command === `proxbox.${command}`),
        command,
      );
  });
  it('offers each grouping of guests once, ticked while it is the current one', () => {
    const items = manifest.contributes.menus['proxbox.groupBy'] ?? [];
    for (const grouping of guestGroupings) {
      const shown = items.flatMap((item) =>
        'command' in item && item.command.toLowerCase().startsWith(`proxbox.view.groupby${grouping}`)
          ? [[item.command.endsWith('Ticked'), item.when]]
          : [],
      );
      assert.deepEqual(shown, [
        [false, `proxbox.guestGrouping != ${grouping}`],
        [true, `proxbox.guestGrouping == ${grouping}`],
      ]);
      const ticked = manifest.contributes.commands.find(
        ({ command }) => command.toLowerCase() === `proxbox.view.groupby${grouping}ticked`,
      );
      assert.equal(ticked?.title, `✓ ${guestGroupingLabels[grouping]}`);
    }
  });
  it('keeps the connection list out of reach of a folder', () => {
    assert.equal(manifest.contributes.configuration.properties['proxbox.connections']?.scope, 'machine');
  });
  it('keeps the quorum indicator out of reach of a folder', () => {
    assert.equal(
      manifest.contributes.configuration.properties['proxbox.statusBar.enabled']?.scope,
      'machine',
    );
  });
  it('has a switch for each kind of notice, out of reach of a folder and on', () => {
    const { properties } = manifest.contributes.configuration;
    const switches = Object.entries(properties).filter(
      ([key, { type }]) => key.startsWith('proxbox.notifications.') && type === 'boolean',
    );
    assert.deepEqual(
      switches.map(([key]) => key).sort(),
      noticeKinds.map((kind) => `proxbox.notifications.${kind}`).sort(),
    );
    for (const [key, property] of switches) {
      assert.equal(property.scope, 'machine', key);
      assert.equal(property.default, true, key);
    }
  });
  it('has the version that the product tells', () => {
    assert.equal(manifest.version, productVersion);
  });
});

describe('connection settings', () => {
  const demo = { id: 'demo', name: 'Demo', kind: 'demo' };
  it('are read entry by entry: nonsense costs its own entry and says which field', () => {
    const { connections, problems } = parseConnectionSettings([
      demo,
      { id: 'bad', name: 'x', kind: 'aggregator', host: 'https://h', port: 8800 },
      'nonsense',
      { ...demo, name: 'again' },
      { ...demo, id: 'token', token: 'secret' },
    ]);
    assert.deepEqual(
      connections.map(({ id }) => id),
      ['demo'],
    );
    assert.equal(problems.length, 4);
    assert.match(problems[0]?.message ?? '', /^host:/);
  });
  const proxmox = (...clusters: unknown[]): object => ({ id: 'pve', name: 'pve', kind: 'proxmox', clusters });
  const cluster = (name: string, host: string) => ({ name, endpoints: [{ host }] });
  it('refuse a host that makes no address', () => {
    for (const host of ['pve1:8006', '%zz', 'a b', 'x@y', 'pve1/x'])
      assert.equal(parseConnectionSettings([proxmox(cluster('lab', host))]).connections.length, 0, host);
    const aggregator = { id: 'a', name: 'a', kind: 'aggregator', host: 'agg:8800', port: 8800 };
    assert.equal(parseConnectionSettings([aggregator]).problems.length, 1);
    for (const host of ['pve1', '10.0.0.1', '2001:db8::1', '[2001:db8::1]', 'pve1.example.net'])
      assert.deepEqual(parseConnectionSettings([proxmox(cluster('lab', host))]).problems, [], host);
  });
  it('cost a cluster that is written wrongly itself, not its connection', () => {
    const good = cluster('lab', 'pve1');
    const list = [cluster('bad', '%zz'), good, cluster('lab', 'pve9'), 'nonsense'];
    const { connections, problems } = parseConnectionSettings([proxmox(...list)]);
    const [setting] = connections;
    assert.ok(setting?.kind === 'proxmox');
    assert.deepEqual(
      setting.clusters.map(({ name, endpoints }) => [name, endpoints[0]?.host]),
      [['lab', 'pve1']],
    );
    assert.deepEqual(
      problems.map(({ message }) => message.split(':')[0]),
      ['clusters.0', 'clusters.2', 'clusters.3'],
    );
    const saved = keepUnusable(proxmox(...list), { ...setting, name: 'renamed' }) as { clusters: unknown[] };
    assert.deepEqual(saved.clusters.slice(1), [list[0], list[2], list[3]]);
  });
  it('name every fault of a connection of which no cluster can be used', () => {
    assert.match(
      parseConnectionSettings([proxmox(cluster('bad', '%zz'))]).problems[0]?.message ?? '',
      /^clusters\.0\.endpoints\.0\.host: this is no host name/,
    );
  });
  it('refuse a list that is none with one message', () => {
    assert.equal(parseConnectionSettings({ a: 1 }).problems.length, 1);
    assert.deepEqual(parseConnectionSettings(undefined), { connections: [], problems: [] });
  });
  it('find a free id for any name', () => {
    assert.equal(freeConnectionId('Prod API!', new Set()), 'prod-api');
    assert.equal(freeConnectionId('Prod API', new Set(['prod-api'])), 'prod-api-2');
    assert.equal(freeConnectionId('…', new Set()), 'connection');
  });
});

describe('the clusters of one connection', () => {
  const setting: ProxmoxSetting = {
    id: 'pve',
    name: 'pve',
    enabled: true,
    kind: 'proxmox',
    clusters: ['lab', 'prod'].map((name) => ({
      name,
      endpoints: ['1', '2'].map((number) => ({ host: `${name}${number}`, port: 8006, verifySsl: true })),
    })),
  };
  const holding = (tokens: Record<string, string>) => ({
    read: () => Promise.resolve({ state: 'found' as const, secret: { kind: 'proxmox' as const, tokens } }),
  });

  it('are all read when the token of one is missing, which then says so itself', async () => {
    const { clusters } = await proxmoxConfig(setting, holding({ lab: 'ops@pve!console=abc' }));
    const parsed = aggregatorConfigSchema.parse({ clusters });
    assert.deepEqual(
      parsed.clusters.map(({ name, endpoints }) => [name, endpoints[0]?.token === 'ops@pve!console=abc']),
      [
        ['lab', true],
        ['prod', false],
      ],
    );
    assert.deepEqual(
      [parsed.clusters[1]?.endpoints[0]?.token, parsed.clusters[1]?.endpoints[0]?.noCredential],
      [undefined, true],
    );
  });

  it('are not asked for at all without any token', async () => {
    for (const tokens of [
      {},
      { constructor: 'x' },
      JSON.parse('{"__proto__":"x"}') as Record<string, string>,
    ])
      await assert.rejects(proxmoxConfig(setting, holding(tokens)), /no token is stored for lab, prod/);
  });

  it('stay verified when the check of one node is turned off', () => {
    const off = (endpoint: string | null): string[] | null => {
      const changed = withoutVerify(setting, endpoint) as ProxmoxSetting | null;
      return (
        changed?.clusters.flatMap(({ endpoints }) =>
          endpoints.filter(({ verifySsl }) => !verifySsl).map(({ host }) => host),
        ) ?? null
      );
    };
    assert.deepEqual(off('prod2:8006'), ['prod2']);
    assert.equal(off(null), null);
    assert.equal(off('elsewhere:8006'), null);
    const lone: ConnectionSetting = {
      ...setting,
      clusters: [{ name: 'lab', endpoints: [{ host: 'lab1', port: 8006, verifySsl: true }] }],
    };
    assert.equal((withoutVerify(lone, null) as ProxmoxSetting).clusters[0]?.endpoints[0]?.verifySsl, false);
  });
});

describe('leaving HTTPS', () => {
  const server: ConnectionSetting = {
    id: 'a',
    name: 'prod-api',
    enabled: true,
    kind: 'aggregator',
    host: 'agg.example.net',
    port: 8800,
    useHttps: true,
    verifySsl: true,
  };
  const fingerprint = 'AB'.repeat(32);

  it('is asked first, with what it gives away', () => {
    const plain = withoutHttps(server);
    assert.ok(plain?.state === 'ask');
    assert.match(plain.detail, /Key and data then travel readable/);
    assert.deepEqual(plain.changed, { ...server, useHttps: false });
  });

  it('is refused for a connection that is pinned', () => {
    assert.equal(withoutHttps({ ...server, fingerprint })?.state, 'refused');
    const { problems } = parseConnectionSettings([{ ...server, useHttps: false, fingerprint }]);
    assert.match(problems[0]?.message ?? '', /^fingerprint: a pinned certificate needs "useHttps"/);
    assert.deepEqual(parseConnectionSettings([{ ...server, fingerprint }]).problems, []);
  });

  it('takes the pin with it where somebody chooses it while editing', () => {
    const draft = settingToDraft({ ...server, fingerprint });
    assert.deepEqual(draftToSetting({ ...draft, useHttps: false }, 'a'), { ...server, useHttps: false });
  });

  it('is never done without the question', () => {
    const code = readFileSync(
      new URL('../../../src/extension/commands/pageAction.ts', import.meta.url),
      'utf8',
    );
    assert.doesNotMatch(code, /useHttps: (?!true)/);
  });
});

describe('editing a connection', () => {
  const mixed: ConnectionSetting = {
    id: 'pve',
    name: 'pve',
    enabled: true,
    kind: 'proxmox',
    clusters: [
      {
        name: 'lab',
        endpoints: [
          { host: 'n1', port: 8006, verifySsl: false },
          { host: 'n2', port: 8006, verifySsl: true, caFile: '/etc/ca.pem' },
          { host: 'n3', port: 8006, verifySsl: true, fingerprint: 'AB'.repeat(32) },
        ],
      },
    ],
  };

  it('keeps the TLS choices of every node', () => {
    const draft = settingToDraft(mixed);
    assert.equal(verifiesSsl(draft), null);
    assert.deepEqual(draftToSetting({ ...draft, name: 'pve' }, 'pve'), mixed);
  });

  it('changes all nodes, or the one that is meant, and verifies a node that is new', () => {
    const draft = settingToDraft(mixed);
    chooseTls(draft, { verifySsl: false }, ({ host }) => host === 'n2');
    draft.nodes.push(draftNode('n4', 8006));
    assert.deepEqual(
      draft.nodes.map(({ verifySsl }) => verifySsl),
      [false, false, true, true],
    );
    assert.equal(draft.nodes[1]?.caFile, '/etc/ca.pem');
    chooseTls(draft, { verifySsl: true });
    assert.equal(verifiesSsl(draft), true);
  });
});

describe('typed addresses', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['pve1', { host: 'pve1', port: null, https: null }],
    ['pve1:8006', { host: 'pve1', port: 8006, https: null }],
    [' https://a.example:8800/x ', { host: 'a.example', port: 8800, https: true }],
    ['http://a.example', { host: 'a.example', port: 80, https: false }],
    ['https://a.example', { host: 'a.example', port: 443, https: true }],
    ['2001:db8::1', { host: '2001:db8::1', port: null, https: null }],
    ['[2001:db8::1]:8006', { host: '2001:db8::1', port: 8006, https: null }],
  ];
  for (const [typed, expected] of cases) {
    it(`take "${typed}" apart`, () => assert.deepEqual(parseTypedAddress(typed), expected));
  }
  for (const typed of ['', 'ftp://x', 'https://root:pw@x', 'a b', 'host:99999']) {
    it(`refuse "${typed}" with words`, () => assert.ok('fault' in parseTypedAddress(typed)));
  }
  it('know a token id', () => {
    assert.equal(tokenIdFault('ops@pve!console'), null);
    assert.ok(tokenIdFault('ops@pve'));
  });
  it('match the endpoint that an error names', () => {
    assert.equal(isEndpoint({ host: 'PVE1', port: 8006 }, 'pve1:8006'), true);
    assert.equal(isEndpoint({ host: 'pve2', port: 8006 }, 'pve1:8006'), false);
    assert.equal(isEndpoint({ host: '::1', port: 1 }, '[::1]:1'), true);
  });
});

describe('the URL of a connection', () => {
  it('follows from Use HTTPS alone', () => {
    assert.equal(connectionUrl({ host: 'h', port: 1, useHttps: false }), 'http://h:1');
    assert.equal(connectionUrl({ host: 'h', port: 1, useHttps: true }), 'https://h:1');
    assert.equal(connectionUrl({ host: '::1', port: 1, useHttps: true }), 'https://[::1]:1');
  });
});
