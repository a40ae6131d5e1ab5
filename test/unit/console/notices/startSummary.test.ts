import assert from 'node:assert/strict';
import type { Notice } from '../../../../src/console/notices/noticeKinds.ts';
import { tellAtStart } from '../../../../src/console/notices/startSummary.ts';
import type { FleetRecords } from '../../../../src/contract/model/fleet.ts';
import {
  buildCluster,
  buildFleet,
  buildLostNode,
  buildNode,
  buildResource,
  builtAtMs,
  joinFleets,
} from '../../../support/fleetBuilders.ts';
import { openModel } from '../support.ts';

/** What is told at the start over one server. */
async function atStart(
  records: Partial<FleetRecords>,
  over: { isOn?: boolean; watched?: string } = {},
): Promise<Notice[]> {
  const { clock, model } = openModel({ c0: records });
  const told: Notice[] = [];
  tellAtStart({
    model,
    clock,
    settings: { isOn: () => over.isOn !== false },
    isWatched: (id) => id === over.watched,
    tell: (notice) => told.push(notice),
  });
  await clock.advance(9_999);
  assert.deepEqual(told, []);
  await clock.advance(60_000);
  model.dispose();
  return told;
}

const noQuorum = { quorum: { state: 'notQuorate', votes: 1, margin: -1 } } as const;
const inError = { resources: [buildResource(101, { cluster: 'lab', state: 'error' })] };

describe('the notice at the start', () => {
  it('names what is found failing, the worst first, once', async () => {
    const lab = { ...buildFleet('lab'), ...inError };
    const [told, ...none] = await atStart(joinFleets(buildFleet('prod', noQuorum), lab, buildFleet('edge')));
    assert.deepEqual(none, []);
    assert.equal(
      told?.text,
      '2 clusters need attention: prod no quorum 1/3; lab ≈ quorate 3/3 · 1 in error. Look at the HA status of each.',
    );
    assert.deepEqual(
      told.buttons.map(({ argument }) => argument),
      ['cluster:c0.prod'],
    );
  });

  it('tells a lost node that HA resources wait on, without its seconds', async () => {
    const [told] = await atStart({
      clusters: [buildCluster()],
      nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs)],
      resources: [buildResource(101, { node: 'pve2' })],
    });
    assert.equal(
      told?.text,
      '1 cluster needs attention: prod pve2 lost, 1 HA resource on it. Look at the HA status.',
    );
  });

  it('is none when all is well, small by design, not readable, switched off or looked at', async () => {
    assert.deepEqual(await atStart(buildFleet('prod')), []);
    const small = { quorum: { votes: 2, expectedVotes: 2, neededVotes: 2, margin: 0 } };
    assert.deepEqual(await atStart(buildFleet('prod', small)), []);
    assert.deepEqual(await atStart(buildFleet('prod', { quorum: { state: 'unknown' } })), []);
    assert.deepEqual(await atStart(buildFleet('prod', noQuorum), { isOn: false }), []);
    assert.deepEqual(await atStart(buildFleet('prod', noQuorum), { watched: 'cluster:c0.prod' }), []);
  });
});
