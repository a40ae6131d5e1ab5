import { formatBytes, formatStopwatch, plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';
import type { StateView } from '../../contract/stateView.ts';
import type { WhatIfCell, WhatIfColumn, WhatIfPageModel, WhatIfRow } from '../../contract/whatIfPanel.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { whatIf } from '../../ha/foresight/whatIf.ts';
import { notToldState, stateView } from '../states.ts';

/** Cells drawn per node; the table below tells the rest. */
const mostCells = 80;

export interface WhatIfPageInput {
  readonly about: string;
  readonly picture: ClusterPicture;
  /** Name of the cluster as the console shows it. */
  readonly name: string;
  /** Names of the nodes that are lost in the question. */
  readonly lost: readonly string[];
  readonly freshness: StateView;
}

/** The picture before and after, with the answer in words. */
export function whatIfPageModel({ about, picture, name, lost, freshness }: WhatIfPageInput): WhatIfPageModel {
  const told = whatIf(picture, lost);
  const fates = new Map(told.resources.map((fated) => [fated.sid, fated]));
  const nodes = [...picture.nodes].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return {
    about,
    header: { title: 'What if', freshness, banners: [] },
    subtitle: `${listText(lost)} ${lost.length === 1 ? 'fails' : 'fail'} on ${plainText(name, 60)}`,
    verdict: verdictText(told),
    choices: nodes.map(({ name: node }) => ({ node, isChosen: lost.includes(node) })),
    columns: nodes.map(({ name: node }) => columnOf(node, picture, told, fates)),
    rows: rowsOf(told),
    timeline: told.timeline.map(({ atS, text }) => `${formatStopwatch(atS * 1000)}  ${plainText(text, 200)}`),
    notes: [...told.unknowns, ...told.brokenRules].map((text) => plainText(text, 200)),
  };
}

/** "Quorum holds with 2 of 3 votes. 2 resources recover, 1 is stuck; 1 guest stays down." */
export function verdictText(told: WhatIf): string {
  const { quorum, resources, unmanaged, isExact } = told;
  const votes =
    quorum.votesAfter === null
      ? ''
      : ` with ${plural(quorum.votesAfter, 'vote')}, ${quorum.neededVotes ?? '?'} needed`;
  const first =
    quorum.holds === null
      ? 'Whether quorum holds is not known.'
      : quorum.holds
        ? `Quorum holds${votes}.`
        : `Quorum is lost${votes}.`;
  const count = (fate: FatedResource['fate']): number =>
    resources.filter((fated) => fated.fate === fate).length;
  const parts = [
    [count('recovers'), 'recovers', 'recover'],
    [count('moves'), 'moves by rule', 'move by rule'],
    [count('stuck'), 'finds no node', 'find no node'],
    [count('waits'), 'waits', 'wait'],
    [count('unknown'), 'is not known', 'are not known'],
  ] as const;
  const words = parts.flatMap(([number, one, many]) =>
    number === 0 ? [] : [`${plural(number, 'resource')} ${number === 1 ? one : many}`],
  );
  const down =
    unmanaged.length === 0
      ? []
      : [`${plural(unmanaged.length, 'guest')} without HA ${unmanaged.length === 1 ? 'stays' : 'stay'} down`];
  const rest = [...words, ...down].join(', ');
  return [
    first,
    rest === '' ? 'No HA resource is affected.' : `${rest.charAt(0).toUpperCase()}${rest.slice(1)}.`,
    isExact ? 'Exact for placement by count.' : 'Approximate: see what could not be known.',
  ].join(' ');
}

function fateState(fated: FatedResource | undefined): StateView {
  if (fated === undefined) return stateView('stays', 'calm', 'circle-outline', 'It stays where it is.');
  const why = plainText(fated.why ?? '', 200);
  switch (fated.fate) {
    case 'recovers':
      return stateView(
        `to ${fated.to ?? '?'}`,
        'busy',
        'arrow-right',
        why === '' ? 'It is started there.' : why,
      );
    case 'moves':
      return stateView(`moves to ${fated.to ?? '?'}`, 'busy', 'arrow-swap', why);
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

function columnOf(
  node: string,
  picture: ClusterPicture,
  told: WhatIf,
  fates: ReadonlyMap<string, FatedResource>,
): WhatIfColumn {
  const isLost = told.lost.includes(node);
  const isReset = told.resets.some((reset) => reset.node === node);
  const cell = ({ sid, name }: { sid: string; name: string | null }): WhatIfCell => ({
    id: sid,
    label: `${sid.split(':')[1] ?? sid} ${plainText(name ?? '', 40)}`.trim(),
    state: fateState(fates.get(sid)),
  });
  const here = picture.resources.filter(
    (resource) => resource.node === node && resource.configured !== false,
  );
  const after = isLost
    ? []
    : picture.resources.filter(({ sid, node: at, configured }) => {
        if (configured === false) return false;
        const fated = fates.get(sid);
        return fated === undefined ? at === node : fated.to === node;
      });
  const memory = told.memory.find((figures) => figures.node === node);
  return {
    node,
    isLost,
    state: isLost
      ? stateView('lost', 'fail', 'debug-disconnect', 'This node is lost in the question.')
      : isReset
        ? stateView('resets itself', 'fail', 'error', 'Without quorum its watchdog resets it.')
        : stateView('stays', 'ok', 'pass', 'This node goes on.'),
    before: here.slice(0, mostCells).map(cell),
    after: isReset ? [] : after.slice(0, mostCells).map(cell),
    memory:
      memory === undefined
        ? ''
        : `memory ${bytes(memory.beforeBytes)} → ${bytes(memory.afterBytes)} of ${bytes(memory.maxBytes)}`,
  };
}

function rowsOf(told: WhatIf): WhatIfRow[] {
  const managed = told.resources.map((fated): WhatIfRow => {
    const state = fateState(fated);
    return {
      id: fated.sid,
      label: `${fated.sid} ${plainText(fated.name ?? '', 60)}`.trim(),
      from: fated.from ?? 'not told',
      to: fated.to ?? 'none',
      state,
      why: state.explanation,
    };
  });
  const down = stateView('stays down', 'warn', 'circle-slash', 'HA does not manage it, so nobody starts it.');
  return [
    ...managed,
    ...told.unmanaged.map(({ vmid, name, node, kind }): WhatIfRow => {
      const id = `${kind === 'lxc' ? 'ct' : 'vm'}:${vmid}`;
      const label = `${id} ${plainText(name ?? '', 60)}`.trim();
      return { id, label, from: node ?? 'not told', to: 'none', state: down, why: down.explanation };
    }),
  ].sort((a, b) => severity(b) - severity(a) || a.id.localeCompare(b.id, 'en', { numeric: true }));
}

function severity({ state }: WhatIfRow): number {
  return { fail: 3, unknown: 2, warn: 1 }[state.tone as string] ?? 0;
}

function bytes(value: number | null): string {
  return value === null ? 'unknown' : formatBytes(value);
}

function listText(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => plainText(name, 60)).join(', ');
}
