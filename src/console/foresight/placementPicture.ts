import { formatBytes } from '../../base/format.ts';
import { compareNatural, plainText } from '../../base/text.ts';
import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';
import { type StateView, toneRank } from '../../contract/stateView.ts';
import type { WhatIfCell, WhatIfColumn, WhatIfRow } from '../../contract/whatIfPanel.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { notToldState, stateView } from '../states.ts';

/** Cells drawn per node; the table below tells the rest. */
const mostCells = 80;

/** What becomes of an HA resource, in words with sign and tone. */
export function fateState(fated: FatedResource | undefined): StateView {
  if (fated === undefined) return stateView('stays', 'calm', 'circle-outline', 'It stays where it is.');
  const why = plainText(fated.why ?? '', 200);
  switch (fated.fate) {
    case 'recovers':
      return stateView(
        `to ${plainText(fated.to ?? '?', 60)}`,
        'busy',
        'arrow-right',
        why === '' ? 'It is started there.' : why,
      );
    case 'moves':
      return stateView(
        fated.to === null ? 'moving now' : `moves to ${plainText(fated.to, 60)}`,
        'busy',
        'arrow-swap',
        why,
      );
    case 'stuck':
      return stateView('stuck', 'fail', 'error', why);
    case 'waits':
      return stateView('waits', 'warn', 'watch', why);
    case 'stays':
      return stateView('stays', 'calm', 'circle-outline', why);
    case 'unknown':
      return notToldState(why === '' ? 'Its state was not told.' : why);
  }
}

/** HA resources of a node before and after, as cells. */
export function cellsOf(
  node: string,
  { resources }: ClusterPicture,
  fates: ReadonlyMap<string, FatedResource>,
): Pick<WhatIfColumn, 'before' | 'after'> {
  const cell = ({ sid, name }: { sid: string; name: string | null }): WhatIfCell => ({
    id: sid,
    label: `${sid.split(':')[1] ?? sid} ${plainText(name ?? '', 40)}`.trim(),
    state: fateState(fates.get(sid)),
  });
  const kept = resources.filter(({ configured }) => configured !== false);
  const after = kept.filter(({ sid, node: at }) => {
    const fated = fates.get(sid);
    return (fated === undefined ? at : (fated.to ?? fated.from)) === node;
  });
  return {
    before: kept
      .filter((resource) => resource.node === node)
      .slice(0, mostCells)
      .map(cell),
    after: after.slice(0, mostCells).map(cell),
  };
}

/** A row of the table below the picture. */
export function fatedRow(fated: FatedResource): WhatIfRow {
  const state = fateState(fated);
  return {
    id: fated.sid,
    label: `${fated.sid} ${plainText(fated.name ?? '', 60)}`.trim(),
    from: fated.from ?? 'not told',
    to: fated.to ?? 'none',
    state,
    why: state.explanation,
  };
}

/** What needs somebody first, then by id. */
export function worstFirst(rows: readonly WhatIfRow[]): WhatIfRow[] {
  const rank = ({ state }: WhatIfRow): number => (state.tone === 'busy' ? 0 : toneRank[state.tone]);
  return [...rows].sort((a, b) => rank(b) - rank(a) || compareNatural(a.id, b.id));
}

/** "memory 8 GiB → 12 GiB of 16 GiB". */
export function memoryText({
  beforeBytes,
  afterBytes,
  maxBytes,
}: Pick<WhatIf['memory'][number], 'beforeBytes' | 'afterBytes' | 'maxBytes'>): string {
  return `memory ${bytes(beforeBytes)} → ${bytes(afterBytes)} of ${bytes(maxBytes)}`;
}

function bytes(value: number | null): string {
  return value === null ? 'unknown' : formatBytes(value);
}
