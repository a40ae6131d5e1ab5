import type { Section } from '../../contract/model/cluster.ts';
import type { Guest } from '../../contract/model/guest.ts';
import type { HaGroup, HaRule } from '../../contract/model/placement.ts';
import { whyNotRead } from '../findings/notChecked.ts';
import { type ClusterPicture, isIgnored, recordOf } from './clusterPicture.ts';

/** What a foresight would have to know and was not told, a sentence each. Without any, it is exact. */
export function missingInputs(picture: ClusterPicture): string[] {
  return [...unreadInputs(picture), ...guestDoubts(picture.guests), ...approximations(picture)];
}

/** Guests of which nobody told whether HA manages them: they may stay down, or may be moved. */
export function guestDoubts(guests: readonly Pick<Guest, 'haManaged'>[]): string[] {
  return guests.some(({ haManaged }) => haManaged === 'unknown')
    ? ['Of some guests it is not known whether HA manages them.']
    : [];
}

/** Why nodes are compared otherwise than HA does, which changes where something lands but not whether it does. */
export function approximations({ cluster }: ClusterPicture): string[] {
  switch (cluster.master.scheduler) {
    case 'basic':
      return [];
    case 'unknown':
      return ['How HA compares nodes was not told.'];
    default:
      return [
        'HA compares nodes by load here, which the API does not tell in full; nodes are compared by count instead.',
      ];
  }
}

/** What was not read, is old, or contradicts itself: without it a foresight may be wrong altogether. */
export function unreadInputs(picture: ClusterPicture): string[] {
  const isOld = picture.cluster.freshness.consecutiveFailures > 0;
  return [...untoldInputs(picture), ...(isOld ? ['The picture of this cluster is old.'] : [])];
}

/** The same but for age: what would be missing in a picture read just now. */
export function untoldInputs(picture: ClusterPicture): string[] {
  const { cluster, nodes, resources } = picture;
  const unknowns: string[] = [];
  const add = (isMissing: boolean, text: string): void => {
    if (isMissing) unknowns.push(text);
  };
  for (const section of ['status', 'haStatus', 'haResources', 'haRules', 'haGroups', 'resources'] as const) {
    const why = whyNotRead(section, cluster.sections[section]);
    add(why !== null, why ?? '');
  }
  add(
    nodes.some(({ online }) => online === null),
    'Not every node told whether it is online.',
  );
  const silent = resources.filter((resource) => !isIgnored(resource) && recordOf(resource) === null).length;
  add(silent > 0, `The state of ${silent} HA ${silent === 1 ? 'resource' : 'resources'} was not told.`);
  add(
    resources.length > 0 && nodes.some(({ online, haState }) => online === true && haState === null),
    'How the HA manager sees the nodes was not told, so one in maintenance may look usable.',
  );
  add(
    picture.rules.some(({ disabled, conflictsTold }) => !disabled && conflictsTold === false),
    'Which rules contradict each other was not told, so rules may be counted that HA leaves out.',
  );
  return [...unknowns, ...placementDoubts(picture)];
}

/** What in rules and groups cannot be what somebody meant, a sentence each. */
export function placementDoubts({ nodes, rules, groups, cluster }: ClusterPicture): string[] {
  const known = new Set(nodes.map(({ name }) => name));
  // A list that was never read cannot tell that a name is not in it.
  const areNodesTold = cluster.sections.status.state === 'read' && known.size > 0;
  const doubts = (what: string, { name, nodes: named }: HaRule | HaGroup): string[] =>
    named.flatMap((node) => [
      ...(areNodesTold && !known.has(node.name)
        ? [`${what} ${name} names the node ${node.name}, which this cluster does not have.`]
        : []),
      ...(isReadable(node.priority)
        ? []
        : [`${what} ${name} gives ${node.name} a priority that is not a number.`]),
    ]);
  return [
    ...rules
      .filter(({ disabled }) => !disabled)
      .flatMap((rule) => [
        ...(rule.kind === 'unknown' || (rule.kind === 'resourceAffinity' && rule.affinity === 'unknown')
          ? [`Rule ${rule.name} is of a kind that is not known here, so it is left out.`]
          : []),
        ...(isSwitchTold(rule) ? [] : [`Rule ${rule.name} does not tell whether it is switched off.`]),
        ...doubts('Rule', rule),
      ]),
    ...groups.flatMap((group) => doubts('Group', group)),
  ];
}

/** Resources whose place depends on a priority or a switch that could not be read: nobody can say where they go. */
export function undecidable({ rules, groups, resources }: ClusterPicture): ReadonlySet<string> {
  const isUnreadable = ({ nodes }: HaRule | HaGroup): boolean =>
    nodes.some(({ priority }) => !isReadable(priority));
  const bad = new Set(groups.filter(isUnreadable).map(({ name }) => name));
  return new Set([
    ...rules
      .filter((rule) => !rule.disabled && (isUnreadable(rule) || !isSwitchTold(rule)))
      .flatMap((rule) => rule.resources),
    ...resources.filter(({ group }) => group !== null && bad.has(group)).map(({ sid }) => sid),
  ]);
}

/** Whether rules and groups were never read at all, so that nothing can be said of any placement. */
export function isPlacementUnread({ cluster: { sections } }: ClusterPicture): boolean {
  return [sections.haRules, sections.haGroups].some(
    (section) => isUnread(section) && section.readAtMs === null,
  );
}

function isUnread({ state }: Section): boolean {
  return state === 'failed' || state === 'never' || state === 'unknown';
}

/** The aggregator notes a switch that it could not read among the rule's conflicts. */
function isSwitchTold({ errors }: HaRule): boolean {
  return errors.disable === undefined;
}

/** Proxmox takes whole numbers from 0; where none is given, the model fills in 0. */
function isReadable(priority: number | null): boolean {
  return priority !== null && Number.isInteger(priority) && priority >= 0;
}
