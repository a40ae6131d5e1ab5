import assert from 'node:assert/strict';
import { pageBanners } from '../../../src/console/pageBanners.ts';
import { summarizeQuorum } from '../../../src/console/quorumSummary.ts';
import type { Section } from '../../../src/contract/model/cluster.ts';
import { buildError, buildFleet, builtAtMs, type ClusterOverrides } from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

/** Three minutes after the cluster was last read whole: one list hangs, the rest is read every 5 s. */
const nowMs = builtAtMs + 180_000;
const current: Partial<Section> = { readAtMs: nowMs - 3_000 };
const old: Partial<Section> = { state: 'failed', readAtMs: builtAtMs, error: buildError() };
const oneListFails: ClusterOverrides['freshness'] = { consecutiveFailures: 20, error: buildError() };
const lost = { state: 'notQuorate', votes: 1, margin: -1 } as const;

function read(over: ClusterOverrides) {
  const { model, connections } = openModel({ server: buildFleet('prod', over) });
  const [entry] = model.clusters();
  assert.ok(entry !== undefined && connections.server !== undefined);
  return {
    bar: summarizeQuorum(model, nowMs, null),
    context: model.context(entry.id, nowMs),
    banners: pageBanners(model, model.clusters(), nowMs).map(({ what }) => what),
  };
}

describe('the age of quorum', () => {
  it('is that of the part that told it: loss outranks another list that fails', () => {
    const { bar, context, banners } = read({
      freshness: oneListFails,
      quorum: lost,
      sections: { status: current, haStatus: current, resources: old },
    });
    assert.equal(bar.text, '$(error) no quorum 1/3');
    assert.equal(bar.background, 'error');
    assert.equal(context?.lastKnown, 'noQuorum');
    assert.equal(context?.quorum.label, 'no quorum 1/3');
    assert.ok(banners.includes('prod: no quorum 1/3.'), banners.join());
  });

  it('lets a split view outrank another list that fails, and still calls the rows old', () => {
    const { bar, context, banners } = read({
      freshness: oneListFails,
      quorum: { state: 'split' },
      sections: { status: current, haStatus: current, resources: old },
    });
    assert.equal(bar.text, '$(error) split view');
    assert.equal(context?.lastKnown, 'stale');
    assert.ok(banners.includes('prod: split view.'), banners.join());
  });

  it('tells loss of a cluster that never answered whole, and of one that refuses another list', () => {
    for (const freshness of [
      { lastSuccessMs: null, consecutiveFailures: 1, error: buildError() },
      { consecutiveFailures: 1, error: buildError({ code: 'forbidden' }) },
    ]) {
      const { bar } = read({
        freshness,
        quorum: lost,
        sections: { status: current, haStatus: { ...old, readAtMs: null }, resources: old },
      });
      assert.equal(bar.text, '$(error) no quorum 1/3');
    }
  });

  it('does not keep loss alive that was told long ago', () => {
    const { bar } = read({
      freshness: oneListFails,
      quorum: lost,
      sections: { status: old, haStatus: old },
    });
    assert.match(bar.text, /stale 3m · was without quorum$/);
  });

  it('never makes quorum good again: rows of a failing list stay a memory', () => {
    const { bar, context } = read({
      freshness: oneListFails,
      sections: { status: current, haStatus: current, resources: old },
    });
    assert.match(bar.text, /stale 3m · was quorate$/);
    assert.equal(context?.lastKnown, 'stale');
  });

  it('calls quorate old when the part that told it is, though the rest was just read', () => {
    const { bar, context } = read({
      freshness: { lastSuccessMs: nowMs - 3_000 },
      sections: { status: old, haStatus: current },
    });
    assert.equal(context?.lastKnown, 'stale');
    assert.equal(context?.quorum.tone, 'unknown');
    assert.doesNotMatch(bar.text, /pass|can lose/);
  });

  it('yields to a server that refuses to be read', () => {
    const { model, connections } = openModel({
      server: buildFleet('prod', { quorum: lost, sections: { status: current } }),
    });
    assert.ok(connections.server !== undefined);
    only({ model, connections, clock: undefined as never }).setState({
      kind: 'halted',
      error: buildError({ code: 'unauthorized' }),
    });
    assert.equal(summarizeQuorum(model, nowMs, null).text, '$(key) key refused');
  });
});
