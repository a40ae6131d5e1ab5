import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { activeAfter, sameHits } from '../../../src/console/renewedSearch.ts';
import { searchFleet } from '../../../src/console/search.ts';
import { buildFleet, buildResource, builtAtMs } from '../../support/fleetBuilders.ts';
import { only, openModel } from './support.ts';

describe('a search that is renewed', () => {
  const open = () => openModel({ demo: buildFleet('prod') });
  const hits = (bench: ReturnType<typeof open>, query = 'is:ha') =>
    searchFleet(bench.model, query, builtAtMs).hits;

  it('is drawn alike until a hit reads differently, comes or goes', () => {
    const bench = open();
    const before = hits(bench);
    assert.ok(before.length > 1);
    only(bench).change({ resources: [buildResource(101, { maxRestart: 7 })] });
    assert.equal(sameHits(before, hits(bench)), true);
    only(bench).change({ resources: [buildResource(101, { state: 'error' })] });
    const after = hits(bench);
    assert.equal(sameHits(before, after), false);
    only(bench).change({}, ['ha:prod/vm:101']);
    assert.equal(sameHits(after, hits(bench)), false);
  });

  it('keeps the active hit wherever it moves', () => {
    const bench = open();
    const before = hits(bench, 'is:ha guest');
    const active = before.at(-1)?.id ?? '';
    only(bench).change({
      resources: [buildResource(Number(active.split(/[/:]/).at(-1)), { state: 'error' })],
    });
    const after = hits(bench, 'is:ha guest');
    assert.equal(activeAfter(before, active, after), active);
    assert.deepEqual(
      before.map(({ id }) => activeAfter(before, id, before)),
      before.map(({ id }) => id),
    );
  });

  it('moves on to the next when the active hit is gone, else back, else nowhere', () => {
    const [a, b, c, d] = hits(open());
    assert.ok(a && b && c && d);
    assert.equal(activeAfter([a, b, c], b.id, [a, c]), c.id);
    assert.equal(activeAfter([a, b, c], c.id, [a, b]), b.id);
    assert.equal(activeAfter([a, b], b.id, [c]), c.id);
    assert.equal(activeAfter([a], a.id, []), null);
    assert.equal(activeAfter([a, b], null, [b, a]), b.id);
  });
});
