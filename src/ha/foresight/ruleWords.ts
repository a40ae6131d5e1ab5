import type { FatedResource } from '../../contract/model/whatIf.ts';
import { type ClusterPicture, wantedNodes } from './clusterPicture.ts';

/** Why no node may take a resource: the rule or group that leaves none. */
export function whyStuck(picture: ClusterPicture, sid: string, usable: readonly string[]): string {
  if (usable.length === 0) return 'No node is left that HA may use.';
  const isLeft = (nodes: readonly { readonly name: string }[]): boolean =>
    nodes.some(({ name }) => usable.includes(name));
  const names = (nodes: readonly { readonly name: string }[]): string =>
    nodes.map(({ name }) => name).join(', ');
  const rule = picture.rules.find(
    (candidate) =>
      candidate.kind === 'nodeAffinity' &&
      !candidate.disabled &&
      candidate.strict === true &&
      candidate.resources.includes(sid) &&
      !isLeft(wantedNodes(candidate, picture.nodes)),
  );
  if (rule !== undefined)
    return rule.affinity === 'negative'
      ? `Rule ${rule.name} forbids ${names(rule.nodes)}.`
      : `Rule ${rule.name} allows only ${names(rule.nodes)}.`;
  const groupName = picture.resources.find((resource) => resource.sid === sid)?.group ?? null;
  const group = picture.groups.find(({ name }) => name === groupName);
  if (group?.restricted === true && !isLeft(group.nodes))
    return `Group ${group.name} allows only ${names(group.nodes)}.`;
  const apart = picture.rules.find(
    ({ kind, disabled, affinity, resources }) =>
      kind === 'resourceAffinity' && !disabled && affinity === 'negative' && resources.includes(sid),
  );
  return apart === undefined
    ? 'Its rules leave no node.'
    : `Rule ${apart.name} keeps it apart from resources on every node that it may use.`;
}

/** Rules that do not hold once everything is where it goes. */
export function brokenRules(picture: ClusterPicture, fates: readonly FatedResource[]): string[] {
  const places = new Map(
    fates.map(({ sid, from, to, fate }) => [sid, fate === 'stuck' ? null : (to ?? from)]),
  );
  return picture.rules.flatMap((rule) => {
    if (rule.disabled || Object.keys(rule.errors).length > 0) return [];
    const nodes = rule.resources.flatMap((sid) => places.get(sid) ?? []);
    if (rule.kind === 'resourceAffinity') {
      const different = new Set(nodes).size;
      if (rule.affinity === 'positive' && different > 1)
        return [`${rule.name}: ${rule.resources.join(', ')} are not together.`];
      if (rule.affinity === 'negative' && different < nodes.length)
        return [`${rule.name}: ${rule.resources.join(', ')} are not all apart.`];
    }
    const allowed = new Set(wantedNodes(rule, picture.nodes).map(({ name }) => name));
    if (rule.kind === 'nodeAffinity' && rule.strict === true && nodes.some((node) => !allowed.has(node)))
      return [`${rule.name}: a resource is outside of its nodes.`];
    return [];
  });
}
