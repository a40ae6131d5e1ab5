import { plural } from '../../base/format.ts';
import { compareNatural, plainText } from '../../base/text.ts';
import type { FleetEvent } from '../../contract/model/fleetEvent.ts';
import type { Strip } from '../../contract/timelinePanel.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import { currentLane } from './currentLanes.ts';
import { subjectText } from './eventRows.ts';
import { blindSpans, type Span, spansIn, stripSegments, stripText } from './strips.ts';
import type { FeedPicture } from './timelineFeed.ts';

/** Strips drawn at once; the table has the events of the others. */
const mostStrips = 60;

export interface StripRowsInput {
  readonly model: FleetModel;
  readonly entries: readonly ClusterEntry[];
  /** Guest that the page is narrowed to. */
  readonly vmid: number | null;
  readonly picture: FeedPicture;
  readonly window: Span;
  /** Name of a cluster, in front of the labels when there are several. */
  readonly nameOf: (entry: ClusterEntry) => string;
}

/** One strip per subject: the cluster's own, then its nodes, then what had events. */
export function stripRows(input: StripRowsInput): {
  readonly strips: Strip[];
  readonly notice: string | null;
} {
  const all = input.entries.flatMap((entry) => stripsOf(input, entry));
  const strips = all.slice(0, mostStrips);
  const left = all.length - strips.length;
  return {
    strips,
    notice:
      left === 0
        ? null
        : `${plural(left, 'more subject')} had events; the table has them all. Narrow the page to a guest or a shorter time.`,
  };
}

function stripsOf(input: StripRowsInput, entry: ClusterEntry): Strip[] {
  const { model, picture, window, vmid } = input;
  const { connection, record } = entry;
  const bySubject = new Map<string, FleetEvent[]>();
  for (const { connectionId, event } of picture.events) {
    if (connectionId !== connection.id || event.cluster !== record.key) continue;
    const list = bySubject.get(event.subject) ?? [];
    bySubject.set(event.subject, list);
    list.push(event);
  }
  const context = model.context(entry.id);
  const isOldNow =
    context === undefined || context.lastKnown === 'stale' || context.lastKnown === 'neverRead';
  const blind = [
    ...blindSpans(bySubject.get('reading') ?? [], window),
    // What no server could note: since the console itself reads nothing new.
    ...(isOldNow ? [{ fromMs: context?.readAtMs ?? window.fromMs, toMs: window.toMs }] : []),
  ];
  const completeFromMs = Math.max(
    picture.completeFromMs.get(connection.id) ?? Number.POSITIVE_INFINITY,
    picture.recordedFromMs.get(`${connection.id}.${record.key}`) ?? Number.POSITIVE_INFINITY,
  );
  const without = (subject: string, isIn: (state: string) => boolean): Span[] =>
    spansIn(bySubject.get(subject) ?? [], currentLane(model, entry, subject), window, isIn);
  // Without quorum the rows of HA are memories, and a lost node tells nothing of its guests.
  const noQuorum = without('quorum', (state) => state === 'notQuorate');
  const lost = new Map(
    [...bySubject.keys()]
      .filter((subject) => subject.startsWith('node:'))
      .map((subject) => [subject.slice('node:'.length), without(subject, (state) => lostStates.has(state))]),
  );
  return subjectsOf(input, entry, bySubject).map((subject) => {
    const events = bySubject.get(subject) ?? [];
    const segments = stripSegments({
      window,
      events,
      current: currentLane(model, entry, subject),
      completeFromMs: Math.min(completeFromMs, window.toMs),
      blind: isMemoryWithoutQuorum(subject) ? [...blind, ...noQuorum] : blind,
      ...(subject.startsWith('guest:') ? { blindOn: lost } : {}),
    });
    const label = labelOf(input, entry, subject, events);
    const number = /^(?:vm|ct|guest):(\d+)$/.exec(subject)?.[1];
    return {
      id: `${entry.id} ${subject}`,
      label,
      segments,
      text: stripText(label, segments, window.toMs),
      vmid: number === undefined || vmid !== null ? null : Number(number),
    };
  });
}

const lostStates: ReadonlySet<string> = new Set(['offline', 'unseen', 'fence', 'maintenanceOff']);

function isMemoryWithoutQuorum(subject: string): boolean {
  return /^(master$|arming$|vm:|ct:|guest:)/.test(subject);
}

function subjectsOf(
  { model, entries, vmid }: StripRowsInput,
  entry: ClusterEntry,
  events: ReadonlyMap<string, readonly FleetEvent[]>,
): string[] {
  const isAlone = entries.length === 1;
  const withEvents = [...events.keys()];
  const single = ['quorum', 'quorumDevice', 'master', 'arming'].filter(
    (subject) =>
      events.has(subject) ||
      subject === 'quorum' ||
      (isAlone && subject !== 'quorumDevice' && currentLane(model, entry, subject) !== null),
  );
  if (vmid !== null) {
    const own = ['vm', 'ct', 'guest'].map((kind) => `${kind}:${vmid}`);
    return [
      'quorum',
      ...own.filter((subject) => events.has(subject) || currentLane(model, entry, subject) !== null),
    ];
  }
  const nodes = isAlone
    ? [...model.index(entry.id).ids.node].flatMap((id) => {
        const name = model.node(id)?.name;
        return name === undefined ? [] : [`node:${name}`];
      })
    : [];
  const of = (pattern: RegExp): string[] =>
    withEvents.filter((subject) => pattern.test(subject)).sort(compareNatural);
  return [
    ...single,
    ...[...new Set([...nodes, ...of(/^node:/)])].sort(compareNatural),
    ...of(/^(vm|ct):/),
    // A guest in HA has a strip already, unless it runs otherwise than HA says.
    ...of(/^guest:/).filter((subject) => !hasService(events, subject)),
  ];
}

function hasService(events: ReadonlyMap<string, unknown>, guest: string): boolean {
  const vmid = guest.slice('guest:'.length);
  return events.has(`vm:${vmid}`) || events.has(`ct:${vmid}`);
}

function labelOf(
  { model, entries, nameOf }: StripRowsInput,
  entry: ClusterEntry,
  subject: string,
  events: readonly FleetEvent[],
): string {
  const number = /^(?:vm|ct|guest):(\d+)$/.exec(subject)?.[1];
  const vmid = number === undefined ? null : Number(number);
  const kind = subject.startsWith('guest:') ? 'guest' : vmid === null ? 'node' : 'service';
  const text = subjectText(
    { subject, kind, vmid, name: events.at(-1)?.name ?? null, node: null },
    (of) => model.guest(model.guestId(entry.id, of))?.name ?? null,
  );
  const label = subject.startsWith('node:') ? plainText(subject.slice('node:'.length), 63) : text;
  return entries.length === 1 ? label : `${nameOf(entry)}: ${label}`;
}
