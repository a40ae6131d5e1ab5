import assert from 'node:assert/strict';
import {
  approveConfirmation,
  deletionObstacle,
  executeConfirmation,
} from '../../../../src/console/intent/deletionConfirmations.ts';
import {
  comparisonTexts,
  type DeletionPageInput,
  deletionPageModel,
} from '../../../../src/console/intent/deletionPage.ts';
import {
  type DeletionComparison,
  deletionComparisonSchema,
} from '../../../../src/contract/intent/deletionRequest.ts';
import { meWith, nowMs, ownRequest, requestWith } from './deletionSupport.ts';

const compared = (fields: Record<string, unknown>): DeletionComparison =>
  deletionComparisonSchema.parse({ message: 'Said by the server.', changes: [], ...fields });

const page = (fields: Partial<DeletionPageInput> = {}) =>
  deletionPageModel({
    about: 'api/42',
    request: requestWith(),
    comparison: { kind: 'read', comparison: compared({ live: 'same' }) },
    me: meWith(),
    failure: null,
    clockOffsetMs: 0,
    nowMs,
    ...fields,
  });

describe('page of a deletion request', () => {
  it('tells who asked and why, what would be lost and what HA does', () => {
    const model = page();
    assert.equal(model.subtitle, 'prod/vm 105 db-01 on pve2');
    assert.equal(model.asked, 'Asked by mira 2 h ago: "decommissioned".');
    assert.equal(model.lost[0], '2 disks');
    assert.equal(model.lost.at(-1), 'running when asked');
    assert.deepEqual(model.ha, ['Rule keep-db goes with it.']);
    assert.deepEqual([model.approve?.off, model.reject?.off], [null, null]);
    assert.equal(model.execute?.off, 'This request is pending.');
  });

  it('gives the requester the reason instead of a button', () => {
    assert.equal(
      page({ request: ownRequest() }).approve?.off,
      'You asked for this, so somebody else decides.',
    );
  });

  it('leaves everything off when the server does not tell what we may', () => {
    const model = page({ request: requestWith({ may: null }) });
    for (const button of [model.approve, model.reject, model.execute])
      assert.match(button?.off ?? '', /did not tell/);
  });

  it('has no buttons once it is over', () => {
    const model = page({ request: requestWith({ state: 'succeeded' }) });
    assert.deepEqual([model.approve, model.reject, model.execute], [null, null, null]);
  });

  it('warns when the guest is not what it was, and alarms when it is another', () => {
    const changes = [{ key: 'name', when_asked: 'db-01', now: 'db-01-new' }];
    const changed = page({
      comparison: { kind: 'read', comparison: compared({ live: 'changed', changes }) },
    });
    assert.equal(changed.header.banners[0]?.tone, 'warn');
    assert.match(changed.header.banners[0]?.why ?? '', /name was db-01, is db-01-new/);
    assert.deepEqual([changed.comparison?.changed.length, changed.comparison?.same], [1, 3]);
    const replaced = page({ comparison: { kind: 'read', comparison: compared({ live: 'replaced' }) } });
    assert.equal(replaced.header.banners[0]?.tone, 'fail');
  });

  it('asks nobody to type the name of a guest that would not be the one that goes', () => {
    const obstacle = (fields: Record<string, unknown>) => deletionObstacle(requestWith(), compared(fields));
    const changes = [{ key: 'name', when_asked: 'db-01', now: 'payroll-prod' }];
    assert.equal(obstacle({ live: 'same' }), null);
    assert.equal(obstacle({ live: 'changed', changes, material: false }), null);
    assert.match(
      obstacle({ live: 'changed', changes, material: true }) ?? '',
      /has changed .*\(name\).*ask again/,
    );
    assert.match(obstacle({ live: 'changed', changes }) ?? '', /has changed/, 'a server that does not tell');
    assert.match(obstacle({ live: 'replaced' }) ?? '', /another guest/);
    assert.match(obstacle({ live: 'gone' }) ?? '', /not there any more/);
    assert.match(obstacle({ live: 'unknown' }) ?? '', /could not be compared/);
    assert.match(obstacle({ live: 'word of tomorrow' }) ?? '', /could not be compared/);
  });

  it('never calls a comparison that failed or is not told the same', () => {
    for (const model of [
      page({ comparison: { kind: 'failed', message: 'no answer' } }),
      page({ comparison: { kind: 'read', comparison: compared({ live: 'word of tomorrow' }) } }),
    ])
      assert.equal(model.comparison?.state.tone, 'unknown');
  });

  it('says how four eyes stand', () => {
    assert.equal(page().fourEyes.label, 'four eyes enforced by the server');
    assert.equal(page({ me: meWith({ four_eyes: false }) }).fourEyes.tone, 'warn');
    assert.equal(page({ me: meWith({ self_approval_allowed: true }) }).fourEyes.tone, 'warn');
    assert.equal(page({ me: null }).fourEyes.tone, 'unknown');
  });

  it('compares both sides key by key', () => {
    const texts = comparisonTexts(
      requestWith(),
      compared({ live: 'changed', changes: [{ key: 'cores', when_asked: '2', now: '4' }] }),
    );
    assert.match(texts.asked, /^cores: 2$/m);
    assert.match(texts.now, /^cores: 4$/m);
    assert.match(texts.now, /^scsi0: /m);
    const gone = comparisonTexts(requestWith(), compared({ live: 'gone' }));
    assert.match(gone.now, /not there any more/);
    assert.doesNotMatch(gone.now, /scsi0/);
  });
});

describe('questions before a deletion', () => {
  it('ask for the VMID to approve and for the name to destroy', () => {
    const approve = approveConfirmation(requestWith(), nowMs);
    assert.equal(approve.kind === 'typed' && approve.expected, '105');
    const execute = executeConfirmation(requestWith());
    assert.ok(execute.kind === 'typed');
    assert.equal(execute.expected, 'db-01');
    assert.equal(
      execute.prompt,
      "2 disks, gone for good; HA: Rule keep-db goes with it. Type the guest's name to destroy it.",
    );
    const nameless = executeConfirmation(requestWith({ name: null }));
    assert.equal(nameless.kind === 'typed' && nameless.expected, '105');
  });
});
