import { plainText } from '../../base/text.ts';
import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import type { RuleCheck, RuleConflict } from '../rules/checkRules.ts';
import { about, type Finding } from './finding.ts';
import { said, saidAll } from './findingText.ts';
import { isRefused, type RuleBook, ruleSubject } from './ruleBook.ts';

interface ConflictWords {
  readonly title: (names: string, sids: string, conflict: RuleConflict) => string;
  readonly why: string;
  readonly nextStep: string;
}

const words: Readonly<Record<RuleCheck, ConflictWords>> = {
  severalNodeRules: {
    title: (names, sids) => `${sids}: named by several node rules (${names})`,
    why: 'Nobody could say which of them counts.',
    nextStep: 'Keep each resource in one node rule, and take it out of the others.',
  },
  tooFewResources: {
    title: (names) => `${names} names fewer than two resources`,
    why: 'There is nothing to keep together or apart.',
    nextStep: 'Name a second resource, or remove the rule.',
  },
  moreApartThanNodes: {
    title: (names, _sids, { resources }) =>
      `${names} keeps ${resources.length} resources apart, which is more than there are nodes`,
    why: 'Two of them would have to share a node.',
    nextStep: 'Name fewer resources, or add a node.',
  },
  prioritiesWithResourceRule: {
    title: (names) => `${names}: node priorities do not go with a resource rule`,
    why: 'A preference by priority cannot be kept together with resources that stay together or apart.',
    nextStep:
      'Give all nodes of the node rule the same priority, or take the resources out of one of the rules.',
  },
  togetherAndApart: {
    title: (names, sids) => `${sids}: asked to be together and apart (${names})`,
    why: 'The rules contradict each other.',
    nextStep: 'Remove or disable one of the rules.',
  },
  togetherInSeveralNodeRules: {
    title: (names) => `${names}: resources kept together are in several node rules`,
    why: 'They cannot follow several node rules at once.',
    nextStep: 'Put all of them into one node rule.',
  },
  apartOnTooFewNodes: {
    title: (names, sids) => `${names}: too few nodes to keep ${sids} apart`,
    why: 'Their node rules name fewer nodes than there are resources to keep apart.',
    nextStep: 'Name more nodes in the node rules, or keep fewer resources apart.',
  },
};

const leftOut = 'HA leaves all of these rules out.';

/** Rules that contradict each other or the cluster, by the checks of Proxmox VE 9 and by what Proxmox itself says. */
export function infeasibleRules(picture: ClusterPicture, { conflicts }: RuleBook): Finding[] {
  const refusals = new Map(
    picture.rules.filter(isRefused).map(({ name, errors }) => [name, Object.values(errors).flat().join(' ')]),
  );
  const explained = new Set<string>();
  const found = conflicts.map((conflict): Finding => {
    const { check, rules, resources } = conflict;
    const ids = rules.map(({ id }) => id);
    const subjects = ids.map((id) => ruleSubject(id, picture));
    for (const id of ids) explained.add(id);
    const { title, why, nextStep } = words[check];
    const told = ids.map((id) => refusals.get(id) ?? '').find((text) => text !== '');
    return {
      id: `rule-infeasible/${check}/${[...ids].sort().join('/')}`,
      code: 'rule-infeasible',
      severity: 'warning',
      title: title(
        saidAll(subjects.flatMap(({ rules, groups }) => [...rules, ...groups])),
        saidAll(resources),
        conflict,
      ),
      explanation: `${why} ${ids.length === 1 ? 'HA leaves this rule out.' : leftOut}${quoted(told)}`,
      nextStep,
      subjects: about({
        sids: resources,
        rules: subjects.flatMap(({ rules }) => rules),
        groups: subjects.flatMap(({ groups }) => groups),
      }),
    };
  });
  const others = [...refusals].filter(([name]) => !explained.has(name));
  return [
    ...found,
    ...others.map(
      ([name, text]): Finding => ({
        id: `rule-refused/${name}`,
        code: 'rule-refused',
        severity: 'warning',
        title: `Rule ${said(name)} is infeasible and not applied`,
        explanation: `HA leaves it out.${quoted(text)}`,
        nextStep: 'Read the conflict text and change one of the rules that it names.',
        subjects: about({ rules: [name] }),
      }),
    ),
  ];
}

function quoted(text: string | undefined): string {
  return text === undefined || text === '' ? '' : ` Proxmox says: "${plainText(text, 300)}"`;
}
