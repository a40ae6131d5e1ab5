import type { Clock } from '../../base/clock.ts';
import { plural } from '../../base/format.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { FleetModel } from '../fleetModel.ts';
import { type QuorumSituation, quorumSituations } from '../quorumSituations.ts';
import type { Notice, NoticeSettings } from './noticeKinds.ts';
import { linkFree } from './noticeWords.ts';

/** How long the first readings may take before the summary is made, milliseconds. */
const firstReadingsMs = 10_000;
const namedAtMost = 3;

export interface StartSummaryOptions {
  readonly model: FleetModel;
  readonly clock: Clock;
  readonly settings: Pick<NoticeSettings, 'isOn'>;
  readonly isWatched: (clusterId: string) => boolean;
  readonly tell: (notice: Notice) => void;
}

/**
 * One notice for everything that is found failing at the start, when nothing has changed yet. What is well, small by
 * design or not readable is none of it.
 */
export function tellAtStart({ model, clock, settings, isWatched, tell }: StartSummaryOptions): Disposable {
  return clock.setTimeout(() => {
    if (!settings.isOn('start')) return;
    const failing = quorumSituations(model, clock.now()).filter(
      (situation) => isFailing(situation) && situation.clusterId !== null && !isWatched(situation.clusterId),
    );
    const [worst] = failing;
    if (worst === undefined || worst.clusterId === null) return;
    const named = failing.slice(0, namedAtMost).map(({ name, spoken }) => `${linkFree(name)} ${spoken}`);
    const more = failing.length - named.length;
    const isOne = failing.length === 1;
    const list = `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
    tell({
      kind: 'start',
      edge: 'start',
      severity: 'warning',
      text: `${plural(failing.length, 'cluster')} ${isOne ? 'needs' : 'need'} attention: ${list}. Look at the HA status${isOne ? '' : ' of each'}.`,
      buttons: [
        { label: 'Open HA Status', command: 'proxbox.cluster.openHaStatus', argument: worst.clusterId },
      ],
    });
  }, firstReadingsMs);
}

/** Lost quorum, contradicting nodes, resources that failed, or a lost node that HA resources wait on. */
function isFailing({ isTrouble, icon, key }: QuorumSituation): boolean {
  return isTrouble && (icon === 'error' || key.startsWith('nodeLost '));
}
