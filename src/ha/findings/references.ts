import type { HaRule } from '../../contract/model/placement.ts';
import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import { listOf } from '../rules/sections.ts';
import { about, type Finding } from './finding.ts';
import { said, saidAll } from './findingText.ts';

/** Rules and groups that name nodes the cluster does not have. */
export function unknownNodes({ rules, groups, nodes }: ClusterPicture): Finding[] {
  const members = new Set(nodes.map(({ name }) => name));
  const missing = (named: HaRule['nodes']): string[] => [
    ...new Set(named.map(({ name }) => name).filter((name) => !members.has(name))),
  ];
  const finding = (kind: 'rules' | 'groups', name: string, absent: readonly string[]): Finding[] =>
    absent.length === 0
      ? []
      : [
          {
            id: `unknown-node/${kind}/${name}`,
            code: 'unknown-node',
            severity: 'warning',
            title: `${kind === 'rules' ? 'Rule' : 'Group'} ${said(name)} names ${saidAll(absent)}, not a node of this cluster`,
            explanation: 'HA can never use it, so fewer nodes are left than the list suggests.',
            nextStep: 'Correct the name, or take the node out of the list.',
            subjects: about({ nodes: absent, [kind]: [name] }),
          },
        ];
  const groupNames = new Set(groups.map(({ name }) => name));
  return [
    ...rules
      .filter(({ disabled, fromGroup }) => !disabled && (fromGroup === null || !groupNames.has(fromGroup)))
      .flatMap((rule) => finding('rules', rule.name, missing(rule.nodes))),
    ...groups.flatMap((group) => finding('groups', group.name, missing(group.nodes))),
  ];
}

/** Rules that name guests which do not exist or which HA does not manage, and resources without their guest. */
export function unknownGuests({ rules, resources, guests }: ClusterPicture): Finding[] {
  const existing = new Set(
    guests.flatMap(({ kind, vmid }) => [
      ...(kind === 'lxc' ? [] : [`vm:${vmid}`]),
      ...(kind === 'qemu' ? [] : [`ct:${vmid}`]),
    ]),
  );
  const managed = new Set(resources.filter(({ configured }) => configured !== false).map(({ sid }) => sid));
  const gone = resources.filter(({ state, configured }) => state === 'not found' && configured !== false);
  return [
    ...gone.map(
      ({ sid }): Finding => ({
        id: `unknown-guest/${sid}`,
        code: 'unknown-guest',
        severity: 'warning',
        title: `HA resource ${said(sid)} has no guest`,
        explanation: 'HA is told to manage a guest that does not exist.',
        nextStep: 'Remove the HA entry, or restore the guest.',
        subjects: about({ sids: [sid] }),
      }),
    ),
    ...rules
      .filter(({ disabled }) => !disabled)
      .flatMap((rule): Finding[] => {
        const named = [...new Set(listOf(rule.resources.join(',')))].filter((sid) => !managed.has(sid));
        const absent = named.filter((sid) => !existing.has(sid));
        const outside = named.filter((sid) => existing.has(sid));
        return [
          ...(absent.length === 0
            ? []
            : [
                {
                  id: `unknown-guest/rules/${rule.name}`,
                  code: 'unknown-guest',
                  severity: 'warning',
                  title: `Rule ${said(rule.name)} names ${saidAll(absent)}, which does not exist`,
                  explanation: 'The rule was made for a guest that is gone, or its name is wrong.',
                  nextStep: 'Correct the name, or take it out of the rule.',
                  subjects: about({ sids: absent, rules: [rule.name] }),
                } as const,
              ]),
          ...(outside.length === 0
            ? []
            : [
                {
                  id: `not-an-ha-resource/${rule.name}`,
                  code: 'not-an-ha-resource',
                  severity: 'information',
                  title: `Rule ${said(rule.name)} names ${saidAll(outside)}, not HA-managed`,
                  explanation: 'HA places only its own resources, so the rule does nothing for it.',
                  nextStep: 'Add the guest to HA, or take it out of the rule.',
                  subjects: about({ sids: outside, rules: [rule.name] }),
                } as const,
              ]),
        ];
      }),
  ];
}

/** Resources whose group does not exist. */
export function unknownGroups({ resources, groups, cluster }: ClusterPicture): Finding[] {
  if (cluster.sections.haGroups.state !== 'read') return [];
  const known = new Set(groups.map(({ name }) => name));
  return resources.flatMap(({ sid, group, configured }): Finding[] =>
    group === null || known.has(group) || configured === false
      ? []
      : [
          {
            id: `unknown-group/${sid}`,
            code: 'unknown-group',
            severity: 'warning',
            title: `${said(sid)} is in group ${said(group)}, which does not exist`,
            explanation: 'No group limits it, so HA may place it on any node.',
            nextStep: 'Create the group, or give the resource another one.',
            subjects: about({ sids: [sid], groups: [group] }),
          },
        ],
  );
}
