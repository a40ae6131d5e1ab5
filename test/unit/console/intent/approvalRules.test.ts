import assert from 'node:assert/strict';
import {
  approvalRuleRows,
  selfApprovalConfirmation,
  ttlFault,
} from '../../../../src/console/intent/approvalRules.ts';
import { intentSettingsPatchSchema, intentSettingsSchema } from '../../../../src/contract/intent/settings.ts';

describe('the approval rules of a server', () => {
  it('are shown as the server told them, and what it did not tell in the safe reading', () => {
    const words = (told: object) =>
      approvalRuleRows(intentSettingsSchema.parse(told)).map(({ description }) => description);
    assert.deepEqual(words({}), ['not allowed', 'not told', 'on']);
    assert.deepEqual(
      words({
        intent_apply_authorization_self_approve_allowed: true,
        intent_deletion_request_ttl_days: 1,
        intent_warn_plaintext_password: false,
      }),
      ['allowed', '1 day', 'off'],
    );
  });

  it('take as days what the server takes, and nothing else', () => {
    for (const text of ['0', '366', '1.5', '7 days', '', '-1', '1e2', 'NaN'])
      assert.match(ttlFault(text) ?? '', /whole days/, text);
    for (const text of ['1', ' 7 ', '365']) {
      assert.equal(ttlFault(text), null);
      assert.ok(
        intentSettingsPatchSchema.safeParse({ intent_deletion_request_ttl_days: Number(text) }).success,
      );
    }
  });

  it('let one person delete alone only after the name of the server was typed', () => {
    const question = selfApprovalConfirmation('prod-api');
    assert.equal(question.kind === 'typed' && question.expected, 'prod-api');
  });
});
