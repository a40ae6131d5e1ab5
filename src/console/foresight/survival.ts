import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { WhatIf } from '../../contract/model/whatIf.ts';
import type { StateView } from '../../contract/stateView.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { notToldState, stateView } from '../states.ts';

/** Nodes whose loss is to be foreseen, in order. */
export function nodesToLose({ nodes }: ClusterPicture): string[] {
  return nodes
    .filter(({ online }) => online === true)
    .map(({ name }) => name)
    .sort();
}

/** Whether any one node may fail, with the few words of it that fit on the cluster's row. */
export interface Survival extends StateView {
  /** "survives any one node", "pve3 strands 2", "N-1 unknown". */
  readonly badge: string;
}

/** Badge of everything that cannot be foreseen, or not any more. */
export const unknownSurvivalBadge = 'N-1 unknown';

/** What the loss of one node breaks. */
interface Loss {
  readonly node: string;
  /** HA resources that find no node; `null` where quorum itself is lost. */
  readonly stuck: number | null;
}

/**
 * Whether a cluster goes on when any one of its nodes fails, from the foresight for each of them.
 *
 * @param gaps what was not read of the cluster, a sentence each; with any, nobody can say that it goes on.
 */
export function survivalState(foresights: readonly WhatIf[], gaps: readonly string[]): Survival {
  if (foresights.length === 0)
    return unknown('No node is online as far as told, so the loss of one cannot be foreseen.');
  const losses = foresights.flatMap((told): Loss[] => {
    const node = plainText(told.lost[0] ?? '', 40);
    if (told.quorum.holds === false) return [{ node, stuck: null }];
    const stuck = told.resources.filter(({ fate }) => fate === 'stuck').length;
    return stuck === 0 ? [] : [{ node, stuck }];
  });
  const [worst] = [...losses].sort(
    (a, b) => (b.stuck ?? Number.POSITIVE_INFINITY) - (a.stuck ?? Number.POSITIVE_INFINITY),
  );
  if (worst !== undefined) {
    const words = losses.map(({ node, stuck }) =>
      stuck === null ? `${node}: quorum is lost` : `${node}: ${plural(stuck, 'guest')} stuck`,
    );
    return {
      ...stateView(
        `no (${words.slice(0, 3).join('; ')}${words.length > 3 ? '; …' : ''})`,
        'warn',
        'warning',
        'When one of these nodes fails, HA cannot keep everything running.',
        'Ask What If… for the node.',
      ),
      badge: lossBadge(worst, losses.length - 1),
    };
  }
  const untold = foresights.find(
    ({ quorum, resources }) => quorum.holds === null || resources.some(({ fate }) => fate === 'unknown'),
  );
  if (untold !== undefined || gaps.length > 0)
    return unknown(
      `Whether one node may fail is not known: ${plainText(gaps[0] ?? untold?.unknowns[0] ?? 'an input is missing.', 200)}`,
    );
  const isExact = foresights.every((told) => told.isExact);
  return {
    ...stateView(
      isExact ? 'yes' : 'yes, as far as known',
      isExact ? 'ok' : 'held',
      isExact ? 'pass' : 'info',
      isExact
        ? 'Quorum holds and every HA resource finds a node, whichever node fails.'
        : `Every HA resource finds a node as far as known. ${plainText(foresights[0]?.unknowns[0] ?? '', 200)}`,
    ),
    badge: isExact ? 'survives any one node' : '≈ survives any one node',
  };
}

/** Names the node with the worst loss, and how many others break something as well. */
function lossBadge({ node, stuck }: Loss, others: number): string {
  const more = others === 0 ? '' : ` +${others}`;
  return stuck === null ? `losing ${node} ends quorum${more}` : `${node} strands ${stuck}${more}`;
}

function unknown(why: string): Survival {
  return { ...notToldState(why), badge: unknownSurvivalBadge };
}
