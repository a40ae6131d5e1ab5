import { plainText } from '../../base/text.ts';
import type { SectionName } from '../../contract/model/cluster.ts';
import type { HaGroup, HaResource, HaRule } from '../../contract/model/placement.ts';
import { whyNotRead } from '../../ha/findings/notChecked.ts';
import { guestSid } from '../../ha/findings/unmanaged.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { byCodeUnit } from '../../ha/haRecords.ts';

/** Something that has a line of its own. */
export type Anchor = 'cluster' | 'votes' | 'stack' | 'unmanaged' | `${'group' | 'rule' | 'sid'}:${string}`;

/** A cluster's HA configuration as plain text, in the manner of Proxmox's own files. */
export interface HaDocument {
  readonly text: string;
  /** Line numbers from 0. */
  readonly lines: ReadonlyMap<Anchor, number>;
  /** Text of a line, empty where there is none. */
  lineAt(line: number): string;
}

/** Longest value on a line. */
const valueLength = 500;

/** Writes what is told of a cluster's HA configuration. Nothing in it ticks, so it changes only when something was changed. */
export function haDocument(picture: ClusterPicture, clusterName: string): HaDocument {
  const lines: string[] = [];
  const anchors = new Map<Anchor, number>();
  const add = (text: string, anchor?: Anchor): void => {
    // The first of namesakes has the anchor.
    if (anchor !== undefined && !anchors.has(anchor)) anchors.set(anchor, lines.length);
    lines.push(text);
  };
  const property = (key: string, value: string | number | boolean | null, anchor?: Anchor): void => {
    if (value === null || value === '') return;
    const text = typeof value === 'boolean' ? (value ? '1' : '0') : plainText(String(value), valueLength);
    add(`\t${key} ${text}`, anchor);
  };
  const block = (type: string, id: string, anchor: Anchor): void => {
    add('');
    add(`${type}: ${plainText(id, valueLength)}`, anchor);
  };

  add(`# HA configuration of ${plainText(clusterName, 100)}. Read only: change it in Proxmox.`);
  writeCluster(picture, block, property);
  const heading = (title: string, section: SectionName, count: number): void => {
    const why = whyNotRead(section, picture.cluster.sections[section]);
    add('');
    if (why !== null) add(`# ${title}: ${why} What follows is what was known.`);
    else add(count === 0 ? `# ${title}: none` : `# ${title}`);
  };
  const { groups, rules, resources, cluster } = picture;
  if (cluster.placementModel !== 'rules' || groups.length > 0) {
    heading('Groups', 'haGroups', groups.length);
    for (const group of byName(groups)) writeGroup(group, block, property);
  }
  if (cluster.placementModel !== 'groups' || rules.length > 0) {
    heading('Rules', 'haRules', rules.length);
    for (const rule of byName(rules)) writeRule(rule, block, property);
  }
  heading('Resources', 'haResources', resources.length);
  for (const resource of [...resources].sort((a, b) => byNumber(a, b)))
    writeResource(resource, block, property);

  const unmanaged = picture.guests
    .filter(
      ({ status, template, haManaged }) => status === 'running' && !template && haManaged === 'notManaged',
    )
    .sort((a, b) => a.vmid - b.vmid);
  if (unmanaged.length > 0) {
    add('');
    add('# Running guests that are not HA-managed', 'unmanaged');
    for (const guest of unmanaged)
      add(
        `# ${guestSid(guest)} ${plainText(guest.name ?? '', 60)} on ${plainText(guest.node ?? 'a node not told', 60)}`,
        `sid:${guestSid(guest)}`,
      );
  }
  return {
    text: `${lines.join('\n')}\n`,
    lines: anchors,
    lineAt: (line) => lines[line] ?? '',
  };
}

type Block = (type: string, id: string, anchor: Anchor) => void;
type Property = (key: string, value: string | number | boolean | null, anchor?: Anchor) => void;

function writeCluster({ cluster, nodes }: ClusterPicture, block: Block, property: Property): void {
  const { quorum, fencing } = cluster;
  block('cluster', cluster.name, 'cluster');
  property(
    'nodes',
    [...nodes]
      .map(({ name }) => name)
      .sort(byCodeUnit)
      .join(','),
  );
  property('expected-votes', quorum.expectedVotes ?? 'not told', 'votes');
  property('quorum-device', quorum.device.state === 'unknown' ? 'not told' : quorum.device.state);
  property(
    'ha-stack',
    [fencing.state === 'unknown' ? 'not told' : fencing.state, fencing.resourceMode ?? ''].join(' ').trim(),
    'stack',
  );
}

function writeGroup(group: HaGroup, block: Block, property: Property): void {
  block('group', group.name, `group:${group.name}`);
  property('nodes', nodesText(group.nodes));
  property('restricted', group.restricted);
  property('nofailback', group.nofailback);
  property('comment', group.comment);
}

function writeRule(rule: HaRule, block: Block, property: Property): void {
  const type = { nodeAffinity: 'node-affinity', resourceAffinity: 'resource-affinity', unknown: 'rule' }[
    rule.kind
  ];
  block(rule.rawType ?? type, rule.name, `rule:${rule.name}`);
  property('resources', rule.resources.join(','));
  if (rule.kind !== 'resourceAffinity') property('nodes', nodesText(rule.nodes));
  if (rule.kind !== 'nodeAffinity' || rule.affinity !== 'positive') property('affinity', rule.affinity);
  if (rule.kind === 'nodeAffinity') property('strict', rule.strict ?? 'not told');
  if (rule.disabled) property('disable', true);
  property('comment', rule.comment);
}

function writeResource(resource: HaResource, block: Block, property: Property): void {
  const colon = resource.sid.indexOf(':');
  block(resource.sid.slice(0, colon), resource.sid.slice(colon + 1), `sid:${resource.sid}`);
  property('name', resource.name);
  property('state', resource.requestState ?? 'not told');
  property('group', resource.group);
  property('failback', resource.failback);
  property('max_restart', resource.maxRestart);
  property('max_relocate', resource.maxRelocate);
  property('node', resource.node ?? 'not told');
  property('comment', resource.comment);
}

function nodesText(nodes: HaRule['nodes']): string {
  return nodes.map(({ name, priority }) => `${name}:${priority ?? 'not a number'}`).join(',');
}

function byName<Named extends { readonly name: string }>(records: readonly Named[]): Named[] {
  return [...records].sort((a, b) => byCodeUnit(a.name, b.name));
}

function byNumber(a: HaResource, b: HaResource): number {
  return (a.vmid ?? 0) - (b.vmid ?? 0) || byCodeUnit(a.sid, b.sid);
}
