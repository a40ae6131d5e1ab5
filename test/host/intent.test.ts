import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { writesPhrase } from '../../src/contract/intent/settings.ts';
import type { TestAccess } from '../../src/extension/extension.ts';
import { openComparison } from '../../src/extension/intent/comparison.ts';
import {
  access,
  answering,
  closePages,
  eventually,
  openTabs,
  setConnections,
  typing,
} from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

const text = `version: 1
cluster: lab
guests:
  - op: create
    kind: qemu
    vmid: 150
    node: pve1
    name: taken
  - op: create
    kind: qemu
    vmid: 160
    node: pve1
    name: web-4
    cores: 2
  - op: delete
    kind: qemu
    vmid: 105
    node: pve2
    reason: the auditors have their copy
`;

describe('intent documents in a real extension host', () => {
  let parts: TestAccess;
  let simulated: Simulated;
  let uri: vscode.Uri;

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('intent', { speed: 200 });
    await showSimulator(simulated);
    const folder = vscode.Uri.joinPath(parts.globalStorageUri, 'intent-test');
    uri = vscode.Uri.joinPath(folder, 'shop.proxbox-intent.yaml');
  });
  after(async () => {
    await closePages();
    await setConnections([]);
    await simulated.simulator.close();
  });
  beforeEach(async () => {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await closePages();
  });

  /** Opens the document; the editor takes over what lies on disk only after it noticed. */
  const show = async (): Promise<vscode.TextEditor> => {
    const editor = await vscode.window.showTextDocument(uri);
    await eventually(
      'the document as it lies on disk',
      () => (editor.document.getText() === text ? true : undefined),
      () => editor.document.getText(),
    );
    return editor;
  };
  const change = async (editor: vscode.TextEditor, from: string, to: string): Promise<void> => {
    const start = editor.document.getText().indexOf(from);
    assert.ok(start >= 0, from);
    const range = new vscode.Range(
      editor.document.positionAt(start),
      editor.document.positionAt(start + from.length),
    );
    await editor.edit((edit) => edit.replace(range, to));
  };
  const problems = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Proxbox');
  const waitForProblem = (expected: RegExp): Promise<vscode.Diagnostic> =>
    eventually(
      `a problem ${expected}`,
      () => problems().find(({ message }) => expected.test(message)),
      () => problems().map(({ message }) => message),
    );
  const session = async () => {
    const open = (await parts.intent.load()).find(uri.toString());
    assert.ok(open);
    return open.session;
  };
  const planNow = async (): Promise<void> => {
    await vscode.commands.executeCommand('proxbox.intent.plan', uri);
    const { plan } = await session();
    assert.ok(plan, JSON.stringify((await session()).standing()));
  };

  it('show faults at their lines while they are typed', async () => {
    const editor = await show();
    await change(editor, 'cores: 2', 'coers: 2');
    const unknown = await waitForProblem(/coers/);
    assert.equal(unknown.range.start.line, 13);
    await change(editor, 'coers: 2', 'cores: none');
    const wrong = await waitForProblem(/cores|number/);
    assert.equal(wrong.range.start.line, 13);
    await change(editor, 'cores: none', 'cores: 2');
    await eventually('the problems to go', () => (problems().length === 0 ? true : undefined));
  });

  it('offer fields of the schema, and nodes of the cluster as values', async () => {
    const editor = await show();
    const offers = async (line: number, character: number): Promise<string[]> => {
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        uri,
        new vscode.Position(line, character),
      );
      return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    await change(editor, '    cores: 2\n', '    \n');
    assert.ok((await offers(13, 4)).some((label) => /memory_mib/.test(label)));
    await change(editor, 'node: pve2', 'node: ');
    const nodes = await offers(17, 10);
    for (const node of ['pve1', 'pve2', 'pve3'])
      assert.ok(
        nodes.some((label) => label.includes(node)),
        nodes.join(),
      );
  });

  it('explain a field where the pointer rests', async () => {
    await show();
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      uri,
      new vscode.Position(0, 2),
    );
    assert.ok(hovers.length > 0);
  });

  it('are planned against the live cluster; verdicts stand at the lines they come from', async () => {
    await show();
    await planNow();
    const blocked = await waitForProblem(/150/);
    assert.equal(blocked.range.start.line, 5);
    assert.equal(blocked.severity, vscode.DiagnosticSeverity.Error);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
    );
    const titles = lenses.map(({ command }) => command?.title ?? '');
    assert.ok(
      titles.some((title) => /Plan Again/.test(title)),
      titles.join(),
    );
    assert.ok(
      titles.some((title) => /Apply: off/.test(title)),
      titles.join(),
    );
  });

  it('compare each change in the editor, now beside after, with what HA does', async () => {
    await show();
    await planNow();
    const open = (await parts.intent.load()).find(uri.toString());
    assert.ok(open);
    await openComparison(open, 2);
    const diff = await eventually('a comparison', () =>
      openTabs().find(({ input }) => input instanceof vscode.TabInputTextDiff),
    );
    assert.ok(diff.input instanceof vscode.TabInputTextDiff);
    const after = await vscode.workspace.openTextDocument(diff.input.modified);
    assert.match(after.getText(), /until a second person agrees/);
    assert.match(after.getText(), /# HA: .*105/);
  });

  it('keep the last plan, marked, when they no longer parse', async () => {
    const editor = await show();
    await planNow();
    await change(editor, 'version: 1', 'version: [');
    const now = await session();
    await eventually(
      'the plan to be marked',
      () => (now.standing().kind === 'unreadable' ? true : undefined),
      () => now.standing(),
    );
    assert.ok(now.plan);
    assert.equal(now.refusals()[0]?.short, 'document has faults');
  });

  it('are not applied while writes are off, and are once they were opened', async () => {
    const { intent } = parts.services.registry.active.get('intent') ?? {};
    assert.ok(intent);
    const editor = await show();
    await change(editor, 'vmid: 150', 'vmid: 161');
    await (await parts.intent.load()).sessionOf(editor.document);
    await planNow();
    assert.equal((await session()).refusals()[0]?.short, 'writes off');
    let told = '';
    await answering(
      'showErrorMessage',
      (message) => {
        told = String(message);
      },
      async () => vscode.commands.executeCommand('proxbox.intent.apply', uri),
    );
    assert.match(told, /not applied, writes off/);
    assert.equal(simulated.simulator.world.cluster('lab').world.guests.has(161), false);

    await assert.rejects(intent.changeSettings({ netbox_to_proxmox_enabled: true }), /Type allow-edit/);
    await intent.changeSettings({
      netbox_to_proxmox_enabled: true,
      netbox_to_proxmox_typed_confirmation: writesPhrase,
      endpoints: [{ cluster: 'lab', allow_writes: true }],
    });
    await planNow();
    let question = '';
    await answering(
      'showWarningMessage',
      (title, _options, button) => {
        question = String(title);
        return button;
      },
      async () => vscode.commands.executeCommand('proxbox.intent.apply', uri),
    );
    assert.match(question, /Apply 3 changes to lab/);
    const { follower } = await session();
    const run = await follower?.ended();
    assert.deepEqual(
      run?.results.map(({ status }) => status),
      ['succeeded', 'succeeded', 'delete-pending-approval'],
    );
    assert.equal(simulated.simulator.world.cluster('lab').world.guests.has(161), true);
  });

  it('leave a request that its asker may not approve, in a store of this connection alone', async () => {
    const views = await parts.write.load();
    await views.desk.refresh();
    const [request] = views.desk.picture('intent')?.requests ?? [];
    assert.ok(request, JSON.stringify(views.desk.pictures));
    assert.equal(request.may?.approve.allowed, false);
    await answering(
      'showErrorMessage',
      (message) => assert.match(String(message), /You asked for this, so somebody else decides/),
      async () =>
        vscode.commands.executeCommand('proxbox.deletion.approve', {
          connectionId: 'intent',
          requestId: request.id,
        }),
    );
    assert.equal((await views.desk.picture('intent'))?.me?.four_eyes, true);
    assert.ok(existsSync(path.join(parts.globalStorageUri.fsPath, 'stores', 'intent.db')));
    const rows = views.deletions.getChildren();
    for (const row of rows) assert.ok(views.deletions.getTreeItem(row).accessibilityInformation?.label);
  });

  it('keep a journal that can be opened as a text and saved whole', async () => {
    await vscode.commands.executeCommand('proxbox.audit.open');
    const shown = vscode.window.activeTextEditor?.document;
    assert.equal(shown?.uri.scheme, 'proxbox-journal');
    assert.match(shown.getText(), /#\d+ {2}done .*create/);
    const saved = vscode.Uri.joinPath(parts.globalStorageUri, 'intent-test', 'journal.csv');
    await answering(
      'showSaveDialog',
      () => saved,
      async () =>
        answering(
          'showInformationMessage',
          () => undefined,
          async () => vscode.commands.executeCommand('proxbox.audit.export'),
        ),
    );
    const rows = new TextDecoder()
      .decode(await vscode.workspace.fs.readFile(saved))
      .trim()
      .split('\r\n');
    assert.match(rows[0] ?? '', /^seq,.*,hash$/);
    assert.ok(rows.length > 5, rows.join('\n'));
    const { rows: verified, intact } = (await parts.services.registry.active
      .get('intent')
      ?.intent.verifyAudit()) ?? { rows: null, intact: false };
    assert.equal(intact, true);
    // Saving reads, and reading is not written down.
    assert.equal(rows.length - 1, verified);
  });

  it('let nobody approve alone before the name of the server was typed', async () => {
    const { intent } = parts.services.registry.active.get('intent') ?? {};
    assert.ok(intent);
    const change = (typed: string) =>
      answering(
        'showQuickPick',
        (rows) => (Array.isArray(rows) ? rows[0] : undefined),
        async () =>
          typing(typed, async () =>
            answering(
              'showInformationMessage',
              () => undefined,
              async () => vscode.commands.executeCommand('proxbox.intent.changeRules'),
            ),
          ),
      );
    const allowed = async () => (await intent.settings()).intent_apply_authorization_self_approve_allowed;
    await change('');
    assert.equal(await allowed(), false);
    await change('intent');
    assert.equal(await allowed(), true);
    // The way back asks nothing.
    await change('');
    assert.equal(await allowed(), false);
  });
});
