import assert from 'node:assert/strict';
import { HaStatusView } from '../../../src/console/haStatusPage.ts';
import { nodeState } from '../../../src/console/nodeStates.ts';
import { stateText } from '../../../src/console/states.ts';
import {
  buildFleet,
  buildLostNode,
  buildLrm,
  buildMaster,
  buildNode,
  builtAtMs,
} from '../../support/fleetBuilders.ts';
import { openModel } from './support.ts';

describe('a node that was lost before anybody looked', () => {
  const facts = { resources: 2, clockOffsetMs: 0 };
  const said = (lastOnlineMs: number | null): string => {
    const node = buildLostNode('pve3', builtAtMs - 1_000, { lastOnlineMs });
    return stateText(nodeState(node, facts), builtAtMs, 'stopwatch');
  };

  it('is lost for at least as long as it is known to be', () => {
    assert.equal(said(null), 'lost at least 0:01');
    assert.equal(said(builtAtMs - 600_000), 'lost at least 0:01');
    const empty = nodeState(buildLostNode('pve3', builtAtMs, { lastOnlineMs: null }), {
      ...facts,
      resources: 0,
    });
    assert.equal(empty.label, 'lost at least · no HA guests on it');
  });

  it('is lost since then when it was seen online right before', () => {
    assert.equal(said(builtAtMs - 6_000), 'lost 0:01');
  });
});

describe('the age of an LRM report', () => {
  const stateOf = (reports: readonly number[], masterS: number): string | undefined => {
    const nodes = reports.map((timestampS, index) =>
      buildNode(`pve${index + 1}`, {
        lrm: buildLrm({ timestampS, state: index === 0 ? 'maintenance' : 'active' }),
      }),
    );
    const cluster = { master: buildMaster({ timestampS: masterS }) };
    const { model } = openModel({ server: { ...buildFleet('prod', cluster), nodes, resources: [] } });
    const page = new HaStatusView(model, 'cluster:server.prod').whole(builtAtMs);
    return page.tables.nodes.rows.find(({ id }) => id.endsWith('/pve1'))?.cells.lrm?.text;
  };
  const nowS = builtAtMs / 1000;

  it('is judged by the newest report beside it, not by the clock of whoever read it', () => {
    const behind = nowS - 3_600;
    assert.equal(stateOf([nowS, nowS], nowS), 'maintenance');
    assert.equal(stateOf([behind, behind - 3], behind + 2), 'maintenance');
  });

  it('makes a report that the others have left behind silent', () => {
    assert.notEqual(stateOf([nowS - 45, nowS - 3], nowS), 'maintenance');
  });
});
