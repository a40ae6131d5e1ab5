import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ModelChange } from '../../../src/console/fleetModel.ts';
import { GuestView } from '../../../src/console/guestPage.ts';
import type { GuestReading } from '../../../src/console/guestPageFacts.ts';
import { taskState } from '../../../src/console/guestTasks.ts';
import type { FleetRecords } from '../../../src/contract/model/fleet.ts';
import type { GuestDetail } from '../../../src/contract/model/guestDetail.ts';
import type { GuestPageModel } from '../../../src/contract/panels.ts';
import {
  buildCluster,
  buildDetail,
  buildError,
  buildFleet,
  buildGroup,
  buildGuest,
  buildNode,
  buildResource,
  buildRule,
  builtAtMs,
} from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

const read = (over: Partial<GuestDetail> = {}): GuestReading => ({
  state: 'read',
  detail: buildDetail(over),
});

function page(
  vmid: number,
  records: Partial<FleetRecords> = buildFleet(),
  reading: GuestReading = read(),
  atMs = builtAtMs,
): GuestPageModel {
  const { model } = openModel({ demo: records });
  return new GuestView(model, `guest:demo.prod/${vmid}`).build(reading, 'hour', atMs);
}

const fact = (model: GuestPageModel, label: string): string | undefined =>
  model.ha.facts.find((candidate) => candidate.label === label)?.value;

describe('guest page', () => {
  it('believes the live list over an older detail, and no detail of another guest', () => {
    const left = page(101, {
      ...buildFleet(),
      resources: [],
      guests: [buildGuest(101, { haManaged: 'notManaged' })],
    });
    assert.equal(left.ha.managed, 'no');
    const other = page(104, { ...buildFleet(), guests: [buildGuest(104, { haManaged: 'unknown' })] });
    assert.equal(other.ha.managed, 'unknown');
    assert.deepEqual(other.config.sections, []);
    const fallback = page(101, {
      ...buildFleet(),
      resources: [],
      guests: [buildGuest(101, { haManaged: 'unknown' })],
    });
    assert.equal(fallback.ha.managed, 'yes');
  });

  it('knows its address and title', () => {
    const { model } = openModel({ demo: buildFleet() });
    const view = new GuestView(model, 'guest:demo.prod/101');
    assert.deepEqual(view.address, { connectionId: 'demo', cluster: 'prod', vmid: 101 });
    assert.deepEqual([view.clusterId, view.title], ['cluster:demo.prod', '101 guest-101']);
    assert.equal(new GuestView(model, 'guest:demo.prod/999').title, 'Guest 999');
    assert.equal(new GuestView(model, 'nonsense').address, null);
  });

  it('explains where a guest is when asked, and anew only when something that decides has changed', async () => {
    const bench = openModel({ demo: buildFleet() });
    const changes: ModelChange[] = [];
    bench.model.onDidChange((change) => changes.push(change));
    await bench.clock.advance(250);
    changes.splice(0);
    const view = new GuestView(bench.model, 'guest:demo.prod/101');
    const placement = (isExplained = true) => view.build(read(), 'hour', builtAtMs, isExplained).ha.placement;
    assert.equal(placement(false), 'folded');
    const part = placement();
    assert.ok(part !== null && part !== 'folded');
    assert.match(part.answer, /^vm:101 is on pve1 because /);
    assert.equal(part.movement.label, 'stays');
    assert.deepEqual(
      part.rules.map(({ name, state }) => [name, state.label]),
      [['rule db-apart', 'decides']],
    );
    assert.deepEqual(
      part.nodes.map(({ node, state }) => [node, state.label]),
      [
        ['pve1', 'would do · here now'],
        ['pve2', 'excluded'],
        ['pve3', 'would do'],
      ],
    );

    only(bench).change({
      guests: [buildGuest(103, { haManaged: 'notManaged', haState: null, cpuRatio: 0.9 })],
    });
    await bench.clock.advance(250);
    for (const change of changes.splice(0)) view.isTouchedBy(change);
    assert.equal(placement(), part);
    only(bench).change({ nodes: [buildNode('pve3', { haState: 'maintenance' })] });
    await bench.clock.advance(250);
    assert.ok(changes.splice(0).some((change) => view.isTouchedBy(change)));
    const later = placement();
    assert.ok(later !== null && later !== 'folded' && later !== part);
    assert.equal(later.nodes[2]?.why, 'It is in maintenance.');
  });

  it('explains no place of a guest that HA does not manage', () => {
    assert.equal(page(103).ha.placement, null);
    assert.equal(page(999).ha.placement, null);
  });

  it('shows how HA manages a guest', () => {
    const model = page(101);
    assert.equal(model.subtitle, 'VM on prod/pve1');
    assert.equal(model.ha.managed, 'yes');
    assert.equal(
      model.ha.sentence,
      'This guest is HA-managed by prod. If pve1 dies, HA restarts it on pve3.',
    );
    assert.deepEqual(
      ['State', 'CRM state', 'Wanted', 'Node', 'Rules', 'Max restart', 'Max relocate', 'Failback'].map(
        (label) => fact(model, label),
      ),
      ['started', 'started', 'started', 'pve1', 'db-apart (in force)', '1', '1', 'yes'],
    );
  });

  it('shows zero as zero and an absent counter as not told', () => {
    const resource = buildResource(101, { maxRestart: 0, maxRelocate: null, failback: null, crmState: null });
    const model = page(101, { ...buildFleet(), resources: [resource] });
    assert.deepEqual(
      ['Max restart', 'Max relocate', 'Failback', 'CRM state'].map((label) => fact(model, label)),
      ['0', 'not told', 'not told', 'not told'],
    );
  });

  it('shows the group where groups limit, and both while they move', () => {
    const of = (placementModel: 'groups' | 'both', group: string | null) =>
      page(101, { ...buildFleet('prod', { placementModel }), resources: [buildResource(101, { group })] });
    assert.deepEqual(
      [fact(of('groups', 'db'), 'Group'), fact(of('groups', 'db'), 'Rules')],
      ['db', undefined],
    );
    assert.equal(fact(of('groups', null), 'Group'), 'none');
    assert.deepEqual(
      [fact(of('both', 'db'), 'Group'), fact(of('both', 'db'), 'Rules')],
      ['db', 'db-apart (in force)'],
    );
  });

  it('promises no restart that its rules do not allow, and none that is not known', () => {
    const sentence = (records: Partial<FleetRecords>): string =>
      page(101, { ...buildFleet(), ...records }).ha.sentence;
    const group = buildGroup('dongle', { restricted: true, nodes: [{ name: 'pve1', priority: null }] });
    assert.match(
      sentence({ groups: [group], resources: [buildResource(101, { node: 'pve1', group: 'dongle' })] }),
      /If pve1 dies, HA finds no node for it\. Group dongle allows only pve1\./,
    );
    assert.match(
      sentence({ nodes: ['pve1', 'pve2', 'pve3'].map((name) => buildNode(name, { votes: null })) }),
      /is not known/,
    );
  });

  it('does not promise a restart that HA was told not to do', () => {
    const of = (requestState: string) =>
      page(101, { ...buildFleet(), resources: [buildResource(101, { requestState, state: requestState })] })
        .ha.sentence;
    assert.match(of('disabled'), /stays where it is/);
    assert.match(of('ignored'), /neither watched nor recovered/);
    assert.match(of('stopped'), /moved but not started/);
  });

  it('says that a guest is not HA-managed, and leads back to the cluster', () => {
    const model = page(103);
    assert.equal(model.ha.managed, 'no');
    assert.equal(
      model.ha.sentence,
      'This guest is not HA-managed: if pve1 dies, it stays stopped until somebody starts it.',
    );
    assert.deepEqual(model.ha.clusterPage, { kind: 'open', id: 'cluster:demo.prod' });
    assert.deepEqual(model.ha.facts, []);
  });

  it('never takes "not told" or old data for "not managed"', () => {
    const untold = page(104, { ...buildFleet(), guests: [buildGuest(104, { haManaged: 'unknown' })] });
    assert.equal(untold.ha.managed, 'unknown');
    assert.equal(
      untold.ha.sentence,
      'Whether this guest is HA-managed is not known: this server does not tell. It may or may not be restarted if its node dies.',
    );
    const old = page(103, buildFleet(), read(), builtAtMs + 120_000);
    assert.equal(old.ha.managed, 'unknown');
    assert.match(old.ha.sentence, /the cluster does not answer\. When last read at \d\d:\d\d, it was not\./);
    const missing = page(999, buildFleet(), { state: 'failed', error: buildError(), detail: null });
    assert.equal(missing.ha.managed, 'unknown');
    assert.match(missing.ha.sentence, /no answer in time/);
    for (const { sentence } of [untold.ha, old.ha, missing.ha])
      assert.doesNotMatch(sentence, /This guest is not HA-managed/);
  });

  it('keeps a managed guest managed when its rows are memories, and says so', () => {
    const model = page(101, buildFleet('prod', { quorum: { state: 'notQuorate', margin: -1 } }));
    assert.equal(model.ha.managed, 'yes');
    assert.match(model.ha.sentence, /^When last read, this guest was HA-managed/);
    assert.equal(fact(model, 'State'), 'last known: started');
    assert.equal(model.guest.state.tone, 'unknown');
  });

  it('says that rows are missing where only the guest list tells that HA manages it', () => {
    const model = page(101, { ...buildFleet(), resources: [] }, read({ resource: null }));
    assert.equal(model.ha.managed, 'yes');
    assert.match(model.ha.sentence, /HA rows could not be read/);
    assert.equal(fact(model, 'State'), 'not told');
  });

  it('tells that what is wanted differs', () => {
    const model = page(101, { ...buildFleet(), resources: [buildResource(101, { state: 'error' })] });
    assert.equal(fact(model, 'Wanted'), 'started · differs');
  });

  it('follows a guest that moves, and keeps saying so', () => {
    const bench = openModel({ demo: buildFleet() });
    const view = new GuestView(bench.model, 'guest:demo.prod/101');
    view.build(read(), 'hour', builtAtMs);
    only(bench).change({ guests: [buildGuest(101, { node: 'pve2' })] });
    const expected = /^VM on prod\/pve2 · moved pve1 to pve2 at \d\d:\d\d$/;
    assert.match(view.build(read(), 'hour', builtAtMs + 1_000).subtitle, expected);
    assert.match(view.build(read(), 'hour', builtAtMs + 60_000).subtitle, expected);
  });

  it('prefers the live fleet over an older detail', () => {
    const model = page(
      101,
      buildFleet(),
      read({ guest: buildGuest(101, { name: 'old name', node: 'pve9' }) }),
    );
    assert.equal(model.header.title, '101 guest-101');
    assert.equal(model.subtitle, 'VM on prod/pve1');
  });

  it('sorts the configuration into sections', () => {
    const config = {
      cores: '4',
      scsi10: 'b',
      scsi2: 'a',
      net0: 'virtio',
      ipconfig0: 'ip=dhcp',
      nameserver: '1.1.1.1',
      args: '-foo',
      unused0: 'x',
    };
    const sections = page(101, buildFleet(), read({ config })).config.sections;
    assert.deepEqual(
      sections.map(({ title, entries }) => `${title}: ${entries.map(({ key }) => key).join(' ')}`),
      [
        'System: cores',
        'Disks: scsi2 scsi10 unused0',
        'Network: net0',
        'Cloud-init: ipconfig0 nameserver',
        'Other: args',
      ],
    );
  });

  it('says which part could not be read, and shows the others', () => {
    const error = buildError({ code: 'forbidden' });
    const model = page(
      101,
      buildFleet(),
      read({ config: null, configError: error, loadError: error, tasksError: error, statusError: error }),
    );
    for (const notice of [model.config.notice, model.load.notice, model.tasks.notice])
      assert.match(notice ?? '', /not readable: the key may not read here/);
    assert.equal(model.ha.managed, 'yes');
  });

  it('says that there is no load, or that another timeframe is being read', () => {
    assert.equal(page(101).load.notice, 'No load was recorded for the last hour.');
    const { model } = openModel({ demo: buildFleet() });
    const view = new GuestView(model, 'guest:demo.prod/101');
    assert.equal(view.build(read(), 'day', builtAtMs).load.notice, 'Reading the last day…');
    assert.equal(view.build({ state: 'reading' }, 'hour', builtAtMs).load.notice, 'Reading load…');
  });

  it('words task results, and a request to HA as a request', () => {
    const of = (status: string | null, endS: number | null = 1, type = 'qmstart') => {
      const state = taskState({ type, status, startS: 0, endS });
      return `${state.label}: ${state.tone}`;
    };
    assert.deepEqual(
      [
        of('OK'),
        of('OK', 1, 'hamigrate'),
        of('WARNINGS: 2'),
        of('unable to start'),
        of(null, null),
        of(null),
      ],
      [
        'done: calm',
        'requested: calm',
        'done with warnings: warn',
        'failed: unable to start: fail',
        'running: busy',
        'outcome unknown: unknown',
      ],
    );
  });

  it('lists tasks newest first with times on the console clock', () => {
    const task = (upid: string, startS: number) => ({
      upid,
      node: 'pve1',
      type: 'qmstart',
      user: 'root@pam',
      startS,
      endS: startS + 4,
      status: 'OK',
    });
    const { rows } = page(101, buildFleet(), read({ tasks: [task('a', 100), task('b', 200)] })).tasks;
    assert.deepEqual(
      rows.map(({ upid, what, durationMs }) => [upid, what, durationMs]),
      [
        ['b', 'start', 4_000],
        ['a', 'start', 4_000],
      ],
    );
  });

  it('tells which changes can show on it', async () => {
    const bench = openModel({ demo: { ...buildFleet(), rules: [buildRule('x', { resources: [] })] } });
    await bench.clock.advance(300);
    const view = new GuestView(bench.model, 'guest:demo.prod/101');
    const touched: boolean[] = [];
    bench.model.onDidChangeNow((change) => touched.push(view.isTouchedBy(change)));
    only(bench).change({ resources: [buildResource(101, { state: 'error' })] });
    only(bench).change({ guests: [buildGuest(101, { lock: 'backup' })] });
    only(bench).change({ clusters: [buildCluster('lab')], nodes: [buildNode('x', { cluster: 'lab' })] });
    assert.deepEqual(touched, [true, true, false]);
  });

  it('tells once why nothing can be read', () => {
    const error = buildError();
    const { model } = openModel({
      demo: buildFleet('prod', { freshness: { error, consecutiveFailures: 3 } }),
    });
    const view = new GuestView(model, 'guest:demo.prod/101');
    const { banners } = view.build({ state: 'failed', error, detail: null }, 'hour', builtAtMs).header;
    assert.deepEqual(
      banners.map(({ id }) => id),
      ['cluster:demo.prod/timeout'],
    );
    const fine = openModel({ demo: buildFleet() }).model;
    const own = new GuestView(fine, 'guest:demo.prod/101').build(
      { state: 'failed', error, detail: null },
      'hour',
      builtAtMs,
    );
    assert.deepEqual(
      own.header.banners.map(({ id }) => id),
      ['guest/timeout'],
    );
  });
});
