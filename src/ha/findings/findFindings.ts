import type { SectionName } from '../../contract/model/cluster.ts';
import { brokenAffinity } from './affinity.ts';
import { restingPicture } from './atRest.ts';
import { notOnBestNode } from './bestNode.ts';
import type { FamilyFindings, Finding, FindingSeverity, FindingsInput } from './finding.ts';
import { infeasibleRules } from './infeasible.ts';
import { notChecked, whyNotCurrent, whyNotRead } from './notChecked.ts';
import { unknownGroups, unknownGuests, unknownNodes } from './references.ts';
import { readRuleBook } from './ruleBook.ts';
import { disarmedLong, twoVotes } from './stack.ts';
import { outsideStrictNodes, singleNodeStrict } from './strictNodes.ts';
import { unmanagedGuests } from './unmanaged.ts';

/** What a family reads; without all of it the family is not asked. */
interface Family {
  readonly needs: readonly SectionName[];
  readonly find: () => FamilyFindings;
}

const severityOrder: Readonly<Record<FindingSeverity, number>> = {
  error: 0,
  unknown: 1,
  warning: 2,
  information: 3,
};

/**
 * Everything to find fault with in a cluster's HA at rest, worst first. What could not be checked is one finding of its
 * own with the reasons; an empty list means that everything was read and nothing found.
 */
export function findFindings(input: FindingsInput): readonly Finding[] {
  const { picture, notCurrent } = input;
  if (notCurrent !== null) return [notChecked('none', [whyNotCurrent[notCurrent]])];
  const { sections } = picture.cluster;
  const reasons = new Set<string>();
  const findings: Finding[] = [];
  for (const { needs, find } of families(input)) {
    const missing = needs.flatMap((name) => whyNotRead(name, sections[name]) ?? []);
    const told = missing.length === 0 ? find() : { findings: [], unknowns: missing };
    for (const reason of told.unknowns) reasons.add(reason);
    findings.push(...told.findings);
  }
  if (reasons.size > 0) findings.push(notChecked('some', [...reasons]));
  return findings.sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity]);
}

function families(input: FindingsInput): Family[] {
  const { picture } = input;
  const only = (findings: readonly Finding[]): FamilyFindings => ({ findings, unknowns: [] });
  return [
    { needs: ['haStatus'], find: () => disarmedLong(input) },
    {
      needs: ['status', 'haStatus', 'haResources', 'haRules', 'haGroups', 'resources'],
      find: () => {
        const book = readRuleBook(picture);
        const rest = restingPicture(picture);
        const best = notOnBestNode(input, book, rest);
        return {
          findings: [
            ...infeasibleRules(picture, book),
            ...outsideStrictNodes(picture, book, rest),
            ...brokenAffinity(picture, book, rest),
            ...best.findings,
            ...singleNodeStrict(picture, book),
          ],
          unknowns: [...book.unknowns, ...rest.unknowns, ...best.unknowns],
        };
      },
    },
    { needs: ['status', 'haRules', 'haGroups'], find: () => only(unknownNodes(picture)) },
    { needs: ['resources', 'haResources', 'haStatus', 'haRules'], find: () => only(unknownGuests(picture)) },
    { needs: ['haResources', 'haGroups'], find: () => only(unknownGroups(picture)) },
    { needs: ['status'], find: () => twoVotes(picture) },
    { needs: ['resources', 'haResources', 'haStatus'], find: () => unmanagedGuests(picture) },
  ];
}
