import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';

/**
 * Seconds of Proxmox's HA stack: a node out of sight is fenced after 60; its lock is free 120 after it was last renewed,
 * which is when its resources are recovered; when the master dies with it, its own lock must run out first and the new
 * master waits 60 anew.
 */
export const fenceS = 60;
export const recoveryS = 120;
const takeoverS = 120;
export const recoveryAfterTakeoverS = 180;

export interface TimelineInput {
  readonly lost: readonly string[];
  readonly quorum: WhatIf['quorum'];
  readonly isMasterLost: boolean;
  readonly isDisarmed: boolean;
  readonly fates: readonly FatedResource[];
}

/** What happens when, counted from the moment the nodes die. Times are the earliest, in rounds of about ten seconds. */
export function timelineOf({
  lost,
  quorum,
  isMasterLost,
  isDisarmed,
  fates,
}: TimelineInput): WhatIf['timeline'] {
  const names = lost.join(', ');
  const start = { atS: 0, text: `${names} ${lost.length === 1 ? 'dies' : 'die'}.` };
  if (quorum.holds === null) return [start, { atS: 0, text: 'Whether quorum holds is not known.' }];
  if (quorum.holds === false)
    return [
      start,
      { atS: 0, text: 'Quorum is lost: nothing is started or moved.' },
      { atS: fenceS, text: 'Nodes with active HA resources reset themselves.' },
    ];
  if (isDisarmed) return [start, { atS: 0, text: 'HA is disarmed: nothing is fenced or recovered.' }];
  const count = fates.filter(({ fate }) => fate === 'recovers').length;
  const stuck = fates.filter(({ fate }) => fate === 'stuck').length;
  const ends = isMasterLost ? recoveryAfterTakeoverS : recoveryS;
  return [
    start,
    ...(isMasterLost ? [{ atS: takeoverS, text: 'Another node becomes master.' }] : []),
    {
      atS: isMasterLost ? recoveryAfterTakeoverS : fenceS,
      text: `${names} ${lost.length === 1 ? 'is' : 'are'} fenced.`,
    },
    { atS: ends, text: `${count} ${count === 1 ? 'resource starts' : 'resources start'} elsewhere.` },
    ...(stuck === 0
      ? []
      : [{ atS: ends, text: `${stuck} ${stuck === 1 ? 'finds' : 'find'} no node and wait.` }]),
  ];
}
