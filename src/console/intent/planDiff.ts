import { plainText } from '../../base/text.ts';
import type { PlanVerdict } from '../../contract/intent/plan.ts';
import { changeLabel, haChanges, haText } from './planWords.ts';

/** The two sides of a change for a diff editor. */
export interface PlanDiff {
  readonly title: string;
  readonly now: string;
  readonly after: string;
}

/**
 * A guest's configuration now and after a change, in the form Proxmox keeps it (`key: value`), with the keys that change.
 * What HA does with it follows on the right as comments.
 */
export function planDiff(verdict: PlanVerdict, cluster: string): PlanDiff {
  const label = changeLabel(verdict);
  const node = verdict.node === null ? '' : `/${plainText(verdict.node, 60)}`;
  const head = `# ${label} on ${plainText(cluster, 60)}${node}`;
  const keys = [...verdict.changes].sort((a, b) => (a.key < b.key ? -1 : 1));
  const side = (value: 'before' | 'after'): string[] =>
    keys.flatMap((change) => {
      const text = change[value];
      return text === null ? [] : [propertyLine(change.key, text)];
    });
  const now = [head, ...(verdict.op === 'create' ? ['# does not exist yet'] : side('before'))];
  if (verdict.op !== 'create' && keys.length === 0) now.push('# configuration not told');
  const after = [head];
  if (verdict.op === 'delete')
    after.push(
      '# stays as it is until a second person agrees and somebody executes the request; then it is gone',
    );
  else if (verdict.no_change) after.push('# no change');
  else after.push(...side('after'));
  const consequences = haChanges(verdict).map((consequence) => `# HA: ${haText(consequence)}`);
  if (consequences.length > 0) after.push('', ...consequences);
  return {
    title: `${label}: now ↔ after`,
    now: `${now.join('\n')}\n`,
    after: `${after.join('\n')}\n`,
  };
}

/** Further lines of a value are set in, so that each key stays one item. */
function propertyLine(key: string, value: string): string {
  const lines = value.split(/\r?\n/).map((line) => plainText(line, 2_000));
  return lines.length === 1
    ? `${plainText(key, 100)}: ${lines[0]}`
    : [`${plainText(key, 100)}:`, ...lines.map((line) => `    ${line}`)].join('\n');
}
