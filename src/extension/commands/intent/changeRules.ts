import * as vscode from 'vscode';
import { plural } from '../../../base/format.ts';
import { plainText } from '../../../base/text.ts';
import {
  approvalRuleRows,
  type RuleRow,
  selfApprovalConfirmation,
  ttlFault,
} from '../../../console/intent/approvalRules.ts';
import { nameOf } from '../../../console/intent/deletionStates.ts';
import type { IntentSettings, IntentSettingsPatch } from '../../../contract/intent/settings.ts';
import type { WriteViews } from '../../deletion/writeViews.ts';
import { confirmed } from '../../intent/typedConfirmation.ts';
import { askLine, showInfo } from '../../messages.ts';
import { OperatorError } from '../commandRegistry.ts';
import { askServer, pickServer } from '../pickServer.ts';

/** What is asked for, and how it is told once it is so. */
interface Change {
  readonly patch: IntentSettingsPatch;
  readonly told: string;
}

/** Changes a rule that holds for everyone on a server: self-approval, time to decide, warning of passwords. */
export async function changeRules(views: WriteViews): Promise<void> {
  const server = await pickServer(views, 'Change the approval rules of which server?');
  if (server === undefined) return;
  const name = plainText(server.name, 60);
  const [me, settings] = await askServer(server, (intent) => Promise.all([intent.me(), intent.settings()]));
  // The server refuses it anyway; asked first, nobody types a confirmation for nothing.
  if (!me.permissions.includes('admin'))
    throw new OperatorError(
      `${name}: ${nameOf(me.actor)} may not change rules. Ask somebody with the permission "admin".`,
    );
  const row = await vscode.window.showQuickPick(approvalRuleRows(settings), {
    title: `Approval Rules of ${name}`,
    placeHolder: 'They hold for everyone on this server. Which one should change?',
  });
  const change = row === undefined ? undefined : await changeOf(row.rule, settings, server.name);
  if (change === undefined) return;
  await askServer(server, (intent) => intent.changeSettings(change.patch));
  await views.desk.refresh();
  void showInfo(`${name}: ${change.told}`);
}

async function changeOf(
  rule: RuleRow['rule'],
  settings: IntentSettings,
  connectionName: string,
): Promise<Change | undefined> {
  switch (rule) {
    case 'selfApproval': {
      const allowed = !settings.intent_apply_authorization_self_approve_allowed;
      if (allowed && !(await confirmed(selfApprovalConfirmation(connectionName)))) return undefined;
      return {
        patch: { intent_apply_authorization_self_approve_allowed: allowed },
        told: allowed
          ? 'people may approve their own deletions now.'
          : 'a deletion needs a second person again.',
      };
    }
    case 'ttl': {
      const text = await askLine({
        title: 'Time to Decide',
        prompt: 'After how many days without a decision is a deletion rejected?',
        value: String(settings.intent_deletion_request_ttl_days ?? ''),
        validateInput: ttlFault,
      });
      if (text === undefined) return undefined;
      const days = Number(text.trim());
      return {
        patch: { intent_deletion_request_ttl_days: days },
        told: `deletions are to be decided within ${plural(days, 'day')}.`,
      };
    }
    case 'plaintextWarning': {
      const on = !settings.intent_warn_plaintext_password;
      return {
        patch: { intent_warn_plaintext_password: on },
        told: `plans ${on ? 'warn' : 'do not warn'} of plain-text passwords.`,
      };
    }
  }
}
