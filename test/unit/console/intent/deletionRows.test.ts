import assert from 'node:assert/strict';
import { badgeText, decisionsWaiting, deletionRows } from '../../../../src/console/intent/deletionRows.ts';
import type { ListRow } from '../../../../src/console/intent/listRow.ts';
import { meWith, nowMs, ownRequest, pictureWith, requestWith } from './deletionSupport.ts';

const outline = (rows: readonly ListRow[]): unknown[] =>
  rows.map(({ label, description, children }) =>
    children.length === 0 ? `${label} | ${description}` : [label, ...outline(children)],
  );

describe('rows of the deletion requests', () => {
  it('say who we are, then what waits for whom', () => {
    const rows = deletionRows(
      [
        pictureWith({
          requests: [
            requestWith(),
            ownRequest({ id: 43, vmid: 106, name: 'web' }),
            requestWith({ id: 44, vmid: 107, name: null, state: 'approved', authorizer: 'tom' }),
            requestWith({
              id: 45,
              vmid: 108,
              state: 'rejected',
              reject_reason: 'TTL',
              updated_at: nowMs / 1000,
            }),
          ],
        }),
      ],
      () => nowMs,
    );
    assert.deepEqual(outline(rows), [
      'You are tom | prod-api · may decide',
      ['Needs my decision', '105 db-01 | prod · by mira · 2 h · 6 d left'],
      ['Waiting for others', '106 web | prod · by mira · 2 h · 6 d left'],
      ['Approved', '107 | prod · by mira · 2 h · approved by tom'],
      ['Closed (30 days)', '108 db-01 | prod · by mira · 2 h · expired'],
    ]);
  });

  it('tell screen readers the whole of it', () => {
    const [, group] = deletionRows([pictureWith({ requests: [requestWith()] })], () => nowMs);
    assert.equal(
      group?.children[0]?.accessibleLabel,
      'deletion request 42, vm 105 db-01, cluster prod, needs your decision, asked by mira, 2 h ago, 6 d left',
    );
  });

  it('offer in the menu what may be done, and nothing else', () => {
    const contextOf = (request: ReturnType<typeof requestWith>): string | undefined =>
      deletionRows([pictureWith({ requests: [request] })], () => nowMs)[1]?.children[0]?.contextValue;
    assert.equal(contextOf(requestWith()), 'deletion+pending+approve+reject');
    assert.equal(contextOf(ownRequest()), 'deletion+pending+reject');
    assert.equal(contextOf(requestWith({ may: null })), 'deletion+pending');
  });

  it('count in the badge what waits for us alone, and name what is not known', () => {
    const pictures = [
      pictureWith({ requests: [requestWith(), ownRequest({ id: 43 }), requestWith({ id: 44, may: null })] }),
      pictureWith({ connectionId: 'lab', connectionName: 'lab', failure: 'no answer' }),
    ];
    assert.equal(decisionsWaiting(pictures), 1);
    assert.equal(badgeText(pictures), '1 waits for your decision; lab not readable');
  });

  it('say plainly when the server does not keep four eyes', () => {
    const [row] = deletionRows([pictureWith({ me: meWith({ four_eyes: undefined }) })], () => nowMs);
    assert.match(row?.accessibleLabel ?? '', /the server does not enforce four eyes/);
    assert.equal(row?.state?.tone, 'warn');
  });

  it('keep what was known when the server cannot be read, and say which server keeps no requests', () => {
    const rows = deletionRows(
      [
        pictureWith({ requests: [requestWith()], failure: 'prod-api: no answer.' }),
        pictureWith({ connectionId: 'old', connectionName: 'old-api', isOffered: false, me: null }),
      ],
      () => nowMs,
    );
    assert.deepEqual(
      rows.map(({ label }) => label),
      ['You are tom', 'prod-api: not readable', 'Needs my decision', 'old-api'],
    );
  });

  it('forget closed requests after thirty days', () => {
    const old = requestWith({ state: 'succeeded', updated_at: nowMs / 1000 - 31 * 86_400 });
    assert.deepEqual(
      deletionRows([pictureWith({ requests: [old] })], () => nowMs).map(({ label }) => label),
      ['You are tom', 'Nobody asks to delete anything.'],
    );
  });

  it('let no name of a guest or person draw an icon or break a line', () => {
    const [, group] = deletionRows(
      [pictureWith({ requests: [requestWith({ name: 'a\nb\u202e', requested_by: 'x\u0000y' })] })],
      () => nowMs,
    );
    const row = group?.children[0];
    assert.doesNotMatch(`${row?.label}${row?.description}${row?.accessibleLabel}`, /[\p{Cc}\u202e]/u);
  });
});
