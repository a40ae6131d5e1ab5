import type { GuestPayload } from '../../../contract/intent/guestPayload.ts';
import type { PlanFinding } from '../../../contract/intent/plan.ts';
import { inspectUserData } from '../guest/cloudInit.ts';
import { blocked, warning } from './findings.ts';

/** What is wrong or risky about cloud-init settings. */
export function cloudInitFindings(
  kind: 'qemu' | 'lxc',
  payload: GuestPayload,
  warnPlainPassword: boolean,
): PlanFinding[] {
  const settings = payload.cloud_init;
  if (settings === undefined) return [];
  const findings: PlanFinding[] = [];
  if (kind === 'lxc') {
    const { ssh_keys: _keys, ...others } = settings;
    if (Object.keys(others).length > 0)
      findings.push(
        warning(
          'cloud_init_not_for_containers',
          'Containers take only the public keys of cloud_init; the rest has no effect.',
          'cloud_init',
        ),
      );
    return findings;
  }
  const userData = inspectUserData(settings);
  if (userData === null || userData.isSnippet) return findings;
  if (userData.plainPasswords.length > 0 && warnPlainPassword)
    findings.push(
      warning(
        'plaintext_password_warning',
        `The user data holds a readable password (${userData.plainPasswords.join(', ')}). Use a hash or a public key.`,
        'cloud_init.user_data',
      ),
    );
  findings.push(
    userData.yamlError === null
      ? blocked(
          'user_data_needs_snippet',
          'Proxmox takes user data only as a snippet file. Put it on a storage that holds snippets and write user=STORAGE:snippets/FILE.',
          'cloud_init.user_data',
        )
      : blocked(
          'user_data_not_yaml',
          `The user data does not read as YAML (${userData.yamlError}).`,
          'cloud_init.user_data',
        ),
  );
  return findings;
}
