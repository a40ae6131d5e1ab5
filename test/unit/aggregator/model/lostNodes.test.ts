import assert from 'node:assert/strict';
import { type BuildContext, buildRecords } from '../../../../src/aggregator/model/buildRecords.ts';
import { applyRound, emptyParts } from '../../../../src/aggregator/model/clusterParts.ts';
import { emptyRecords } from '../../../../src/contract/model/fleet.ts';

/** Reads a cluster of two nodes at several moments; pve2 is online or not, or membership cannot be read. */
function read(...rounds: readonly (readonly [atMs: number, pve2: boolean | 'failed'])[]) {
  let parts = emptyParts;
  let records = emptyRecords();
  for (const [nowMs, pve2] of rounds) {
    const rows = [
      { type: 'cluster', name: 'prod', quorate: 1, nodes: 2 },
      { type: 'node', name: 'pve1', online: 1 },
      { type: 'node', name: 'pve2', online: pve2 === true ? 1 : 0 },
    ];
    const error = { code: 'timeout', message: 'no answer', endpoint: null, httpStatus: null } as never;
    parts = applyRound(
      parts,
      { status: pve2 === 'failed' ? { state: 'failed', error } : { state: 'read', rows } },
      nowMs,
    );
    const context: BuildContext = {
      key: 'prod',
      nowMs,
      pveVersion: null,
      views: [],
      endpoints: [],
      freshness: {
        lastSuccessMs: nowMs,
        lastAttemptMs: nowMs,
        consecutiveFailures: 0,
        intervalMs: 5_000,
        error: null,
      },
      duplicateOf: null,
    };
    records = buildRecords(parts, context, records);
  }
  const node = records.nodes.find(({ name }) => name === 'pve2');
  return [node?.lostSinceMs, node?.lastOnlineMs];
}

describe('the moment a node was lost', () => {
  it('lies between the read that missed it and the one before, and stays', () => {
    assert.deepEqual(read([1_000, true]), [null, null]);
    assert.deepEqual(read([1_000, true], [6_000, true], [11_000, false]), [11_000, 6_000]);
    assert.deepEqual(read([6_000, true], [11_000, false], [16_000, false]), [11_000, 6_000]);
  });

  it('is not known of one that was never seen online', () => {
    assert.deepEqual(read([1_000, false], [6_000, false]), [1_000, null]);
  });

  it('is as uncertain as the time in which membership could not be read', () => {
    assert.deepEqual(read([1_000, true], [6_000, 'failed'], [66_000, false]), [66_000, 1_000]);
  });

  it('is forgotten when the node is back', () => {
    assert.deepEqual(read([1_000, true], [6_000, false], [11_000, true]), [null, null]);
  });
});
