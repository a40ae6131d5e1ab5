import assert from 'node:assert/strict';
import { activityRows } from '../../../../src/console/intent/activityRows.ts';
import { auditEntrySchema } from '../../../../src/contract/intent/audit.ts';
import { runSchema } from '../../../../src/contract/intent/run.ts';
import { nowMs, pictureWith } from './deletionSupport.ts';

const run = (fields: object = {}) =>
  runSchema.parse({
    run_uuid: 'aa-1',
    cluster: 'lab',
    actor: 'mira',
    state: 'done',
    created_at: nowMs / 1000 - 60,
    results: [],
    ...fields,
  });
const entry = (seq: number, at: number) =>
  auditEntrySchema.parse({
    seq,
    entry_id: `e${seq}`,
    at,
    actor: 'tom',
    action: 'login',
    result: 'succeeded',
  });
const rowsOf = (...pictures: Parameters<typeof pictureWith>[0][]) =>
  activityRows(
    pictures.map((fields) => pictureWith(fields)),
    () => nowMs,
  );

describe('rows of the Activity view', () => {
  it('say what will be here while there is nothing', () => {
    assert.deepEqual(
      rowsOf({}).map(({ label }) => label),
      ['Runs and long tasks appear here.'],
    );
  });

  it('put the newest run of all servers first, and the journal last', () => {
    const rows = rowsOf(
      { runs: [run({ run_uuid: 'old', created_at: nowMs / 1000 - 500 })], entries: [entry(1, 5)] },
      { connectionId: 'b', runs: [run({ run_uuid: 'new' })], entries: [entry(1, 9)] },
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['run/b/new', 'run/api/old', 'journal'],
    );
    assert.deepEqual(
      rows.at(-1)?.children.map(({ id }) => id),
      ['entry/b/e1', 'entry/api/e1'],
    );
  });

  it('keep what was known beside the reason why it is not read, and never a server without a write side', () => {
    const rows = rowsOf(
      { runs: [run()], failure: 'prod-api: no answer.' },
      { connectionId: 'old', isOffered: false, runs: [run()] },
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['failure/api', 'run/api/aa-1'],
    );
    assert.equal(rows[0]?.state?.tone, 'unknown');
  });

  it('reckon ages by the clock of the server that wrote the times', () => {
    const [row] = activityRows([pictureWith({ runs: [run()] })], () => nowMs + 60_000);
    assert.match(row?.description ?? '', /2 min ago/);
  });

  it('open the request that a run left', () => {
    const [row] = rowsOf({
      runs: [
        run({
          results: [
            {
              index: 0,
              op: 'delete',
              kind: 'qemu',
              vmid: 105,
              name: 'db\n01',
              status: 'delete-pending-approval',
              deletion_request_id: 42,
            },
          ],
        }),
      ],
    });
    const [item] = row?.children ?? [];
    assert.equal(item?.label, 'delete vm 105 db\ufffd01');
    assert.deepEqual(item?.open?.argument, { connectionId: 'api', requestId: 42 });
  });
});
