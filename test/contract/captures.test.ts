import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { RawRow, Reading } from '../../src/aggregator/collector.ts';
import { buildRecords } from '../../src/aggregator/model/buildRecords.ts';
import { applyRound, emptyParts, type RoundAnswers } from '../../src/aggregator/model/clusterParts.ts';
import { emptyRecords, fleetRecordsSchema } from '../../src/contract/model/fleet.ts';

/** Recorded answers of Proxmox VE; the folder is beside the project and may be absent. */
const folder = new URL('../../../shared/pve-ha/captures/', import.meta.url);
const own = new URL('../support/fixtures/captures/', import.meta.url);

interface Frame {
  readonly time: number;
  readonly rows: RawRow[] | { error: string };
  readonly changed: Readonly<Record<string, unknown>>;
}

function readingOf(answer: unknown): Reading {
  if (Array.isArray(answer)) return { state: 'read', rows: answer as RawRow[] };
  const text = typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : '';
  if (/migrated to rules/.test(text)) return { state: 'movedToRules' };
  if (/not implemented|no such|501/i.test(text)) return { state: 'notOffered' };
  if (typeof answer === 'object' && answer !== null && text === '')
    return { state: 'read', rows: [answer as RawRow] };
  return {
    state: 'failed',
    error: {
      code: 'httpError',
      message: text,
      httpStatus: 500,
      endpoint: null,
      sinceMs: 0,
      retryAfterS: null,
      certificate: null,
      expectedFingerprint: null,
    },
  };
}

const sections = {
  '/cluster/status': 'status',
  '/cluster/resources': 'resources',
  '/cluster/ha/resources': 'haResources',
  '/cluster/ha/groups': 'haGroups',
  '/cluster/ha/rules': 'haRules',
  '/cluster/ha/status/manager_status': 'managerStatus',
} as const;

function replay(file: URL): void {
  const frames = JSON.parse(readFileSync(file, 'utf8')) as Frame[];
  let parts = emptyParts;
  let records = emptyRecords();
  const answers: Record<string, Reading> = {};
  for (const [index, frame] of frames.entries()) {
    for (const [path, section] of Object.entries(sections))
      if (path in frame.changed) answers[section] = readingOf(frame.changed[path]);
    answers.haStatus = readingOf(frame.rows);
    parts = applyRound(parts, answers as RoundAnswers, frame.time * 1000);
    records = buildRecords(
      parts,
      {
        key: 'c',
        nowMs: frame.time * 1000,
        pveVersion: null,
        views: [],
        endpoints: [],
        freshness: {
          lastSuccessMs: null,
          lastAttemptMs: null,
          consecutiveFailures: 0,
          intervalMs: null,
          error: null,
        },
        duplicateOf: null,
      },
      records,
    );
    check(frame, records, `frame ${index}`);
  }
}

function check(frame: Frame, records: ReturnType<typeof emptyRecords>, where: string): void {
  assert.deepEqual(
    fleetRecordsSchema.parse(records),
    records,
    `${where}: records have the form of the contract`,
  );
  if (!Array.isArray(frame.rows)) return;
  const quorum = frame.rows.find((row) => row.type === 'quorum');
  const [cluster] = records.clusters;
  if (quorum?.quorate !== 1 && cluster?.quorum.state !== 'standalone')
    assert.notEqual(
      cluster?.quorum.state,
      'quorate',
      `${where}: not reported as quorate, not shown as quorate`,
    );
  for (const row of frame.rows) {
    if (row.type === 'service') {
      const resource = records.resources.find((candidate) => candidate.sid === row.sid);
      assert.ok(resource, `${where}: ${String(row.sid)} has a record`);
      assert.equal(resource.state, row.state ?? null, `${where}: ${String(row.sid)}`);
      assert.equal(resource.crmState, row.crm_state ?? null);
      if (typeof row.max_restart === 'number') assert.equal(resource.maxRestart, row.max_restart);
    }
    if (row.type === 'lrm') {
      const node = records.nodes.find((candidate) => candidate.name === row.node);
      if (node !== undefined) assert.notEqual(node.lrm?.state, 'unknown', `${where}: ${String(row.status)}`);
    }
    if (row.type === 'master')
      assert.notEqual(cluster?.master.state, 'unknown', `${where}: ${String(row.status)}`);
    if (row.type === 'fencing')
      assert.notEqual(cluster?.fencing.state, 'unknown', `${where}: ${String(row.status)}`);
  }
  if (!frame.rows.some((row) => row.type === 'fencing'))
    assert.equal(cluster?.fencing.state, 'notOffered', where);
}

describe('recorded answers of Proxmox', () => {
  for (const source of [own, folder]) {
    if (!existsSync(source)) continue;
    for (const name of readdirSync(source).filter((file) => file.endsWith('.json')))
      it(`${name} becomes records that say what the rows said`, () => replay(new URL(name, source)));
  }
});
