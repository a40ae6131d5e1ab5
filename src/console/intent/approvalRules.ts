import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { IntentSettings } from '../../contract/intent/settings.ts';
import type { Confirmation } from './applyConfirmation.ts';

/** Days that an undecided request may live at most; the server refuses more. */
export const maxTtlDays = 365;

/** A rule of a server that its administrators may change, as a row to choose from. */
export interface RuleRow {
  readonly rule: 'selfApproval' | 'ttl' | 'plaintextWarning';
  readonly label: string;
  /** How it is now. */
  readonly description: string;
  readonly detail: string;
}

/** The rules of a server with how they are now. */
export function approvalRuleRows(settings: IntentSettings): RuleRow[] {
  const { intent_deletion_request_ttl_days: ttl } = settings;
  return [
    {
      rule: 'selfApproval',
      label: 'Approving one’s own request',
      description: settings.intent_apply_authorization_self_approve_allowed ? 'allowed' : 'not allowed',
      detail: 'Not allowed, a deletion always needs two people.',
    },
    {
      rule: 'ttl',
      label: 'Time to decide',
      description: ttl === null ? 'not told' : plural(ttl, 'day'),
      detail: 'A deletion that nobody decides on in this time is rejected.',
    },
    {
      rule: 'plaintextWarning',
      label: 'Warning of plain-text passwords',
      description: settings.intent_warn_plaintext_password ? 'on' : 'off',
      detail: 'A plan warns of a password that stands readable in cloud-init data.',
    },
  ];
}

/** Question before one person alone may delete. */
export function selfApprovalConfirmation(connectionName: string): Confirmation {
  const name = plainText(connectionName, 60);
  return {
    kind: 'typed',
    title: `Let People Approve Their Own Deletions on ${name}`,
    prompt: `Then one person alone can destroy a guest on every cluster of this server. Type ${name} to go on.`,
    expected: connectionName,
    mistake: 'That is not the name of this connection.',
  };
}

/** What is wrong with a text given as a number of days; `null` when it can be used. */
export function ttlFault(text: string): string | null {
  const days = Number(text.trim());
  return /^\d+$/.test(text.trim()) && days >= 1 && days <= maxTtlDays
    ? null
    : `Give whole days, 1 to ${maxTtlDays}.`;
}
