import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import { maxConnections } from '../../src/extension/settings/connectionSettings.ts';
import { access, answering, eventually, setConnections } from './support/access.ts';

describe('settings with nonsense in a real extension host', () => {
  let parts: TestAccess;
  const notices: string[] = [];

  /** Takes a list over and resolves when the extension has read it. */
  async function take(list: unknown): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      const subscription = parts.services.registry.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
    await answering(
      'showWarningMessage',
      (text) => void notices.push(String(text)),
      async () => {
        await setConnections(list);
        await changed;
      },
    );
  }
  const off = (id: string): object => ({ id, name: id, kind: 'demo', enabled: false });
  const ids = (): string[] => parts.services.registry.settings.map(({ id }) => id);

  before(async () => {
    parts = await access();
  });
  beforeEach(() => notices.splice(0));
  after(() => setConnections(undefined));

  it('a text where the list belongs leaves nothing connected and says so', async () => {
    await take('everything');
    assert.deepEqual(ids(), []);
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? '', /^The connection list cannot be used: expected a list/);
  });

  it('wrong entries cost themselves only, and are told in one notice that names the first', async () => {
    await take([
      off('good'),
      'text',
      null,
      7,
      [],
      { id: 'bad', name: 'Bad', kind: 'aggregator', host: 'https://h/x', port: '8800' },
      off('good'),
      { ...off('later'), kind: 'telnet' },
      off('also-good'),
    ]);
    assert.deepEqual(ids(), ['good', 'also-good']);
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? '', /^Connection entry 2 cannot be used \(and 6 more\): /);
  });

  it('the same faults are not told twice', async () => {
    await take([off('good'), 'text']);
    assert.equal(notices.length, 1);
    await take([{ ...off('good'), name: 'Renamed' }, 'text']);
    assert.equal(notices.length, 1);
  });

  it('a name that would break a line or a message is shown as text', async () => {
    await take([{ id: 'evil\u0000\u202e\n<img src=x>', name: 'x', kind: 'demo' }]);
    assert.equal(notices.length, 1);
    assert.doesNotMatch(notices[0] ?? '', /[\p{Cc}\u202e]/u);
  });

  it('ten thousand entries end at the limit, at once', async () => {
    // Written as a person or a tool would, into the file; the editor's own way of writing takes minutes for so many.
    const file = path.join(parts.globalStorageUri.fsPath, '..', '..', '..', 'Machine', 'settings.json');
    await take([]);
    const settings: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
    const list = Array.from({ length: 10_000 }, (_, index) => off(`c${index}`));
    await answering(
      'showWarningMessage',
      (text) => void notices.push(String(text)),
      async () => {
        writeFileSync(file, JSON.stringify({ ...settings, 'proxbox.connections': list }));
        await eventually('the list to be taken over', () => (ids().length > 0 ? true : undefined));
      },
    );
    assert.equal(ids().length, maxConnections);
    assert.match(notices[0] ?? '', /the list ends here, after 100 connections: 9900 more are left out/);
    writeFileSync(file, JSON.stringify({ ...settings, 'proxbox.connections': [] }));
    await eventually('the list to be empty', () => (ids().length === 0 ? true : undefined));
  });

  it('an entry keeps its place when another is added beside ones that make no sense', async () => {
    await take(['text', off('good')]);
    await vscode.commands.executeCommand('proxbox.demo.start');
    await eventually('the demo to be on', () =>
      parts.services.registry.active.size === 1 ? true : undefined,
    );
    const list = vscode.workspace.getConfiguration('proxbox').inspect<unknown[]>('connections')?.globalValue;
    assert.deepEqual(list, ['text', { ...off('good'), enabled: true }]);
  });

  it('an interval and a switch of the wrong kind read as the default', async () => {
    const configuration = vscode.workspace.getConfiguration('proxbox');
    const target = vscode.ConfigurationTarget.Global;
    try {
      for (const nonsense of ['soon', -1, 0, 1e12, null, {}, true]) {
        await configuration.update('pollIntervalSeconds', nonsense, target);
        assert.equal(parts.services.openOptions.pollIntervalMs(), 15_000, JSON.stringify(nonsense));
      }
      await configuration.update('statusBar.enabled', 'no', target);
      assert.ok(parts.quorumItem.shown, 'only false hides what warns of lost quorum');
    } finally {
      await configuration.update('pollIntervalSeconds', undefined, target);
      await configuration.update('statusBar.enabled', undefined, target);
    }
  });
});
