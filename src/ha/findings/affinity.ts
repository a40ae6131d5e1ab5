import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import type { RestingPicture } from './atRest.ts';
import { about, type Finding } from './finding.ts';
import { said, saidAll } from './findingText.ts';
import { placesOf } from './inTheWay.ts';
import { type RuleBook, ruleCalled } from './ruleBook.ts';

/** Resources that are together although a rule keeps them apart, or apart although one keeps them together. */
export function brokenAffinity(
  picture: ClusterPicture,
  { inForce }: RuleBook,
  { resting, moving }: RestingPicture,
): Finding[] {
  const places = placesOf(resting);
  return inForce.flatMap((rule): Finding[] => {
    // While one of them is on its way the others wait for it.
    if (rule.kind !== 'resource' || [...rule.resources].some((sid) => moving.has(sid))) return [];
    const byNode = new Map<string, string[]>();
    for (const sid of rule.resources) {
      const node = places.get(sid);
      if (node === undefined) continue;
      const there = byNode.get(node);
      if (there === undefined) byNode.set(node, [sid]);
      else there.push(sid);
    }
    const called = ruleCalled(rule.id, picture);
    if (!rule.isPositive)
      return [...byNode]
        .filter(([, sids]) => sids.length > 1)
        .map(([node, sids]) => ({
          id: `apart-together/${rule.id}/${node}`,
          code: 'apart-together',
          severity: 'warning',
          title: `${saidAll(sids)} run together on ${said(node)}`,
          explanation: `${called} keeps them apart: when ${said(node)} fails, they fail together.`,
          nextStep: 'Migrate one of them to another node, or see why no other node may take it.',
          subjects: about({ sids, nodes: [node], rules: [rule.id] }),
        }));
    if (byNode.size < 2) return [];
    const where = [...byNode].map(([node, sids]) => `${saidAll(sids)} on ${said(node)}`);
    return [
      {
        id: `together-split/${rule.id}`,
        code: 'together-split',
        severity: 'warning',
        title: `${called} keeps together what runs on ${byNode.size} nodes`,
        explanation: `${where.slice(0, 4).join(', ')}${where.length > 4 ? `, and on ${where.length - 4} more nodes` : ''}.`,
        nextStep: 'Migrate one of them to the node of the others; HA moves those with it.',
        subjects: about({ sids: [...byNode.values()].flat(), nodes: [...byNode.keys()], rules: [rule.id] }),
      },
    ];
  });
}
