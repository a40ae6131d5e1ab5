import { formatPercent, plural } from '../../base/format.ts';
import { compareNatural, plainText } from '../../base/text.ts';
import type { DrainProgress, MaintenanceReadiness } from '../../contract/model/maintenance.ts';
import type { FatedResource } from '../../contract/model/whatIf.ts';
import type { StateView } from '../../contract/stateView.ts';
import type { WhatIfColumn, WhatIfPageModel, WhatIfRow } from '../../contract/whatIfPanel.ts';
import type { ClusterPicture } from '../../ha/foresight/clusterPicture.ts';
import { maintenanceReadiness } from '../../ha/foresight/maintenance.ts';
import { stateView } from '../states.ts';
import { drainSentence } from './drainWords.ts';
import { cellsOf, fatedRow, memoryText, worstFirst } from './placementPicture.ts';

export interface MaintenancePageInput {
  readonly about: string;
  readonly picture: ClusterPicture;
  /** Name of the cluster as the console shows it. */
  readonly name: string;
  readonly node: string;
  readonly freshness: StateView;
}

/** What taking one node out of service would move, stop and cost; while it is being drained, how far that has got. */
export function maintenancePageModel(input: MaintenancePageInput): WhatIfPageModel {
  const { about, picture, name, node, freshness } = input;
  const told = maintenanceReadiness(picture, node);
  const fates = new Map(told.resources.map((fated) => [fated.sid, fated]));
  const names = picture.nodes.map((member) => member.name).sort(compareNatural);
  return {
    about,
    header: { title: 'Maintenance', freshness, banners: [] },
    subtitle: `${plainText(node, 60)} on ${plainText(name, 60)}`,
    verdict: maintenanceVerdict(told),
    reasons: told.reasons.map((reason) => plainText(reason, 300)),
    question: { legend: 'Node to take out of service', isOne: true },
    choices: names.map((member) => ({ node: member, isChosen: member === node })),
    columns: names.map((member) => columnOf(member, picture, told, fates)),
    rows: rowsOf(told),
    timeline: [],
    notes: [...told.unknowns, ...told.brokenRules].map((text) => plainText(text, 200)),
  };
}

/** "pve3 can be taken out of service. 3 HA resources move, nothing stops. 4 votes are left, 3 needed: can lose 1." */
export function maintenanceVerdict(told: MaintenanceReadiness): string {
  const { drain, isExact, answer } = told;
  const progress = drainSentence(told.drain, told.node);
  return [
    ...(progress === null ? [] : [progress]),
    ...(drain.state === 'poweredOff' || drain.state === 'lost'
      ? []
      : [answerSentence(told), movesSentence(told)]),
    votesSentence(told),
    ...(answer === 'unknown' || isExact ? [] : ['Where resources land is approximate.']),
    ...(drain.state === 'inUse' && (answer === 'ready' || answer === 'attention')
      ? [`Start it with "ha-manager crm-command node-maintenance enable ${plainText(told.node, 60)}".`]
      : []),
  ].join(' ');
}

function answerSentence({ answer, node, drain }: MaintenanceReadiness): string {
  const name = plainText(node, 60);
  const what =
    drain.state === 'inUse'
      ? `${name} can be taken out of service`
      : `${name} can be switched off once it is drained`;
  switch (answer) {
    case 'ready':
      return `${what}.`;
    case 'attention':
      return `${what}, with care.`;
    case 'blocked':
      return `${name} cannot be taken out of service as things are.`;
    case 'unknown':
      return `Whether ${name} can be taken out of service is not known.`;
  }
}

function movesSentence({ resources, staying }: MaintenanceReadiness): string {
  const count = (fate: FatedResource['fate']): number =>
    resources.filter((fated) => fated.fate === fate).length;
  const parts = [
    [count('moves'), 'moves', 'move'],
    [count('stuck'), 'finds no node', 'find no node'],
    [count('waits'), 'cannot leave', 'cannot leave'],
    [count('unknown'), 'is not known', 'are not known'],
  ] as const;
  const words = parts.flatMap(([number, one, many]) =>
    number === 0 ? [] : [`${plural(number, 'HA resource')} ${number === 1 ? one : many}`],
  );
  const stops =
    staying.length === 0
      ? 'nothing stops'
      : `${plural(staying.length, 'running guest')} ${staying.length === 1 ? 'stays and stops' : 'stay and stop'}`;
  return `${words.length === 0 ? 'No HA resource moves' : words.join(', ')}, ${stops}.`;
}

function votesSentence({
  quorum: { votesAfter, neededVotes, marginAfter, holds },
}: MaintenanceReadiness): string {
  if (holds === null || votesAfter === null || neededVotes === null)
    return holds === false
      ? 'The cluster has no quorum.'
      : 'How many votes are left without it is not known.';
  const spare = holds ? `can lose ${marginAfter === 0 ? 'none' : marginAfter}` : 'quorum is lost';
  return `Without it ${plural(votesAfter, 'vote')} ${votesAfter === 1 ? 'is' : 'are'} left, ${neededVotes} needed: ${spare}.`;
}

function columnOf(
  node: string,
  picture: ClusterPicture,
  told: MaintenanceReadiness,
  fates: ReadonlyMap<string, FatedResource>,
): WhatIfColumn {
  const isLeaving = node === told.node;
  const target = told.targets.find((figures) => figures.node === node);
  return {
    node,
    isLost: isLeaving,
    state: isLeaving ? leavingState(told.drain) : targetState(node, picture),
    ...cellsOf(node, picture, fates),
    memory:
      target === undefined
        ? ''
        : `${memoryText(target)} · cpu ${percent(target.cpuBefore)} → ${percent(target.cpuAfter)}`,
  };
}

function leavingState({ state }: DrainProgress): StateView {
  switch (state) {
    case 'inUse':
      return stateView('leaves', 'held', 'tools', 'This node is taken out of service in the question.');
    case 'draining':
      return stateView('maintenance, draining', 'held', 'tools', 'HA resources are moving off this node.');
    case 'drained':
      return stateView('maintenance, drained', 'held', 'tools', 'No running HA resource is left on it.');
    case 'poweredOff':
      return stateView('maintenance, powered off', 'held', 'debug-disconnect', 'It was drained and is off.');
    case 'lost':
      return stateView('lost', 'fail', 'debug-disconnect', 'It went away before it was drained.');
    case 'unknown':
      return stateView('not told', 'unknown', 'question', 'How far its maintenance has got is not known.');
  }
}

function targetState(name: string, { nodes }: ClusterPicture): StateView {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node?.online === false)
    return stateView('not online', 'off', 'debug-disconnect', 'It takes nothing, because it is not online.');
  if (node?.haState === 'maintenance')
    return stateView(
      'maintenance',
      'held',
      'tools',
      'It takes nothing, because it is in maintenance itself.',
    );
  if (node?.online !== true)
    return stateView('not told', 'unknown', 'question', 'Whether it is online was not told.');
  return stateView('stays', 'ok', 'pass', 'This node goes on.');
}

function rowsOf({ resources, staying, node }: MaintenanceReadiness): WhatIfRow[] {
  return worstFirst([
    ...resources.map(fatedRow),
    ...staying.map(({ sid, name, why }): WhatIfRow => {
      const reason = plainText(why ?? '', 200);
      return {
        id: sid,
        label: `${sid} ${plainText(name ?? '', 60)}`.trim(),
        from: node,
        to: 'none',
        state: stateView('stays and stops', 'warn', 'circle-slash', reason),
        why: reason,
      };
    }),
  ]);
}

function percent(ratio: number | null): string {
  return ratio === null ? 'unknown' : formatPercent(ratio);
}
