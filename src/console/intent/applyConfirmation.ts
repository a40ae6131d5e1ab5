import { formatStopwatch, plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { PlanReply } from '../../contract/intent/plan.ts';
import { changeLabel, changesOf, countsOf, countsSentence, haChanges, haText, shortId } from './planWords.ts';

/** How much somebody has to say before a plan of a cluster is applied. */
export const protectionLevels = ['open', 'guarded', 'protected'] as const;
export type ProtectionLevel = (typeof protectionLevels)[number];

/** What somebody has to confirm, in words. */
export type Confirmation =
  | { readonly kind: 'modal'; readonly title: string; readonly detail: string; readonly button: string }
  | {
      readonly kind: 'typed';
      readonly title: string;
      readonly prompt: string;
      /** Compared exactly, after trimming. */
      readonly expected: string;
      readonly mistake: string;
    };

/** Phrase of the published contract that turns writes on. */
export const writesPhrase = 'allow-edit-and-add-actions';

const listed = 12;

/** Question before a plan is applied, by the cluster's protection. */
export function applyConfirmation(
  plan: PlanReply,
  cluster: string,
  level: ProtectionLevel,
  expiresInMs: number | null,
): Confirmation {
  const counts = countsOf(plan.verdicts);
  const changes = plural(changesOf(counts), 'change');
  const name = plainText(cluster, 60);
  const plans = shortId(plan.plan_hash);
  const valid = expiresInMs === null ? '' : `, valid ${formatStopwatch(expiresInMs)}`;
  if (level === 'protected')
    return {
      kind: 'typed',
      title: `Apply Plan to ${name}`,
      prompt: `${capital(countsSentence(counts))}. Plan ${plans ?? 'without name'}${valid}. ${name} is protected. Type ${name} to apply.`,
      expected: cluster,
      mistake: 'That is not the name of this cluster.',
    };
  const button = `Apply ${changesOf(counts)} ${changesOf(counts) === 1 ? 'Change' : 'Changes'}`;
  const summary = `${capital(countsSentence(counts))}. Protection of ${name}: ${level}.`;
  return {
    kind: 'modal',
    title: `Apply ${changes} to ${name}?`,
    detail: level === 'open' ? summary : [summary, '', ...consequences(plan)].join('\n'),
    button,
  };
}

/** Question before somebody lets everyone of a server change Proxmox. */
export function writesConfirmation(connectionName: string): Confirmation {
  return {
    kind: 'typed',
    title: `Turn On Writes on ${plainText(connectionName, 60)}`,
    prompt: `Everyone using this server can then change Proxmox within their rights. Type ${writesPhrase} to go on.`,
    expected: writesPhrase,
    mistake: 'That is not the phrase.',
  };
}

function consequences(plan: PlanReply): string[] {
  const verdicts = plan.verdicts.filter(({ verdict, no_change }) => verdict !== 'blocked' && !no_change);
  const lines = verdicts
    .slice(0, listed)
    .flatMap((verdict) => [
      `${verbs[verdict.op]} ${changeLabel(verdict)}${verdict.node === null ? '' : ` on ${plainText(verdict.node, 60)}`}`,
      ...(verdict.verdict === 'warning' && verdict.op !== 'delete' && verdict.message !== null
        ? [`    ${plainText(verdict.message, 200)}`]
        : []),
      ...haChanges(verdict).map((consequence) => `    HA: ${haText(consequence)}`),
    ]);
  if (verdicts.length > listed) lines.push(`and ${verdicts.length - listed} more`);
  lines.push('', 'Running guests are not stopped.');
  if (verdicts.some(({ op }) => op === 'delete'))
    lines.push('Nothing is destroyed: a deletion becomes a request that a second person decides.');
  return lines;
}

const verbs = {
  create: 'Create',
  update: 'Change',
  delete: 'Ask to delete',
  unknown: 'Do an unknown thing with',
} as const;

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
