import assert from 'node:assert/strict';
import { drainFigures, drainSentence } from '../../../src/console/foresight/drainWords.ts';
import { maintenancePageModel } from '../../../src/console/foresight/maintenancePage.ts';
import { stateView } from '../../../src/console/states.ts';
import type { DrainProgress } from '../../../src/contract/model/maintenance.ts';
import type { ClusterPicture } from '../../../src/ha/foresight/clusterPicture.ts';
import { buildLrm } from '../../support/fleetBuilders.ts';
import { guest, pictureWith, rule, service } from '../ha/pictureBuilders.ts';

const page = (fields: Partial<ClusterPicture> = {}, node = 'pve3') =>
  maintenancePageModel({
    about: '[]',
    picture: pictureWith(fields),
    name: 'prod',
    node,
    freshness: stateView('live', 'calm', 'pass', 'Read now.'),
  });

describe('the page of a node to be taken out of service', () => {
  it('answers first, with the next step and what speaks against it', () => {
    const shown = page();
    assert.equal(
      shown.verdict,
      'pve3 can be taken out of service, with care. 1 HA resource moves, nothing stops. Without it 2 votes are left, 2 needed: can lose none. Start it with "ha-manager crm-command node-maintenance enable pve3".',
    );
    assert.deepEqual(shown.reasons, ['Without pve3 no further vote may be lost.']);
    assert.deepEqual(
      shown.columns.map(({ node, memory, after }) => [node, memory, after.map(({ id }) => id)]),
      [
        ['pve1', 'memory 8 GiB → 12 GiB of 16 GiB · cpu 34 % → unknown', ['vm:101', 'vm:103']],
        ['pve2', 'memory 8 GiB → 8 GiB of 16 GiB · cpu 34 % → 34 %', ['vm:102']],
        ['pve3', '', []],
      ],
    );
  });

  it('keeps a stuck resource on the node, before what moves, and gives no command', () => {
    const shown = page({
      rules: [
        rule('gpu', {
          kind: 'nodeAffinity',
          nodes: [{ name: 'pve3', priority: 0 }],
          resources: ['vm:104'],
          strict: true,
        }),
      ],
      resources: [service(103, 'pve3'), service(104, 'pve3')],
      guests: [guest(103, 'pve3'), guest(104, 'pve3'), guest(200, 'pve3', { haManaged: 'notManaged' })],
    });
    assert.match(shown.verdict, /^pve3 cannot be taken out of service as things are\./);
    assert.doesNotMatch(shown.verdict, /ha-manager/);
    assert.deepEqual(
      shown.rows.map(({ id, state }) => [id, state.label]),
      [
        ['vm:104', 'stuck'],
        ['vm:200', 'stays and stops'],
        ['vm:103', 'moves to pve1'],
      ],
    );
    assert.deepEqual(
      shown.columns.at(-1)?.after.map(({ id }) => id),
      ['vm:104'],
    );
  });

  it('says how far a drain has got and tells a drained node from a dead one', () => {
    const drain = (fields: Partial<DrainProgress>): DrainProgress => ({
      state: 'draining',
      left: 5,
      underway: 1,
      stuck: 1,
      moved: null,
      ...fields,
    });
    assert.equal(drainFigures(drain({})), '5 left, 1 moving, 1 stuck');
    assert.equal(drainFigures(drain({ moved: 2, underway: 0, stuck: 0 })), '2 of 7 moved');
    assert.equal(
      drainFigures(drain({ left: null, underway: 0, stuck: null })),
      'how many are left is not known',
    );
    const words = (state: DrainProgress['state']): string | null => drainSentence(drain({ state }), 'pve3');
    assert.equal(words('inUse'), null);
    assert.match(words('drained') ?? '', /no running HA resource is left/);
    assert.match(words('poweredOff') ?? '', /was drained and is switched off/);
    assert.match(words('lost') ?? '', /went away before it was drained, with 5 HA resources/);
    assert.match(words('unknown') ?? '', /is not known/);
    const [first, ...others] = pictureWith().nodes;
    const off = page(
      {
        nodes: [
          ...(first === undefined
            ? []
            : [{ ...first, online: false, haState: 'maintenance', lrm: buildLrm({ state: 'maintenance' }) }]),
          ...others,
        ],
        resources: [service(102, 'pve2')],
      },
      'pve1',
    );
    assert.match(off.verdict, /^pve1 was drained and is switched off\. /);
    assert.equal(off.columns[0]?.state.label, 'maintenance, powered off');
  });

  it('shows outside text as text and never more than it should', () => {
    const shown = page({ resources: [service(103, 'pve3', { name: '<b>\u202eevil</b>\nx' })] });
    assert.doesNotMatch(JSON.stringify(shown.rows), /\u202e|\\n/);
  });
});
