import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseQuery, searchFleet } from '../../../src/console/search.ts';
import {
  buildFleet,
  buildGuest,
  buildNode,
  buildResource,
  builtAtMs,
  joinFleets,
} from '../../support/fleetBuilders.ts';
import { openModel } from './support.ts';

const prod = {
  ...buildFleet('prod'),
  resources: [
    buildResource(101, { name: 'web', state: 'error', node: 'pve2' }),
    buildResource(1010, { name: 'db-01' }),
  ],
  guests: [
    buildGuest(101, { name: 'web', node: 'pve2' }),
    buildGuest(1010, { name: 'db-01', tags: ['core'], pool: 'gold' }),
    buildGuest(300, { name: 'web old', haManaged: 'notManaged', status: 'stopped' }),
  ],
};

const { model } = openModel({ demo: joinFleets(prod, buildFleet('lab')) });
const ids = (query: string): string[] => searchFleet(model, query, builtAtMs).hits.map(({ id }) => id);

describe('search', () => {
  it('takes a query apart', () => {
    assert.deepEqual(parseQuery('db !state:error cluster:"my lab" "two words" vm:105'), [
      { key: null, value: 'db', negated: false },
      { key: 'state', value: 'error', negated: true },
      { key: 'cluster', value: 'my lab', negated: false },
      { key: null, value: 'two words', negated: false },
      { key: null, value: 'vm:105', negated: false },
    ]);
    assert.deepEqual(parseQuery('  '), []);
    assert.deepEqual(parseQuery('"open'), [{ key: null, value: 'open', negated: false }]);
  });

  it('shows every problem for an empty query', () => {
    assert.deepEqual(ids(''), ['cluster:demo.prod', 'ha:demo.prod/vm:101']);
  });

  it('puts exact ids first, then prefixes', () => {
    const found = ids('101');
    assert.deepEqual(
      new Set(found.slice(0, 4)),
      new Set(['ha:demo.lab/vm:101', 'guest:demo.lab/101', 'guest:demo.prod/101', 'ha:demo.prod/vm:101']),
    );
    assert.deepEqual(new Set(found.slice(4, 6)), new Set(['guest:demo.prod/1010', 'ha:demo.prod/vm:1010']));
    assert.equal(ids('vm:1010')[0], 'ha:demo.prod/vm:1010');
  });

  it('finds by state, cluster, node, tag, pool and kind', () => {
    assert.deepEqual(ids('state:error is:ha'), ['ha:demo.prod/vm:101']);
    assert.ok(ids('cluster:lab').every((id) => id.includes('demo.lab')));
    assert.deepEqual(ids('cluster:prod node:pve2'), [
      'ha:demo.prod/vm:101',
      'guest:demo.prod/101',
      'node:demo.prod/pve2',
    ]);
    assert.deepEqual(ids('tag:core'), ['guest:demo.prod/1010']);
    assert.deepEqual(ids('pool:gold'), ['guest:demo.prod/1010']);
    assert.deepEqual(ids('is:problem is:ha'), ['ha:demo.prod/vm:101']);
  });

  it('negates', () => {
    assert.deepEqual(ids('web cluster:prod !is:ha'), ['guest:demo.prod/300']);
    assert.ok(!ids('web !state:error').includes('ha:demo.prod/vm:101'));
  });

  it('takes quotes as one phrase', () => {
    assert.deepEqual(ids('"web old"'), ['guest:demo.prod/300']);
    assert.deepEqual(ids('"old web"'), []);
  });

  it('shows state, place and, for problems, what it means', () => {
    const [hit] = searchFleet(model, 'state:error is:ha', builtAtMs).hits;
    assert.deepEqual(
      [hit?.label, hit?.description, hit?.icon],
      ['vm:101 web', 'prod · pve2 · error', 'error'],
    );
    assert.match(hit?.detail ?? '', /gave up/);
    assert.deepEqual(hit?.target, { kind: 'guest', guestId: 'guest:demo.prod/101' });
    assert.equal(searchFleet(model, 'db-01', builtAtMs).hits[0]?.detail, null);
  });

  it('stops at 200 and asks to keep typing', () => {
    const guests = Array.from({ length: 450 }, (_, n) => buildGuest(1_000 + n));
    const many = openModel({ demo: { ...buildFleet('prod'), guests } }).model;
    const result = searchFleet(many, 'guest-1', builtAtMs);
    assert.equal(result.hits.length, 200);
    assert.match(result.hint ?? '', /more: keep typing$/);
    assert.ok(result.total > 400);
  });

  it('cannot be made to draw an icon by a name', () => {
    const hostile = openModel({ demo: { ...buildFleet('prod'), nodes: [buildNode('$(zap)')] } }).model;
    assert.equal(searchFleet(hostile, 'zap', builtAtMs).hits[0]?.label, '\\$(zap)');
  });
});
