import assert from 'node:assert/strict';
import { applyConfirmation, writesConfirmation } from '../../../../src/console/intent/applyConfirmation.ts';
import { planDiff } from '../../../../src/console/intent/planDiff.ts';
import { planReplySchema } from '../../../../src/contract/intent/plan.ts';
import { buildPlan, wireVerdict } from './support.ts';

const verdict = (over: object, op: 'create' | 'update' | 'delete' = 'update') =>
  planReplySchema.parse({ verdicts: [wireVerdict(0, op, 105, over)] }).verdicts[0]!;

describe('the two sides of a change', () => {
  it('show what changes, with HA consequences as comments at the end', () => {
    const { now, after, title } = planDiff(
      verdict({
        changes: [
          { key: 'memory', before: '512', after: '1024' },
          { key: 'tags', before: 'web', after: null },
        ],
        ha: [
          { subject: 'rule', id: 'keep-db', effect: 'changed', message: 'Rule keep-db loses a member.' },
          { subject: 'resource', id: 'vm:105', effect: 'unchanged', message: 'HA keeps it.' },
        ],
      }),
      'lab',
    );
    assert.equal(title, 'vm 105 guest-105: now ↔ after');
    assert.equal(now, '# vm 105 guest-105 on lab/pve1\nmemory: 512\ntags: web\n');
    assert.equal(
      after,
      '# vm 105 guest-105 on lab/pve1\nmemory: 1024\n\n# HA: Rule keep-db loses a member.\n',
    );
  });

  it('say that a new guest is not there and that a deletion destroys nothing', () => {
    assert.match(planDiff(verdict({}, 'create'), 'lab').now, /does not exist yet/);
    assert.match(planDiff(verdict({}, 'delete'), 'lab').after, /until a second person agrees/);
  });

  it('cannot be made to look like something else by a value', () => {
    const { after } = planDiff(
      verdict({ changes: [{ key: 'description', before: null, after: 'a\nmemory: 1\u202e' }] }),
      'lab',
    );
    assert.match(after, /^description:\n {4}a\n {4}memory: 1\ufffd$/m);
  });
});

describe('the confirmation of a plan', () => {
  it('is a short question on an open cluster', () => {
    const asked = applyConfirmation(buildPlan(), 'lab', 'open', null);
    assert.ok(asked.kind === 'modal');
    assert.equal(asked.title, 'Apply 3 changes to lab?');
    assert.equal(asked.button, 'Apply 3 Changes');
    assert.equal(asked.detail, '1 create, 1 update, 1 deletion request. Protection of lab: open.');
  });

  it('lists the consequences on a guarded one', () => {
    const asked = applyConfirmation(buildPlan(), 'lab', 'guarded', null);
    assert.ok(asked.kind === 'modal');
    assert.match(asked.detail, /Create vm 140 web-4 on pve2/);
    assert.match(asked.detail, /HA: Rule keep-db goes too\./);
    assert.match(asked.detail, /Running guests are not stopped\./);
    assert.match(asked.detail, /Nothing is destroyed/);
  });

  it('is typed on a protected one', () => {
    const asked = applyConfirmation(buildPlan(), 'prod', 'protected', 252_000);
    assert.deepEqual(asked, {
      kind: 'typed',
      title: 'Apply Plan to prod',
      prompt:
        '1 create, 1 update, 1 deletion request. Plan 3f9c2a, valid 4:12. prod is protected. Type prod to apply.',
      expected: 'prod',
      mistake: 'That is not the name of this cluster.',
    });
  });

  it('of writes wants the phrase of the contract', () => {
    const asked = writesConfirmation('prod-api');
    assert.ok(asked.kind === 'typed');
    assert.equal(asked.expected, 'allow-edit-and-add-actions');
    assert.match(asked.prompt, /Everyone using this server/);
  });
});
