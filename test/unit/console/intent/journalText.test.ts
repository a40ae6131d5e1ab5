import assert from 'node:assert/strict';
import { journalText } from '../../../../src/console/intent/journalText.ts';
import { auditEntrySchema } from '../../../../src/contract/intent/audit.ts';

const entry = (fields: object) =>
  auditEntrySchema.parse({
    seq: 7,
    entry_id: 'e7',
    at: Date.UTC(2026, 2, 1, 12, 30, 5) / 1000,
    actor: 'mira',
    action: 'deletion_request_approved',
    target: 'vm:lab/105',
    result: 'succeeded',
    ...fields,
  });

const entriesOf = (entries: Parameters<typeof journalText>[0]['entries'], isCut = false): string[] =>
  journalText({ connectionName: 'prod-api', entries, isCut })
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('the journal as a text', () => {
  it('has a line per action: when, number, how it ended, who, what, and what was said below', () => {
    assert.deepEqual(entriesOf([entry({ message: 'VM 105 agreed.' })]), [
      '2026-03-01 12:30:05  #7  done  mira  deletion request approved vm:lab/105',
      '    VM 105 agreed.',
    ]);
  });

  it('never reads an action without an end, or with an unknown one, as done', () => {
    const [open, unknown] = entriesOf([entry({ result: 'open' }), entry({ result: 'gone_fishing' })]);
    assert.match(open ?? '', /not completed/);
    assert.match(unknown ?? '', /not told/);
  });

  it('keeps a line to one entry whatever its names hold, and says what was not told', () => {
    const lines = entriesOf([entry({ at: null, actor: null, target: 'a\nb\u202ec', message: null })]);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^time not told .*a\ufffdb\ufffdc$/);
    assert.match(entriesOf([entry({ at: 9e15 })])[0] ?? '', /^time not told/);
  });

  it('says that older entries exist, and that nothing was done', () => {
    assert.match(journalText({ connectionName: 'x', entries: [entry({})], isCut: true }), /Older entries/);
    assert.deepEqual(entriesOf([]), ['Nothing was done through this server yet.']);
  });
});
