import { formatAge, plural } from '../../base/format.ts';
import { fenceS, recoveryAfterTakeoverS, recoveryS } from '../../ha/foresight/timeline.ts';
import { clockText } from '../clockText.ts';
import type { ClusterContext } from '../clusterContext.ts';
import { clusterDisplayName } from '../clusterNames.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import { restartsElsewhere } from '../haResourceStates.ts';
import { marginText } from '../quorumStates.ts';
import { nameText, resourceLabel } from '../rowWords.ts';
import type { DueEdge } from './clusterEdges.ts';
import type { NodeLosses } from './nodeLosses.ts';
import type { EdgeName, NoticeButton } from './noticeKinds.ts';

/** What the words of a notice are made from. */
export interface NoticeSubject {
  readonly model: FleetModel;
  readonly entry: ClusterEntry;
  readonly context: ClusterContext;
  readonly losses: NodeLosses;
  /** All of one edge; several are told as one. */
  readonly edges: readonly DueEdge[];
  /** The margin has gone with it. */
  readonly withMargin: boolean;
  readonly nowMs: number;
}

/** Subjects named one by one before the rest is only counted. */
const namedAtMost = 3;

/** The sentence of a notice with its next step. */
export function noticeText(edge: EdgeName, subject: NoticeSubject): string {
  return [...sentences[edge](subject)].filter((part) => part !== '').join(' ');
}

const sentences: Readonly<Record<EdgeName, (subject: NoticeSubject) => readonly string[]>> = {
  quorumLost: ({ model, entry, context }) => {
    const { votes, expectedVotes, neededVotes } = context.cluster.quorum;
    const figures =
      votes === null || expectedVotes === null
        ? ''
        : `: ${votes} of ${expectedVotes} votes${neededVotes === null ? '' : `, need ${neededVotes}`}`;
    return [
      `${clusterText(model, entry)} lost quorum${figures}.`,
      resourcesOf(model, entry) > 0 ? `Nodes with HA guests reset in about ${fenceS} s.` : '',
      context.quorum.nextStep ?? '',
    ];
  },
  quorumRegained: ({ model, entry, context, edges }) => {
    const { votes, expectedVotes, margin } = context.cluster.quorum;
    const figures =
      votes === null || expectedVotes === null ? '' : `: ${votes} of ${expectedVotes}, ${marginText(margin)}`;
    const withoutMs = edges[0]?.cell.previousMs ?? null;
    return [
      `${clusterText(model, entry)} is quorate again${figures}.`,
      withoutMs === null ? '' : `Was without for ${formatAge(withoutMs)}.`,
    ];
  },
  marginGone: ({ model, entry, context }) => [
    marginSentence(model, entry, context),
    context.quorum.nextStep ?? '',
  ],
  deviceLost: ({ model, entry, context, withMargin }) => {
    const { margin } = context.cluster.quorum;
    const now =
      margin === null ? '' : withMargin || margin <= 0 ? '; margin now 0' : `; ${marginText(margin)}`;
    return [
      `Quorum device of ${clusterText(model, entry)} does not answer${now}.`,
      context.device.nextStep ?? '',
    ];
  },
  nodeLost: (subject) => {
    const { model, entry, context, withMargin } = subject;
    const margin = withMargin ? marginSentence(model, entry, context) : '';
    const [first, ...rest] = subject.edges;
    if (first === undefined) return [];
    return rest.length === 0
      ? [...oneNodeLost(subject, first), margin, 'Check power and network.']
      : [
          `${plural(subject.edges.length, 'node')} lost in ${clusterText(model, entry)}: ${listText(subject.edges.map((edge) => nameText(edge.subject)))}.`,
          margin,
          'Check power and network.',
        ];
  },
  nodeFenced: (subject) => subject.edges.slice(0, namedAtMost).flatMap((edge) => nodeFenced(subject, edge)),
  resourceError: ({ model, entry, edges }) => {
    const [first, ...rest] = edges;
    const name = clusterText(model, entry);
    return [
      first !== undefined && rest.length === 0
        ? `${name}/${resourceText(model, first.subject)} failed and HA gave up.`
        : `${plural(edges.length, 'HA resource')} of ${name} failed and HA gave up: ${listText(edges.map(({ subject }) => resourceText(model, subject)))}.`,
      rest.length === 0
        ? (model.judgement(first?.subject ?? '')?.state.nextStep ?? '')
        : 'Look at the rows in error.',
    ];
  },
  resourceStuck: ({ model, entry, edges, nowMs }) => {
    const [first, ...rest] = edges;
    const name = clusterText(model, entry);
    if (first === undefined) return [];
    const sinceMs = model.resource(first.subject)?.stateSinceMs ?? null;
    const age =
      sinceMs === null ? '' : ` for ${formatAge(nowMs - model.toConsoleTime(entry.connection.id, sinceMs))}`;
    return [
      rest.length === 0
        ? `${name}/${resourceText(model, first.subject)} finds no node${age}.`
        : `${plural(edges.length, 'HA resource')} of ${name} find no node: ${listText(edges.map(({ subject }) => resourceText(model, subject)))}.`,
      'Loosen the rule or bring a node back.',
    ];
  },
  managerSilent: ({ model, entry, context, nowMs }) => {
    const { timestampS } = context.cluster.master;
    const age =
      timestampS === null
        ? ''
        : ` for ${formatAge(nowMs - model.toConsoleTime(entry.connection.id, timestampS * 1000))}`;
    return [
      `HA manager of ${clusterText(model, entry)} is silent${age}.`,
      'Another node takes over after about two minutes.',
      context.master.nextStep ?? '',
    ];
  },
  disarmed: ({ model, entry, context }) => [
    `HA on ${clusterText(model, entry)} is disarmed; nothing is fenced or recovered.`,
    context.fencing.nextStep ?? '',
  ],
  disarmedLong: ({ model, entry, context, nowMs }) => {
    const { sinceMs } = context.fencing;
    const age = sinceMs === null ? '' : ` for ${formatAge(nowMs - sinceMs)}`;
    return [
      `HA on ${clusterText(model, entry)} is disarmed${age}; nothing is recovered.`,
      context.fencing.nextStep ?? '',
    ];
  },
  notReadable: ({ model, entry, context }) => unreadableText(clusterText(model, entry), context),
};

function unreadableText(name: string, { readAtMs, freshness }: ClusterContext): readonly string[] {
  const since = readAtMs === null ? '' : ` since ${clockText(readAtMs)}`;
  return [`${name} cannot be read${since}, so its state is unknown.`, freshness.explanation];
}

/** Several clusters behind one server that does not answer are one notice. */
export function notReadableText(names: readonly string[], context: ClusterContext): string {
  return names.length === 1
    ? unreadableText(names[0] ?? '', context).join(' ')
    : `${plural(names.length, 'cluster')} cannot be read, so their state is unknown: ${listText(names)}.`;
}

function marginSentence(model: FleetModel, entry: ClusterEntry, { cluster }: ClusterContext): string {
  const { votes, expectedVotes } = cluster.quorum;
  const figures = votes === null || expectedVotes === null ? '' : ` (${votes} of ${expectedVotes})`;
  return `${clusterText(model, entry)} can lose no more votes${figures}.`;
}

function oneNodeLost({ model, entry, context, losses }: NoticeSubject, { subject, cell }: DueEdge): string[] {
  const lostSinceMs = model.node(model.nodeId(entry.id, subject))?.lostSinceMs ?? null;
  const sinceMs =
    lostSinceMs === null ? cell.changedMs : model.toConsoleTime(entry.connection.id, lostSinceMs);
  const held = losses.heldBy(subject).size;
  return [
    `${nameText(subject)} (${clusterText(model, entry)}) does not answer since ${clockText(sinceMs)}.`,
    held === 0 ? 'No HA guest ran on it.' : restartSentence(model, entry, context, subject, held, sinceMs),
  ];
}

function restartSentence(
  model: FleetModel,
  entry: ClusterEntry,
  context: ClusterContext,
  node: string,
  held: number,
  sinceMs: number,
): string {
  const guests = `Its ${plural(held, 'HA guest')}`;
  const { state } = entry.record.fencing;
  if (state === 'disarmed' || state === 'disarming')
    return `${guests} ${held === 1 ? 'stays' : 'stay'} down, because HA is disarmed.`;
  const afterS = context.cluster.master.node === node ? recoveryAfterTakeoverS : recoveryS;
  const left = [...model.index(entry.id).resourcesOn(node)].some((id) => {
    const resource = model.resource(id);
    return resource !== undefined && restartsElsewhere(resource);
  });
  return !left
    ? `${guests} ${held === 1 ? 'was' : 'were'} taken to other nodes.`
    : `${guests} ${held === 1 ? 'restarts' : 'restart'} from about ${clockText(sinceMs + afterS * 1000)}.`;
}

/** "pve4 was fenced; 9 of 9 HA guests run elsewhere, 2 without HA stay stopped." */
function nodeFenced({ model, entry, losses }: NoticeSubject, { subject }: DueEdge): string[] {
  const held = [...losses.heldBy(subject)].flatMap((id) => model.resource(id) ?? []);
  const running = held.filter(({ node, state }) => node !== subject && state === 'started').length;
  const index = model.index(entry.id);
  const unmanaged = [...index.guestsOn(subject)].filter((id) => {
    const guest = model.guest(id);
    return guest?.haManaged === 'notManaged' && !guest.template;
  }).length;
  return [
    `${nameText(subject)} (${clusterText(model, entry)}) was fenced; ${running} of ${plural(held.length, 'HA guest')} run elsewhere${unmanaged === 0 ? '' : `, ${unmanaged} without HA stay down`}.`,
  ];
}

function resourcesOf(model: FleetModel, entry: ClusterEntry): number {
  return model.index(entry.id).tallies.ha.total;
}

function resourceText(model: FleetModel, id: string): string {
  const resource = model.resource(id);
  return linkFree(resource === undefined ? id.slice(id.lastIndexOf('/') + 1) : resourceLabel(resource));
}

/** Name of a cluster in a notice. */
export function clusterText(model: FleetModel, entry: ClusterEntry): string {
  return linkFree(clusterDisplayName(model, entry));
}

/** The editor makes links of "[text](target)" in messages; names must not be able to. */
export function linkFree(text: string): string {
  return text.replaceAll('[', '(').replaceAll(']', ')');
}

function listText(names: readonly string[]): string {
  const more = names.length - namedAtMost;
  return `${names.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** At most two buttons; the one that mutes the kind is added by whoever shows them. */
export function noticeButtons(
  edge: EdgeName,
  { model, entry, edges }: NoticeSubject,
): readonly NoticeButton[] {
  const status: NoticeButton = {
    label: 'Open HA Status',
    command: 'proxbox.cluster.openHaStatus',
    argument: entry.id,
  };
  const [first, ...rest] = edges;
  switch (edge) {
    case 'quorumLost':
    case 'marginGone':
      return [status, { label: 'What If', command: 'proxbox.cluster.whatIf', argument: entry.id }];
    case 'nodeLost':
      return rest.length > 0 || first === undefined
        ? [status]
        : [
            status,
            {
              label: 'What If',
              command: 'proxbox.cluster.whatIf',
              argument: model.nodeId(entry.id, first.subject),
            },
          ];
    case 'resourceError':
    case 'resourceStuck': {
      const guest = rest.length > 0 || first === undefined ? undefined : model.guestOf(first.subject);
      return guest === undefined
        ? [status]
        : [
            {
              label: 'Open Guest',
              command: 'proxbox.guest.open',
              argument: model.guestId(entry.id, guest.vmid),
            },
            status,
          ];
    }
    case 'notReadable':
      return [
        { label: 'Test Connection', command: 'proxbox.connection.test', argument: entry.connection.id },
        status,
      ];
    default:
      return [status];
  }
}
