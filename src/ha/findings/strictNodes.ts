import type { ClusterPicture } from '../foresight/clusterPicture.ts';
import type { NodeAffinityRule } from '../rules/compileRules.ts';
import type { RestingPicture } from './atRest.ts';
import { about, type Finding } from './finding.ts';
import { said, saidAll } from './findingText.ts';
import { inTheWay, placesOf } from './inTheWay.ts';
import { type RuleBook, ruleCalled, ruleSubject } from './ruleBook.ts';

/** Running resources outside of the only nodes that a strict rule or restricted group allows. */
export function outsideStrictNodes(
  picture: ClusterPicture,
  book: RuleBook,
  { resting }: RestingPicture,
): Finding[] {
  const places = placesOf(resting);
  const usable = new Set(
    picture.nodes
      .filter(({ online, haState }) => online === true && haState !== 'maintenance')
      .map(({ name }) => name),
  );
  return book.inForce.filter(isStrict).flatMap((rule) =>
    [...rule.resources].flatMap((sid): Finding[] => {
      const node = places.get(sid);
      if (node === undefined || rule.nodes.has(node)) return [];
      const allowed = [...rule.nodes.keys()];
      const { why, nextStep } = whyStillOutside(sid, allowed, usable, book, places);
      return [
        {
          id: `outside-strict-nodes/${rule.id}/${sid}`,
          code: 'outside-strict-nodes',
          severity: 'warning',
          title: `${said(sid)} runs on ${said(node)}, which is not allowed`,
          explanation: `${ruleCalled(rule.id, picture)} allows only ${saidAll(allowed)}${why}.`,
          nextStep,
          subjects: about({ sids: [sid], nodes: [node], ...ruleSubject(rule.id, picture) }),
        },
      ];
    }),
  );
}

function whyStillOutside(
  sid: string,
  allowed: readonly string[],
  usable: ReadonlySet<string>,
  book: RuleBook,
  places: ReadonlyMap<string, string>,
): { readonly why: string; readonly nextStep: string } {
  const open = allowed.filter((name) => usable.has(name));
  if (open.length === 0)
    return {
      why: ', and none of them can be used now',
      nextStep: 'Bring an allowed node back or loosen the limit; HA then moves it by itself.',
    };
  const blocking = inTheWay(sid, open, book, places);
  return blocking === null
    ? { why: '', nextStep: 'Look at the last migration task of the guest: moving it may fail.' }
    : {
        why: `, where ${saidAll(blocking)} must not be with it`,
        nextStep: 'Loosen one of the two rules, or move away what it is kept apart from.',
      };
}

/** Strict rules and restricted groups that leave their resources a single node. */
export function singleNodeStrict(picture: ClusterPicture, { inForce }: RuleBook): Finding[] {
  const members = new Set(picture.nodes.map(({ name }) => name));
  return inForce.filter(isStrict).flatMap((rule): Finding[] => {
    const [node, ...others] = [...rule.nodes.keys()].filter((name) => members.has(name));
    if (node === undefined || others.length > 0 || rule.resources.size === 0) return [];
    const sids = [...rule.resources];
    return [
      {
        id: `single-node-strict/${rule.id}`,
        code: 'single-node-strict',
        severity: 'information',
        title: `${ruleCalled(rule.id, picture)} leaves no node but ${said(node)}`,
        explanation: `When ${said(node)} fails, ${saidAll(sids)} cannot be started anywhere else.`,
        nextStep: 'Allow a second node, or accept that these guests stay down with their node.',
        subjects: about({ sids, nodes: [node], ...ruleSubject(rule.id, picture) }),
      },
    ];
  });
}

function isStrict(rule: RuleBook['inForce'][number]): rule is NodeAffinityRule {
  return rule.kind === 'node' && rule.isStrict;
}
