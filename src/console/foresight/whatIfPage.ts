import { formatStopwatch, plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import type { FatedResource, WhatIf } from '../../contract/model/whatIf.ts';
import type { StateView } from '../../contract/stateView.ts';
import type { WhatIfColumn, WhatIfPageModel, WhatIfRow } from '../../contract/whatIfPanel.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { sidOf } from '../../ha/foresight/loadAfter.ts';
import { whatIf } from '../../ha/foresight/whatIf.ts';
import { stateView } from '../states.ts';
import { cellsOf, fatedRow, memoryText, worstFirst } from './placementPicture.ts';

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
    reasons: [],
    question: { legend: 'Nodes that fail', isOne: false },
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

function columnOf(
  node: string,
  picture: ClusterPicture,
  told: WhatIf,
  fates: ReadonlyMap<string, FatedResource>,
): WhatIfColumn {
  const isLost = told.lost.includes(node);
  const isReset = told.resets.some((reset) => reset.node === node);
  const { before, after } = cellsOf(node, picture, fates);
  const memory = told.memory.find((figures) => figures.node === node);
  return {
    node,
    isLost,
    state: isLost
      ? stateView('lost', 'fail', 'debug-disconnect', 'This node is lost in the question.')
      : isReset
        ? stateView('resets itself', 'fail', 'error', 'Without quorum its watchdog resets it.')
        : stateView('stays', 'ok', 'pass', 'This node goes on.'),
    before,
    after: isLost || isReset ? [] : after,
    memory: memory === undefined ? '' : memoryText(memory),
  };
}

function rowsOf(told: WhatIf): WhatIfRow[] {
  const down = stateView('stays down', 'warn', 'circle-slash', 'HA does not manage it, so nobody starts it.');
  return worstFirst([
    ...told.resources.map(fatedRow),
    ...told.unmanaged.map(({ vmid, name, node, kind }): WhatIfRow => {
      const id = sidOf({ vmid, kind });
      const label = `${id} ${plainText(name ?? '', 60)}`.trim();
      return { id, label, from: node ?? 'not told', to: 'none', state: down, why: down.explanation };
    }),
  ]);
}

function listText(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => plainText(name, 60)).join(', ');
}
