import { plural } from '../../base/format.ts';
import { nodeChoice } from '../placement.ts';
import type { RestingPicture } from './atRest.ts';
import { about, type FamilyFindings, type Finding, type FindingsInput } from './finding.ts';
import { said, saidAll } from './findingText.ts';
import { inTheWay, placesOf } from './inTheWay.ts';
import { type RuleBook, ruleCalled, ruleSubject } from './ruleBook.ts';

/**
 * How long nothing may have moved, with the same nodes online, before a better node counts: the manager moves resources in
 * rounds of ten seconds, several moves one after the other. Milliseconds.
 */
export const restNeededMs = 60_000;

/**
 * Resources that are not on the best node of their rule or group although failback is on. Asked only while nothing moves
 * and the better node is there for long enough, because until then HA is about to do it.
 */
export function notOnBestNode(
  { picture, nowMs, atRestSinceMs }: FindingsInput,
  book: RuleBook,
  { resting, moving }: RestingPicture,
): FamilyFindings {
  const { nodes, groups, cluster } = picture;
  const { compiled, inForce, unclear } = book;
  const isQuiet =
    atRestSinceMs !== null &&
    nowMs - atRestSinceMs >= restNeededMs &&
    moving.size === 0 &&
    resting.length > 0;
  const isOff = cluster.fencing.state === 'disarmed' || cluster.fencing.state === 'disarming';
  if (!isQuiet || isOff || compiled.nodes.size === 0) return { findings: [], unknowns: [] };
  if (nodes.some(({ online, haState }) => online === true && haState === null))
    return {
      findings: [],
      unknowns: [
        'How the HA manager sees the nodes was not told, so whether a better node may be used is not.',
      ],
    };

  const usable = nodes
    .filter(({ online, haState }) => online === true && haState === 'online')
    .map(({ name }) => name);
  const nofailback = new Map(groups.map((group) => [group.name, group.nofailback]));
  const ruleOf = new Map<string, string>();
  for (const rule of inForce)
    if (rule.kind === 'node') for (const sid of rule.resources) ruleOf.set(sid, rule.id);
  const places = placesOf(resting);
  let untold = 0;
  const findings = resting.flatMap(({ resource, node }): Finding[] => {
    const { sid, state, group } = resource;
    if (state !== 'started' || unclear.has(sid)) return [];
    const { allowed, preferred } = nodeChoice(sid, compiled, usable);
    if (preferred.length === 0 || preferred.includes(node) || !allowed.includes(node)) return [];
    const failback = group === null ? resource.failback : !(nofailback.get(group) ?? false);
    if (failback === null) untold += 1;
    if (failback !== true) return [];
    const isBlocked = inTheWay(sid, preferred, book, places) !== null;
    const id = ruleOf.get(sid);
    const rule = id === undefined ? 'A rule of a resource kept with it' : ruleCalled(id, picture);
    return [
      {
        id: `not-on-best-node/${sid}`,
        code: 'not-on-best-node',
        severity: isBlocked ? 'information' : 'warning',
        title: `${said(sid)} is on ${said(node)}, not on ${saidAll(preferred, 'or')}`,
        explanation: isBlocked
          ? `${rule} prefers ${saidAll(preferred, 'or')}, where resources are that it is kept apart from.`
          : `${rule} prefers ${saidAll(preferred, 'or')}, failback is on and nothing moves, so HA should have moved it.`,
        nextStep: isBlocked
          ? 'Nothing, unless one of the two rules is not meant so.'
          : 'Look at the last migration task of the guest: moving it may fail.',
        subjects: about({
          sids: [sid],
          nodes: [node, ...preferred],
          ...(id === undefined ? {} : ruleSubject(id, picture)),
        }),
      },
    ];
  });
  const unknowns =
    untold === 0
      ? []
      : [`Whether ${plural(untold, 'HA resource')} may go back to a better node by itself was not told.`];
  return { findings, unknowns };
}
