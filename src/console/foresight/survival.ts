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

/** Whether a cluster goes on when any one of its nodes fails, from the foresight for each of them. */
export function survivalState(foresights: readonly WhatIf[]): StateView {
  if (foresights.length === 0)
    return notToldState('No node is online as far as told, so the loss of one cannot be foreseen.');
  const losses = foresights.flatMap((told): string[] => {
    const [node = ''] = told.lost;
    if (told.quorum.holds === false) return [`${plainText(node, 40)}: quorum is lost`];
    const stuck = told.resources.filter(({ fate }) => fate === 'stuck').length;
    return stuck === 0 ? [] : [`${plainText(node, 40)}: ${plural(stuck, 'guest')} stuck`];
  });
  if (losses.length > 0)
    return stateView(
      `no (${losses.slice(0, 3).join('; ')}${losses.length > 3 ? '; …' : ''})`,
      'warn',
      'warning',
      'When one of these nodes fails, HA cannot keep everything running.',
      'Ask What If… for the node.',
    );
  const unknown = foresights.find(
    ({ quorum, resources }) => quorum.holds === null || resources.some(({ fate }) => fate === 'unknown'),
  );
  if (unknown !== undefined)
    return notToldState(
      `Whether one node may fail is not known: ${plainText(unknown.unknowns[0] ?? 'an input is missing.', 200)}`,
    );
  const isExact = foresights.every((told) => told.isExact);
  return stateView(
    isExact ? 'yes' : 'yes, as far as known',
    isExact ? 'ok' : 'held',
    isExact ? 'pass' : 'info',
    isExact
      ? 'Quorum holds and every HA resource finds a node, whichever node fails.'
      : `Every HA resource finds a node as far as known. ${plainText(foresights[0]?.unknowns[0] ?? '', 200)}`,
  );
}
