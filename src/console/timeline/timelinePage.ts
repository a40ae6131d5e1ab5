import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import { type FleetEventKind, fleetEventKinds } from '../../contract/model/fleetEvent.ts';
import type { Banner, Column, PageAction, TableModel } from '../../contract/panels.ts';
import { type TimelinePageModel, type TimelineRange, timelineRanges } from '../../contract/timelinePanel.ts';
import { clusterDisplayName } from '../clusterNames.ts';
import { explainFleetError } from '../errorText.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import { nameText } from '../rowWords.ts';
import { notToldState, stateView } from '../states.ts';
import { eventRow, kindWords } from './eventRows.ts';
import { stripRows } from './stripRows.ts';
import type { Span } from './strips.ts';
import { chosenClusters, everyCluster, rangeMs, type TimelineChoice } from './timelineChoice.ts';
import type { FeedEvent, FeedPicture } from './timelineFeed.ts';
import { axisMarks } from './timeText.ts';

const rangeWords: Readonly<Record<TimelineRange, string>> = {
  tenMinutes: 'last 10 minutes',
  hour: 'last hour',
  sixHours: 'last 6 hours',
  day: 'last 24 hours',
  week: 'last 7 days',
  month: 'last 30 days',
};

const columns: readonly Column[] = [
  { id: 'time', title: 'Time', priority: 1 },
  { id: 'what', title: 'Subject', priority: 1 },
  { id: 'change', title: 'What happened', priority: 1 },
  { id: 'details', title: 'Details', priority: 3 },
  { id: 'kind', title: 'Kind', priority: 3 },
];
const clusterColumn: Column = { id: 'cluster', title: 'Cluster', priority: 2 };

export interface TimelinePageInput {
  readonly model: FleetModel;
  readonly choice: TimelineChoice;
  readonly picture: FeedPicture;
  readonly nowMs: number;
}

export function timelinePageModel(input: TimelinePageInput): TimelinePageModel {
  const { model, choice, picture, nowMs } = input;
  const entries = chosenClusters(model, choice);
  const window: Span = { fromMs: nowMs - rangeMs[choice.range], toMs: nowMs };
  const nameOf = (entry: ClusterEntry): string => clusterDisplayName(model, entry);
  const { strips, notice } = stripRows({ model, entries, vmid: choice.guest, picture, window, nameOf });
  const [only] = entries;
  const isAlone = choice.cluster !== everyCluster;
  const about = isAlone ? (only === undefined ? 'unknown cluster' : nameOf(only)) : 'all clusters';
  const guest = choice.guest === null ? '' : `, guest ${choice.guest}`;
  return {
    about: JSON.stringify(choice),
    header: {
      title: 'Timeline',
      freshness:
        isAlone && only !== undefined
          ? (model.context(only.id, nowMs)?.freshness ?? notToldState())
          : isAlone
            ? notToldState('This cluster is not known now.')
            : stateView(plural(entries.length, 'cluster'), 'calm', 'server', 'All known clusters.'),
      banners: bannersOf(input, entries),
    },
    subtitle: `${about}${guest}, ${rangeWords[choice.range]}`,
    clusters: [
      { id: everyCluster, label: 'All clusters' },
      ...model.clusters().map((entry) => ({ id: entry.id, label: nameOf(entry) })),
    ],
    cluster: choice.cluster,
    guest: choice.guest,
    guests: guestsOf(model, entries, picture),
    kinds: (Object.keys(kindWords) as FleetEventKind[]).map((kind) => ({
      kind,
      label: kindWords[kind],
      isShown: choice.kinds.includes(kind),
    })),
    range: choice.range,
    ranges: timelineRanges.map((range) => ({ range, label: rangeWords[range] })),
    ...window,
    marks: axisMarks(window.fromMs, window.toMs),
    strips,
    stripNotice: notice,
    table: tableOf(input, entries, isAlone),
    hasMore: picture.hasMore,
    isReading: picture.isReading,
  };
}

function tableOf(
  { model, choice, picture, nowMs }: TimelinePageInput,
  entries: readonly ClusterEntry[],
  isAlone: boolean,
): TableModel {
  const byKey = new Map(
    entries.map((entry) => [`${entry.connection.id}.${entry.record.key}`, entry] as const),
  );
  const isEveryKind = choice.kinds.length === fleetEventKinds.length;
  const rows = picture.events.flatMap((fed) => {
    const { connectionId, event } = fed;
    const entry = byKey.get(`${connectionId}.${event.cluster}`);
    if (entry === undefined) return [];
    // A kind of a newer server has no box to tick, so it is shown while every box is.
    const isShown = event.kind === 'unknown' ? isEveryKind : choice.kinds.includes(event.kind);
    if (!isShown) return [];
    return eventRow(event, {
      id: `event:${connectionId}.${event.id}`,
      clusterName: clusterDisplayName(model, entry),
      nowMs,
      nameOf: (vmid) => model.guest(model.guestId(entry.id, vmid))?.name ?? null,
      open: openActionOf(model, entry, fed),
    });
  });
  return {
    id: 'events',
    title: 'Events',
    columns: isAlone ? columns : [...columns.slice(0, 1), clusterColumn, ...columns.slice(1)],
    rows,
    empty: picture.isReading ? 'Reading events…' : 'Nothing happened in this time that was seen.',
    notice: picture.hasMore ? 'Older events of this time are not read yet.' : null,
    groupings: [
      { key: 'day', label: 'day' },
      { key: 'subject', label: 'subject' },
      { key: 'kind', label: 'kind' },
      ...(isAlone ? [] : [{ key: 'cluster', label: 'cluster' }]),
    ],
  };
}

function openActionOf(model: FleetModel, entry: ClusterEntry, { event }: FeedEvent): PageAction | null {
  if (event.vmid !== null) {
    const id = model.guestId(entry.id, event.vmid);
    return model.guest(id) === undefined ? null : { kind: 'open', id };
  }
  return event.kind === 'reading' ? null : { kind: 'open', id: entry.id };
}

/** Guests with events, by number. */
function guestsOf(
  model: FleetModel,
  entries: readonly ClusterEntry[],
  picture: FeedPicture,
): TimelinePageModel['guests'] {
  const names = new Map<number, string | null>();
  for (const { event } of picture.events)
    if (event.vmid !== null) names.set(event.vmid, event.name ?? names.get(event.vmid) ?? null);
  const [only] = entries;
  return [...names]
    .sort(([a], [b]) => a - b)
    .map(([vmid, name]) => {
      const known =
        name ?? (only === undefined ? null : (model.guest(model.guestId(only.id, vmid))?.name ?? null));
      return { vmid, label: known === null ? String(vmid) : `${vmid} ${nameText(known)}` };
    });
}

function bannersOf(
  { model, picture }: TimelinePageInput,
  entries: readonly ClusterEntry[],
): readonly Banner[] {
  const connections = new Set(entries.map(({ connection }) => connection.id));
  const nameOf = (id: string): string => nameText(model.connection(id)?.name ?? id);
  const failures = [...picture.errors].map(([connectionId, error]): Banner => {
    const name = nameOf(connectionId);
    const id = `timeline:${connectionId}`;
    if (error.code === 'notOffered')
      return {
        id,
        tone: 'warn',
        icon: 'circle-slash',
        what: `${name}: this server keeps no timeline.`,
        why: 'It is another program or an older version.',
        next: 'Update the server, or read the clusters through the built-in aggregator.',
        buttons: [],
        sinceMs: null,
      };
    const { what, why, next, buttons } = explainFleetError(error, { connectionName: name, connectionId });
    return {
      id,
      tone: 'unknown',
      icon: 'history',
      what: `${name}: the timeline is not read. ${what}`,
      why,
      next,
      buttons,
      sinceMs: null,
    };
  });
  const notices = [...picture.notices].map(
    ([connectionId, notice]): Banner => ({
      id: `notice:${connectionId}`,
      tone: 'calm',
      icon: 'info',
      what: `${nameOf(connectionId)}: ${plainText(notice, 200)}`,
      why: null,
      next: null,
      buttons: [],
      sinceMs: null,
    }),
  );
  return [...failures, ...notices].filter(({ id }) => connections.has(id.slice(id.indexOf(':') + 1)));
}
