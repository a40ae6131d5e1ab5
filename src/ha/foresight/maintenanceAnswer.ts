import type { MaintenanceReadiness } from '../../contract/model/maintenance.ts';
import type { FatedResource } from '../../contract/model/whatIf.ts';
import type { ClusterPicture } from './clusterPicture.ts';
import { sidOf } from './loadAfter.ts';

type Facts = Omit<MaintenanceReadiness, 'answer' | 'reasons'>;

/**
 * Whether a node may be taken out of service, and what speaks against it, worst first. Unknown is never ready.
 *
 * @param isWhole whether everything was told that decides about it.
 */
export function readinessAnswer(
  facts: Facts,
  { cluster, guests }: ClusterPicture,
  isWhole: boolean,
): Pick<MaintenanceReadiness, 'answer' | 'reasons'> {
  const { node, quorum, resources, staying, targets, drain } = facts;
  const blocks: string[] = [];
  const unclear: string[] = [];
  const cautions: string[] = [];
  const fated = (fate: FatedResource['fate']): readonly FatedResource[] =>
    resources.filter((resource) => resource.fate === fate);

  if (quorum.holds === false)
    blocks.push(
      cluster.quorum.state === 'notQuorate'
        ? 'The cluster has no quorum.'
        : `Without ${node} the cluster has ${votes(quorum.votesAfter)} and needs ${quorum.neededVotes ?? 'an unknown number'}: quorum is lost.`,
    );
  for (const { sid, why } of fated('stuck')) blocks.push(`${sid} cannot leave. ${why ?? ''}`.trim());
  const waiting = fated('waits');
  if (waiting.length > 0)
    blocks.push(`${count(waiting.length)} cannot leave. ${waiting[0]?.why ?? ''}`.trim());
  else if (cluster.fencing.state === 'disarmed' || cluster.fencing.state === 'disarming')
    blocks.push('HA is disarmed: it takes no maintenance request before it is armed again.');
  if (drain.state === 'lost') blocks.push(`${node} went away before it was drained; HA treats it as failed.`);

  if (quorum.holds === null) unclear.push('Whether quorum holds without it is not known.');
  const unknown = fated('unknown');
  if (unknown.length > 0)
    unclear.push(`What happens to ${count(unknown.length)} is not known. ${unknown[0]?.why ?? ''}`.trim());

  if (staying.length > 0)
    cautions.push(
      `${staying.length} running ${staying.length === 1 ? 'guest stays and stops' : 'guests stay and stop'} when ${node} is switched off.`,
    );
  const moving = new Set(fated('moves').map(({ sid }) => sid));
  for (const guest of guests)
    if (guest.node === node && guest.lock !== null && moving.has(sidOf(guest)))
      cautions.push(`${sidOf(guest)} is locked (${guest.lock}) and cannot move before that ends.`);
  for (const target of targets)
    if (target.arriving !== null && target.arriving > 0 && isOver(target.afterBytes, target.maxBytes))
      cautions.push(`${target.node} has too little memory if every arriving guest uses its limit.`);
  if (quorum.holds === true && quorum.marginAfter === 0)
    cautions.push(`Without ${node} no further vote may be lost.`);
  if (cluster.master.node === node && cluster.master.state === 'active')
    cautions.push(`${node} is the HA master; once it is off, another takes over within about two minutes.`);

  return {
    answer:
      blocks.length > 0
        ? 'blocked'
        : unclear.length > 0 || !isWhole
          ? 'unknown'
          : cautions.length > 0
            ? 'attention'
            : 'ready',
    reasons: [...blocks, ...unclear, ...cautions],
  };
}

function isOver(after: number | null, max: number | null): boolean {
  return after !== null && max !== null && after > max;
}

function count(number: number): string {
  return `${number} HA ${number === 1 ? 'resource' : 'resources'}`;
}

function votes(number: number | null): string {
  return number === null ? 'an unknown number of votes' : `${number} ${number === 1 ? 'vote' : 'votes'}`;
}
