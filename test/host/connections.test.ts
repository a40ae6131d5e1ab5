import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import { access, answering, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

/** Processes that this one started with this script. */
function childrenOf(parent: number, script: string): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(parent)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.includes(script))
    .map((line) => Number.parseInt(line, 10));
}

function childOf(parent: number, script: string): number {
  const [first] = childrenOf(parent, script);
  assert.ok(first !== undefined, `no child runs ${script}`);
  return first;
}

describe('connections in a real extension host', () => {
  let parts: TestAccess;
  let simulated: Simulated;
  const stored = (): unknown =>
    vscode.workspace.getConfiguration('proxbox').inspect('connections')?.globalValue;
  const stateOf = (id: string) => parts.services.registry.active.get(id)?.connection.state;
  const waitForError = (id: string, code: string): Promise<true> =>
    eventually(
      `${id} to tell ${code}`,
      () => {
        const state = stateOf(id);
        return state !== undefined && 'error' in state && state.error.code === code ? true : undefined;
      },
      () => stateOf(id),
    );
  const cluster = (id: string) => parts.services.model.cluster(id);
  /** What is drawn follows the model within a quarter of a second. */
  const waitForBadNews = (): Promise<true> =>
    eventually(
      'the status bar to show something other than good',
      () => (/^\$\((pass|info|beaker)\)/.test(parts.quorumItem.shown?.text ?? '') ? undefined : true),
      () => parts.quorumItem.shown?.text,
      2_000,
    );

  const lastReadMs = (): number => cluster('cluster:conn.lab')?.freshness.lastSuccessMs ?? 0;
  const waitForReading = (afterMs: number): Promise<true> =>
    eventually(
      'a good reading',
      () =>
        lastReadMs() > afterMs && cluster('cluster:conn.lab')?.freshness.error === null ? true : undefined,
      () => cluster('cluster:conn.lab')?.freshness,
    );
  const rowCount = (): number => {
    const store = parts.services.registry.active.get('conn')?.connection.store;
    return (store?.list('nodes').size ?? 0) + (store?.list('guests').size ?? 0);
  };

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('conn');
  });
  after(async () => {
    await setConnections(undefined);
    await simulated.simulator.close();
  });

  it('are read from the machine and not from an opened folder', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder);
    const settings = path.join(folder, '.vscode');
    mkdirSync(settings, { recursive: true });
    const intruder = { id: 'intruder', name: 'Intruder', kind: 'demo', enabled: true };
    const noticed = new Promise<void>((resolve) => {
      const subscription = vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('editor.rulers')) return;
        subscription.dispose();
        resolve();
      });
    });
    // The second setting tells when the editor has read the file.
    writeFileSync(
      path.join(settings, 'settings.json'),
      JSON.stringify({ 'proxbox.connections': [intruder], 'editor.rulers': [77] }),
    );
    await noticed;
    assert.deepEqual(parts.services.registry.settings, []);
    assert.deepEqual(vscode.workspace.getConfiguration('proxbox').get('connections'), []);
    await assert.rejects(
      async () =>
        vscode.workspace
          .getConfiguration('proxbox')
          .update('connections', [intruder], vscode.ConfigurationTarget.Workspace),
      'a folder must not be able to bring connections along',
    );
  });

  it('keep their secret in the secret storage and nowhere else', async () => {
    await showSimulator(simulated);
    const secret = simulated.tokens.lab?.split('=')[1] ?? '';
    assert.ok(secret.length > 10);
    assert.ok((await parts.secretStorage.get('proxbox.connection.conn'))?.includes(secret));
    assert.ok(!JSON.stringify(stored()).includes(secret));
  });

  it('say that a secret cannot be read, instead of taking it for absent or asking with none', async () => {
    const before = simulated.simulator.requests.get('lab')?.counts.total;
    await parts.secretStorage.store('proxbox.connection.conn', '{"kind":"from a later version"}');
    await waitForError('conn', 'secretUnavailable');
    const state = stateOf('conn');
    assert.ok(state?.kind === 'halted');
    assert.match(state.error.message, /form this version does not know/);
    await waitForBadNews();
    assert.deepEqual(await parts.services.secrets.read('conn').then(({ state: read }) => read), 'unreadable');
    assert.ok((simulated.simulator.requests.get('lab')?.counts.total ?? 0) - (before ?? 0) <= 20);
    const { tree } = parts.services;
    const descriptions = (): string[] => tree.children(null).map((id) => tree.row(id)?.description ?? '');
    await eventually(
      'a row to tell it',
      () => descriptions().find((text) => /secret|key|token/i.test(text)),
      descriptions,
    );
  });

  it('say that a secret is missing in other words', async () => {
    await parts.secretStorage.delete('proxbox.connection.conn');
    await eventually('the missing token to be told', () => {
      const state = stateOf('conn');
      return state?.kind === 'halted' && /no token is stored for lab/.test(state.error.message)
        ? true
        : undefined;
    });
  });

  it('come back by themselves once the key is updated', async () => {
    const token = simulated.tokens.lab ?? '';
    const lastRead = lastReadMs();
    const answers = [token.slice(0, token.indexOf('=')), token.slice(token.indexOf('=') + 1)];
    await answering(
      'showInputBox',
      () => answers.shift(),
      async () => vscode.commands.executeCommand('proxbox.connection.updateKey', 'connection:conn'),
    );
    assert.deepEqual(answers, []);
    await waitForReading(lastRead);
  });

  it('stop at a wrong token instead of trying it again and again, and keep what was known', async () => {
    const rows = rowCount();
    assert.ok(rows > 5);
    const lastRead = lastReadMs();
    await parts.services.secrets.store('conn', {
      kind: 'proxmox',
      tokens: { lab: 'root@pam!console=00000000-0000-0000-0000-000000000000' },
    });
    await eventually(
      'the refusal to be told',
      () => (cluster('cluster:conn.lab')?.freshness.error?.code === 'unauthorized' ? true : undefined),
      () => cluster('cluster:conn.lab')?.freshness,
    );
    await waitForBadNews();
    assert.equal(rowCount(), rows, 'what was known stays');
    await parts.services.secrets.store('conn', { kind: 'proxmox', tokens: simulated.tokens });
    await waitForReading(lastRead);
  });

  it('come back after their aggregator was killed, without losing a row meanwhile', async () => {
    const rows = rowCount();
    const counts: number[] = [];
    const subscription = parts.services.model.onDidChangeNow(() => counts.push(rowCount()));
    const child = childOf(process.pid, 'aggregator.js');
    process.kill(child, 'SIGKILL');
    try {
      await eventually(
        'another aggregator',
        () => {
          const state = stateOf('conn');
          const isNew = childrenOf(process.pid, 'aggregator.js').some((pid) => pid !== child);
          return state?.kind === 'live' && isNew ? true : undefined;
        },
        () => stateOf('conn'),
      );
      await waitForReading(lastReadMs());
    } finally {
      subscription.dispose();
    }
    assert.deepEqual(
      counts.filter((count) => count !== rows),
      [],
    );
  });

  it('can be tested, and the result is told', async () => {
    let told = '';
    await answering(
      'showInformationMessage',
      (text) => {
        told = String(text);
        return undefined;
      },
      async () => vscode.commands.executeCommand('proxbox.connection.test', 'connection:conn'),
    );
    assert.equal(told, 'conn: reached, found lab (3 nodes).');
  });

  it('can be switched off, which stops them and keeps the secret, and on again', async () => {
    const choose = (pick: boolean): Promise<unknown> =>
      answering(
        'showQuickPick',
        (items) => (pick ? items : []),
        async () => vscode.commands.executeCommand('proxbox.connection.select'),
      );
    await choose(false);
    assert.equal(parts.services.registry.active.size, 0);
    assert.deepEqual(parts.services.model.clusters(), []);
    assert.equal((await parts.services.secrets.read('conn')).state, 'found');
    await choose(true);
    assert.equal(parts.services.registry.active.size, 1);
  });

  it('are removed with their secret, after one question that can be declined', async () => {
    const remove = (answer: string | undefined): Promise<unknown> =>
      answering(
        'showWarningMessage',
        () => answer,
        async () => vscode.commands.executeCommand('proxbox.connection.remove', 'connection:conn'),
      );
    await remove(undefined);
    assert.equal(parts.services.registry.settings.length, 1);
    await remove('Remove Connection');
    assert.deepEqual(parts.services.registry.settings, []);
    assert.deepEqual(stored(), []);
    assert.equal(await parts.secretStorage.get('proxbox.connection.conn'), undefined);
    assert.equal((await parts.services.secrets.read('conn')).state, 'absent');
  });

  it('start the demo, which is stored switched on', async () => {
    await vscode.commands.executeCommand('proxbox.demo.start');
    assert.deepEqual(stored(), [{ id: 'demo', name: 'Demo', kind: 'demo', enabled: true }]);
    assert.equal(parts.services.registry.active.size, 1);
    await setConnections(undefined);
    assert.equal(parts.services.registry.active.size, 0);
  });

  it('play a scenario on the demo, tell what happens, and put all back when it is cancelled', async () => {
    await vscode.commands.executeCommand('proxbox.demo.start');
    await eventually('the demo to be read', () =>
      cluster('cluster:demo.prod')?.quorum.state === 'quorate' ? true : undefined,
    );
    const answers = [(rows: readonly { label: string }[]) => rows[0], () => 'lab'];
    const told: string[] = [];
    const cancel = new vscode.CancellationTokenSource();
    await answering(
      'showQuickPick',
      (rows) => answers.shift()?.(rows as { label: string }[]),
      async () =>
        answering(
          'withProgress',
          (_options, task) =>
            (task as (progress: object, token: vscode.CancellationToken) => Promise<void>)(
              {
                report: ({ message }: { message: string }) => {
                  told.push(message);
                  if (told.length === 2) cancel.cancel();
                },
              },
              cancel.token,
            ),
          async () => vscode.commands.executeCommand('proxbox.demo.runScenario'),
        ),
    );
    assert.match(told[0] ?? '', /loses power/);
    await eventually(
      'every node to be back',
      () => {
        const nodes = [...(parts.services.registry.active.get('demo')?.connection.store.list('nodes') ?? [])];
        return nodes.length > 0 && nodes.every(([, { online }]) => online !== false) ? true : undefined;
      },
      undefined,
      90_000,
    );
    await setConnections(undefined);
  });
});
