import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import type { RowElement } from '../../src/extension/trees/fleetTreeProvider.ts';
import { access, eventually, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

describe('the Clusters tree in a real extension host', () => {
  let simulated: Simulated;
  let parts: TestAccess;

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('tree', { clusters: ['lab', 'prod'], hostileNames: true });
    await showSimulator(simulated);
    await vscode.commands.executeCommand('proxbox.clusters.focus');
  });
  after(async () => {
    await vscode.commands.executeCommand('proxbox.view.clearFilter');
    await setConnections(undefined);
    await simulated.simulator.close();
  });

  /** Every row that can be reached, as the editor gets it. */
  function allRows(): { element: RowElement; item: vscode.TreeItem }[] {
    const { provider } = parts.treeView;
    const visit = (element: RowElement): { element: RowElement; item: vscode.TreeItem }[] => [
      { element, item: provider.getTreeItem(element) },
      ...provider.getChildren(element).flatMap(visit),
    ];
    return provider.getChildren().flatMap(visit);
  }
  const idOf = (item: vscode.TreeItem): string => item.id ?? '';

  it('gives every row an id of its own that names its cluster', () => {
    const ids = allRows().map(({ item }) => idOf(item));
    assert.ok(ids.length > 40, `${ids.length} rows`);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      ids.filter((id) => !/^[a-z]+:tree\.(lab|prod)(\/|$)/.test(id)),
      [],
    );
  });

  it('gives every row words for screen readers, and no row a name that could form an icon or a line', () => {
    for (const { item } of allRows()) {
      const spoken = item.accessibilityInformation?.label ?? '';
      assert.match(spoken, /, /, idOf(item));
      // A row's text is drawn as it is; only control characters could do harm.
      for (const text of [spoken, String(item.label), String(item.description ?? '')])
        assert.doesNotMatch(text, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u, idOf(item));
    }
  });

  it('knows the parent of every row, so that it can be revealed', () => {
    const { provider } = parts.treeView;
    for (const { element } of allRows())
      for (const child of provider.getChildren(element)) assert.equal(provider.getParent(child), element);
  });

  it('resolves a hover text for every row without trusting names in it', () => {
    const { provider } = parts.treeView;
    for (const { element, item } of allRows()) {
      const { tooltip } = provider.resolveTreeItem(item, element);
      assert.ok(tooltip instanceof vscode.MarkdownString, idOf(item));
      assert.notEqual(tooltip.isTrusted, true);
      assert.notEqual(tooltip.supportHtml, true);
      assert.doesNotMatch(tooltip.value, /(?<!\\)<(script|img|b)\b/i, idOf(item));
    }
  });

  it('reveals a row with the keyboard focus on it, and keeps it selected while rows change', async () => {
    const { treeView } = parts;
    const node = 'node:tree.lab/pve-lab-02';
    const known = allRows().find(({ item }) => idOf(item).startsWith('node:tree.lab/'));
    const id = known === undefined ? node : idOf(known.item);
    await vscode.commands.executeCommand('workbench.view.explorer');
    await vscode.commands.executeCommand('proxbox.row.revealInTree', id);
    await eventually('the row to be selected', () =>
      treeView.view.selection[0]?.id === id ? true : undefined,
    );
    assert.equal(treeView.view.visible, true);

    // The list has the keyboard: its own command moves on from the revealed row.
    await vscode.commands.executeCommand('list.focusDown');
    await vscode.commands.executeCommand('list.select');
    const next = await eventually('the next row to be selected', () => {
      const [selected] = treeView.view.selection;
      return selected !== undefined && selected.id !== id ? selected.id : undefined;
    });
    const nodes = treeView.provider.getChildren({ id: 'cat:tree.lab/nodes' }).map((element) => element.id);
    assert.equal(nodes.indexOf(next), nodes.indexOf(id) + 1);
  });

  it('announces only rows of the cluster that changed, and keeps identity, selection and ids', async () => {
    const { treeView, services } = parts;
    const { provider } = treeView;
    const before = new Map(allRows().map(({ element }) => [element.id, element]));
    const selected = treeView.view.selection.map(({ id }) => id);
    assert.equal(selected.length, 1);
    const collapsed: string[] = [];
    const announced: (RowElement | null)[] = [];
    const subscriptions = [
      treeView.view.onDidCollapseElement(({ element }) => collapsed.push(element.id)),
      provider.onDidChangeTreeData((elements) => announced.push(...(elements ?? [null]))),
    ];
    try {
      const lab = simulated.simulator.world.cluster('lab');
      const guest = [...lab.world.guests.values()].find(({ template }) => !template);
      assert.ok(guest);
      const id = `guest:tree.lab/${guest.vmid}`;
      const was = provider.getTreeItem({ id }).description;
      guest.status = guest.status === 'running' ? 'stopped' : 'running';
      lab.world.revision += 1;
      await services.registry.active.get('tree')?.connection.refresh();
      await eventually(
        'the guest to read differently',
        () => (provider.getTreeItem({ id }).description === was ? undefined : true),
        () => provider.getTreeItem({ id }).description,
      );
      await eventually('the change to be announced', () => announced[0]);
      assert.ok(announced.some((element) => element?.id === id));
      assert.ok(
        announced.every((element) => element !== null),
        'the whole tree was announced',
      );
      assert.deepEqual(
        announced.filter((element) => element !== null && !element.id.includes('tree.lab')),
        [],
      );
      assert.ok(announced.length < before.size / 2, `${announced.length} of ${before.size} rows announced`);
      for (const { element } of allRows())
        assert.ok(!before.has(element.id) || before.get(element.id) === element, element.id);
      assert.deepEqual(
        treeView.view.selection.map(({ id: now }) => now),
        selected,
      );
      assert.deepEqual(collapsed, []);
    } finally {
      for (const subscription of subscriptions) subscription.dispose();
    }
  });

  it('narrows to problems and says so above the rows', async () => {
    const { treeView } = parts;
    const all = allRows().length;
    await vscode.commands.executeCommand('proxbox.view.showProblemsOnly');
    assert.match(treeView.view.message ?? '', /^Filter: problems only, \d+ of \d+ rows shown\.$/);
    assert.ok(allRows().length < all);
    await vscode.commands.executeCommand('proxbox.view.clearFilter');
    assert.equal(allRows().length, all);
    assert.equal(treeView.view.message ?? '', '');
  });

  it('groups guests as chosen, keeps the selected guest, and remembers the choice for this window', async () => {
    const { treeView, services } = parts;
    const branch = 'cat:tree.lab/guests';
    const groups = (): string[] => treeView.provider.getChildren({ id: branch }).map(({ id }) => id);
    const [guest] = services.model.index('cluster:tree.lab').guestsIn('state', 'running');
    assert.ok(guest);
    await treeView.reveal(guest);
    await eventually('the guest to be selected', () => treeView.view.selection[0]?.id === guest || undefined);
    try {
      await vscode.commands.executeCommand('proxbox.view.groupByState');
      assert.ok(groups().includes(`${branch}/state/running`), groups().join(' '));
      assert.equal(services.windowState.get('proxbox.guestGrouping'), 'state');
      await treeView.reveal(guest);
      await eventually(
        'it to be selected again',
        () => treeView.view.selection[0]?.id === guest || undefined,
      );
      const ids = allRows().map(({ item }) => idOf(item));
      assert.equal(new Set(ids).size, ids.length);
      await vscode.commands.executeCommand('proxbox.view.groupByNone');
      assert.deepEqual(
        groups().filter((id) => id.startsWith('cat:')),
        [],
      );
    } finally {
      await vscode.commands.executeCommand('proxbox.view.groupByAutomatic');
    }
    assert.equal(services.windowState.get('proxbox.guestGrouping'), 'automatic');
  });

  it('acts on the row of a page that its context menu was opened on', async () => {
    const [resource = ''] = parts.services.model.index('cluster:tree.lab').ids.ha;
    const handed = { webviewSection: 'ha', rowId: resource, hasNode: true, webview: 'proxbox.haStatus' };
    await vscode.commands.executeCommand('proxbox.row.copyId', handed);
    assert.match(await vscode.env.clipboard.readText(), new RegExp(resource.split('/')[1] ?? ''));
    await vscode.commands.executeCommand('proxbox.row.revealInTree', handed);
    const { view } = parts.treeView;
    await eventually('its row to be selected', () => view.selection[0]?.id === resource || undefined);
    await vscode.commands.executeCommand('proxbox.row.revealNode', handed);
    await eventually('its node to be selected', () => view.selection[0]?.id.startsWith('node:') || undefined);
  });

  it('copies all selected rows', async () => {
    const ids = allRows()
      .map(({ item }) => idOf(item))
      .filter((id) => id.startsWith('guest:tree.lab/'))
      .slice(0, 3);
    await vscode.commands.executeCommand(
      'proxbox.row.copyId',
      { id: ids[0] },
      ids.map((id) => ({ id })),
    );
    const copied = (await vscode.env.clipboard.readText()).split('\n');
    assert.equal(copied.length, 3);
    assert.ok(
      copied.every((line) => line.includes('lab')),
      copied.join(' | '),
    );
  });
});
