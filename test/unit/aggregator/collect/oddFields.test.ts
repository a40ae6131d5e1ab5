import assert from 'node:assert/strict';
import { CollectedCluster, rowsOf } from './harness.ts';

describe('one odd field', () => {
  it('of the manager status costs the HA state of that node only', async () => {
    const cluster = new CollectedCluster();
    cluster.lists['/version'] = { version: '8.1.4' };
    for (const row of rowsOf(cluster.lists['/cluster/resources']))
      if (row.type === 'node') delete row.hastate;
    cluster.lists['/cluster/ha/status/manager_status'] = {
      manager_status: { node_status: { n1: 'online', n2: 'fence', n3: { odd: true } } },
    };
    await cluster.round();
    await cluster.round();
    assert.deepEqual(
      cluster.records.nodes.map(({ haState }) => haState),
      ['online', 'fence', null],
    );
    assert.equal(cluster.section('managerStatus').state, 'read');
  });

  for (const answer of [{}, { manager_status: 'x' }, { manager_status: { node_status: [] } }]) {
    it(`of the manager status keeps the states of before when all are gone: ${JSON.stringify(answer)}`, async () => {
      const cluster = new CollectedCluster();
      cluster.lists['/version'] = { version: '8.1.4' };
      for (const row of rowsOf(cluster.lists['/cluster/resources']))
        if (row.type === 'node') delete row.hastate;
      const path = '/cluster/ha/status/manager_status';
      cluster.lists[path] = { manager_status: { node_status: { n2: 'fence' } } };
      await cluster.round();
      await cluster.round();
      cluster.lists[path] = answer;
      await cluster.round();
      assert.equal(cluster.records.nodes.find(({ name }) => name === 'n2')?.haState, 'fence');
      assert.equal(cluster.section('managerStatus').state, 'failed');
    });
  }

  const errors: readonly (readonly [what: string, told: unknown, read: Record<string, string[]>])[] = [
    ['a list', ['bad', 5], { rule: ['bad', 'conflict not readable'] }],
    ['a text', 'bad', { rule: ['bad'] }],
    ['a number', 7, { rule: ['conflict not readable'] }],
    ['one odd entry', { resources: 7, nodes: ['x'] }, { resources: ['conflict not readable'], nodes: ['x'] }],
    ['a text by field', { nodes: 'x' }, { nodes: ['x'] }],
    ['empty lists', { nodes: [] }, { nodes: ['conflict not readable'] }],
    ['nothing', {}, {}],
    ['null', null, {}],
  ];
  for (const [what, told, read] of errors) {
    it(`of a rule's errors (${what}) is kept as a conflict`, async () => {
      const cluster = new CollectedCluster();
      const [rule] = rowsOf(cluster.lists['/cluster/ha/rules']);
      if (rule !== undefined) rule.errors = told;
      await cluster.round();
      assert.deepEqual(cluster.records.rules[0]?.errors, read);
    });
  }

  it('of a rule that may be its switch makes a rule nobody can call in force', async () => {
    const cluster = new CollectedCluster();
    const [rule] = rowsOf(cluster.lists['/cluster/ha/rules']);
    if (rule !== undefined) rule.disable = 'yes';
    await cluster.round();
    const [record] = cluster.records.rules;
    assert.deepEqual(record?.errors, {
      disable: ['could not be read: whether the rule is in force is not known'],
    });
  });
});
