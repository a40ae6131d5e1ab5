import assert from 'node:assert/strict';
import {
  toHaStatusErrorItem,
  toHaStatusItem,
  toHaWireGroup,
  toHaWireResource,
  toHaWireRule,
} from '../../../../src/aggregator/serve/haRows.ts';

/** Fields as published, in the published order; the last two of status are additive. */
const statusFields = [
  'cluster_name',
  'id',
  'type',
  'sid',
  'node',
  'state',
  'status',
  'crm_state',
  'request_state',
  'quorate',
  'failback',
  'max_relocate',
  'max_restart',
  'timestamp',
  'armed_state',
  'resource_mode',
];
const resourceFields = [
  'cluster_name',
  'sid',
  'type',
  'state',
  'group',
  'max_relocate',
  'max_restart',
  'failback',
  'comment',
  'digest',
  'node',
  'crm_state',
  'request_state',
  'status',
];
const groupFields = [
  'cluster_name',
  'group',
  'type',
  'nodes',
  'restricted',
  'nofailback',
  'comment',
  'digest',
];
const ruleFields = [
  'cluster_name',
  'rule',
  'type',
  'affinity',
  'nodes',
  'resources',
  'strict',
  'disable',
  'comment',
];

describe('rows of the HA reference', () => {
  const mappers: [string, string[], (row: Record<string, unknown>) => object][] = [
    ['status', statusFields, (row) => toHaStatusItem('lab', row)],
    ['resource', resourceFields, (row) => toHaWireResource('lab', row, undefined)],
    ['group', groupFields, (row) => toHaWireGroup('lab', row)],
    ['rule', ruleFields, (row) => toHaWireRule('lab', row)],
  ];
  for (const [name, fields, map] of mappers) {
    it(`always gives every field of a ${name} row, null when not told, and no other`, () => {
      const row = map({ surprise: 1, errors: { nodes: ['x'] } });
      assert.deepEqual(Object.keys(row), fields);
      for (const [field, value] of Object.entries(row)) {
        assert.equal(value, field === 'cluster_name' ? 'lab' : null, field);
      }
    });

    it(`survives a ${name} row in which every field has the wrong type`, () => {
      const row = map(Object.fromEntries(fields.map((field) => [field, { nested: true }])));
      assert.deepEqual(Object.keys(row), fields);
      for (const [field, value] of Object.entries(row)) {
        assert.equal(value, field === 'cluster_name' ? 'lab' : null, field);
      }
    });
  }

  it('maps a service row as Proxmox sends it', () => {
    assert.deepEqual(
      toHaStatusItem('lab', {
        id: 'service:vm:100',
        type: 'service',
        sid: 'vm:100',
        node: 'pve1',
        state: 'started',
        status: 'vm:100 (pve1, started)',
        crm_state: 'started',
        request_state: 'started',
        max_restart: 0,
        max_relocate: 1,
        failback: 1,
        group: 'dropped',
      }),
      {
        cluster_name: 'lab',
        id: 'service:vm:100',
        type: 'service',
        sid: 'vm:100',
        node: 'pve1',
        state: 'started',
        status: 'vm:100 (pve1, started)',
        crm_state: 'started',
        request_state: 'started',
        quorate: null,
        failback: true,
        max_relocate: 1,
        max_restart: 0,
        timestamp: null,
        armed_state: null,
        resource_mode: null,
      },
    );
  });

  it('reads kebab keys of older versions and the fencing row of newer ones', () => {
    const older = toHaStatusItem('lab', {
      'crm-state': 'fence',
      'request-state': 'started',
      'max-relocate': '2',
    });
    assert.equal(older.crm_state, 'fence');
    assert.equal(older.request_state, 'started');
    assert.equal(older.max_relocate, 2);
    const fencing = toHaStatusItem('lab', { 'armed-state': 'disarmed', resource_mode: 'freeze' });
    assert.equal(fencing.armed_state, 'disarmed');
    assert.equal(fencing.resource_mode, 'freeze');
  });

  it('merges the runtime part from the status row and keeps zero counters', () => {
    const row = toHaWireResource(
      'lab',
      { sid: 'vm:100', type: 'vm', state: 'started', max_restart: 0, 'max-relocate': 0, failback: '0' },
      {
        sid: 'vm:100',
        node: 'pve2',
        crm_state: 'migrate',
        request_state: 'started',
        status: 'text',
        state: 'x',
      },
    );
    assert.deepEqual(row, {
      cluster_name: 'lab',
      sid: 'vm:100',
      type: 'vm',
      state: 'started',
      group: null,
      max_relocate: 0,
      max_restart: 0,
      failback: false,
      comment: null,
      digest: null,
      node: 'pve2',
      crm_state: 'migrate',
      request_state: 'started',
      status: 'text',
    });
  });

  it('passes the node lists of groups and rules as Proxmox writes them', () => {
    assert.equal(
      toHaWireGroup('lab', { group: 'g', nodes: 'pve1:2,pve2', restricted: 1 }).nodes,
      'pve1:2,pve2',
    );
    const rule = toHaWireRule('lab', { rule: 'r', resources: 'vm:1,ct:2', strict: 0, disable: 1 });
    assert.equal(rule.resources, 'vm:1,ct:2');
    assert.equal(rule.strict, false);
    assert.equal(rule.disable, true);
  });

  it('tells a failed cluster by one row with nothing but name and error', () => {
    const row = toHaStatusErrorItem('lab', 'no answer');
    assert.deepEqual(Object.keys(row), statusFields);
    for (const [field, value] of Object.entries(row)) {
      const expected = field === 'cluster_name' ? 'lab' : field === 'status' ? 'error: no answer' : null;
      assert.equal(value, expected, field);
    }
  });
});
