import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension/extension.ts';
import { access, answering, closePages, eventually, openTabs, setConnections } from './support/access.ts';
import { connectSimulator, type Simulated, showSimulator } from './support/simulated.ts';

interface CapturedPick {
  readonly shown: vscode.QuickPick<vscode.QuickPickItem>;
  readonly done: Thenable<unknown>;
}

/** The quick pick that a command opens, to type into it. */
async function capturePick(run: () => Thenable<unknown>): Promise<CapturedPick> {
  const original = vscode.window.createQuickPick;
  let shown: vscode.QuickPick<vscode.QuickPickItem> | undefined;
  const capturing = (): vscode.QuickPick<vscode.QuickPickItem> => {
    shown = original();
    return shown;
  };
  Object.defineProperty(vscode.window, 'createQuickPick', {
    configurable: true,
    writable: true,
    value: capturing,
  });
  const done = run();
  try {
    return { shown: await eventually('a quick pick', () => shown), done };
  } finally {
    Object.defineProperty(vscode.window, 'createQuickPick', {
      configurable: true,
      writable: true,
      value: original,
    });
  }
}

/** Presses Enter in the pick until the command that opened it has ended: the first press may come before it shows. */
async function acceptUntil(done: Thenable<unknown>): Promise<void> {
  const accepting = setInterval(
    () => void vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem'),
    200,
  );
  try {
    await done;
  } finally {
    clearInterval(accepting);
  }
}

const numberOf = (id: string): number => Number(id.slice(id.lastIndexOf('/') + 1));

describe('pages and searching in a real extension host', () => {
  let parts: TestAccess;
  let simulated: Simulated;

  before(async () => {
    parts = await access();
    simulated = await connectSimulator('pages');
    await showSimulator(simulated);
    await closePages();
  });
  after(async () => {
    await closePages();
    await setConnections(undefined);
    await simulated.simulator.close();
  });
  const labels = (): string[] => openTabs().map(({ label }) => label);
  const waitForTab = (label: string): Promise<string> =>
    eventually(`a tab ${label}`, () => labels().find((found) => found === label), labels);

  it('searching finds by number and opens the page of what is accepted', async () => {
    const guest = [...parts.services.model.index('cluster:pages.lab').ids.guest][0] ?? '';
    const vmid = guest.slice(guest.lastIndexOf('/') + 1);
    const pick = await capturePick(() => vscode.commands.executeCommand('proxbox.view.search'));
    pick.shown.value = vmid;
    await eventually(
      'a hit',
      () => (pick.shown.items[0]?.label.includes(vmid) ? true : undefined),
      () => pick.shown.items.map(({ label }) => label),
    );
    await acceptUntil(pick.done);
    await eventually('the guest page', () => labels().find((label) => label.startsWith(`${vmid} `)), labels);
    await closePages();
  });

  it('searching for what is not there offers nothing, and closing it opens nothing', async () => {
    const pick = await capturePick(() => vscode.commands.executeCommand('proxbox.view.search'));
    pick.shown.value = 'a';
    await eventually('hits', () => (pick.shown.items.length > 0 ? true : undefined));
    pick.shown.value = 'no such thing anywhere';
    await eventually(
      'no hits',
      () => (pick.shown.items.length === 0 ? true : undefined),
      () => pick.shown.items.map(({ label }) => label),
    );
    pick.shown.hide();
    await pick.done;
    assert.deepEqual(labels(), []);
  });

  it('searching goes on while the fleet changes, and keeps the item that is active', async () => {
    const running = [...parts.services.model.index('cluster:pages.lab').guestsIn('state', 'running')];
    const first = simulated.simulator.world.cluster('lab').world.guests.get(numberOf(running[0] ?? ''));
    assert.ok(first && running.length > 1);
    const pick = await capturePick(() => vscode.commands.executeCommand('proxbox.view.search'));
    const ids = (): string[] => pick.shown.items.map((item) => Reflect.get(item, 'hit')?.id);
    const query = 'is:guest state:running';
    pick.shown.value = query;
    await eventually('every running guest', () => ids().length === running.length || undefined, ids);
    const last = pick.shown.items.at(-1);
    const kept = ids().at(-1);
    assert.ok(last);
    pick.shown.activeItems = [last];
    await eventually('the last to be active', () => pick.shown.activeItems[0] === last || undefined);
    try {
      first.status = 'stopped';
      simulated.simulator.world.cluster('lab').world.revision += 1;
      await parts.services.registry.active.get('pages')?.connection.refresh();
      await eventually('one guest fewer', () => ids().length === running.length - 1 || undefined, ids);
      assert.equal(pick.shown.value, query);
      await eventually(
        'the active item to stay',
        () => Reflect.get(pick.shown.activeItems[0] ?? {}, 'hit')?.id === kept || undefined,
      );
    } finally {
      first.status = 'running';
      simulated.simulator.world.cluster('lab').world.revision += 1;
      pick.shown.hide();
    }
    await pick.done;
  });

  it('the filter narrows while it is typed and stays when accepted', async () => {
    const pick = await capturePick(() => vscode.commands.executeCommand('proxbox.view.filter'));
    pick.shown.value = 'lab';
    await eventually('the filter', () => (parts.services.tree.filter.text === 'lab' ? true : undefined));
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await pick.done;
    await vscode.commands.executeCommand('proxbox.view.clearFilter');
    assert.equal(parts.services.tree.filter.text, '');
  });

  it('opens one HA status page however often it is asked for', async () => {
    await Promise.all(
      [1, 2, 3].map(() =>
        vscode.commands.executeCommand('proxbox.cluster.openHaStatus', 'cluster:pages.lab'),
      ),
    );
    await waitForTab('HA status: lab');
    assert.deepEqual(labels(), ['HA status: lab']);
  });

  it('opens a page per guest, from its row or from its HA resource', async () => {
    const [resource] = [...parts.services.model.index('cluster:pages.lab').ids.ha];
    const guest = parts.services.model.guestOf(resource ?? '');
    assert.ok(resource && guest);
    await vscode.commands.executeCommand('proxbox.guest.open', `guest:pages.lab/${guest.vmid}`);
    await vscode.commands.executeCommand('proxbox.guest.open', { id: resource });
    await eventually(
      'the guest page',
      () => labels().find((label) => label.startsWith(`${guest.vmid} `)),
      labels,
    );
    assert.equal(labels().filter((label) => label.startsWith(`${guest.vmid} `)).length, 1);
  });

  it('a closed page can be opened again', async () => {
    await closePages();
    await eventually('no tab', () => (labels().length === 0 ? true : undefined), labels);
    await vscode.commands.executeCommand('proxbox.cluster.openHaStatus', 'cluster:pages.lab');
    await waitForTab('HA status: lab');
  });

  it('opens the timeline of a cluster, and of a guest from its HA resource', async () => {
    await closePages();
    const [resource] = [...parts.services.model.index('cluster:pages.lab').ids.ha];
    const guest = parts.services.model.guestOf(resource ?? '');
    assert.ok(resource && guest);
    await vscode.commands.executeCommand('proxbox.cluster.timeline', 'cluster:pages.lab');
    await waitForTab('Timeline lab, last hour');
    await vscode.commands.executeCommand('proxbox.cluster.timeline', { id: resource });
    await waitForTab(`Timeline lab, guest ${guest.vmid}, last 24 hours`);
    await closePages();
  });

  it('saves the timeline of a cluster as the file that is asked for', async () => {
    for (const [ending, start] of [
      ['csv', /^time,notBefore,end,cluster,kind,subject/],
      ['json', /^\[\s*(\{|\])/],
    ] as const) {
      const target = vscode.Uri.joinPath(parts.globalStorageUri, `timeline-test.${ending}`);
      await answering(
        'showSaveDialog',
        () => target,
        () =>
          answering(
            'showInformationMessage',
            () => undefined,
            async () => vscode.commands.executeCommand('proxbox.cluster.exportTimeline', 'cluster:pages.lab'),
          ),
      );
      assert.match(new TextDecoder().decode(await vscode.workspace.fs.readFile(target)), start);
      await vscode.workspace.fs.delete(target);
    }
  });

  it('opens the page of all clusters for an argument that is none of ours', async () => {
    await closePages();
    for (const nonsense of [{ id: 7 }, ['x'], 'cluster:none.none', 42])
      await vscode.commands.executeCommand('proxbox.cluster.openHaStatus', nonsense);
    await waitForTab('HA status');
  });
});
