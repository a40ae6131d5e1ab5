import type { Notice, NoticeKind } from '../../../../src/console/notices/noticeKinds.ts';
import { NoticeWatch } from '../../../../src/console/notices/noticeWatch.ts';
import type { FleetRecords } from '../../../../src/contract/model/fleet.ts';
import {
  buildCluster,
  buildGuest,
  buildNode,
  buildResource,
  type ClusterOverrides,
} from '../../../support/fleetBuilders.ts';
import { openModel } from '../support.ts';

export interface NoticeBenchOptions {
  readonly connections?: readonly string[];
  readonly picture?: Partial<FleetRecords>;
  readonly cluster?: ClusterOverrides;
}

const fiveNodes = ['pve1', 'pve2', 'pve3', 'pve4', 'pve5'];

/** Five nodes with nine HA resources on pve4, seen over one connection or several, with a watch that began just now. */
export async function openNotices({
  connections = ['c0'],
  picture,
  cluster: first = {},
}: NoticeBenchOptions = {}) {
  const records: Partial<FleetRecords> = {
    nodes: fiveNodes.map((name, index) => buildNode(name, { ip: `10.0.0.${index + 1}` })),
    resources: Array.from({ length: 9 }, (_unused, index) => buildResource(101 + index, { node: 'pve4' })),
    guests: [
      ...Array.from({ length: 9 }, (_unused, index) => buildGuest(101 + index, { node: 'pve4' })),
      buildGuest(201, { node: 'pve4', haManaged: 'notManaged', haState: null }),
      buildGuest(202, { node: 'pve4', haManaged: 'notManaged', haState: null }),
    ],
    ...picture,
  };
  const five = { votes: 5, expectedVotes: 5, neededVotes: 3, margin: 2 };
  let over: ClusterOverrides = { ...first, quorum: { ...five, ...first.quorum } };
  const bench = openModel(
    Object.fromEntries(connections.map((id) => [id, { clusters: [buildCluster('prod', over)], ...records }])),
  );
  const { clock, model } = bench;
  const unread = new Set<string>();
  const off = new Set<NoticeKind>();
  const watched = new Set<string>();
  const notices: Notice[] = [];
  const watch = new NoticeWatch({
    model,
    clock,
    settings: { isOn: (kind) => !off.has(kind), stuckAfterMs: 180_000, disarmReminderMs: 1_800_000 },
    isWatched: (id) => watched.has(id),
    tell: (notice) => notices.push(notice),
  });
  const send = (upserted: Partial<FleetRecords>, removed: string[] = []): void => {
    const nowMs = clock.now();
    const read = { ...over, freshness: { lastSuccessMs: nowMs, lastAttemptMs: nowMs, ...over.freshness } };
    for (const id of connections)
      if (!unread.has(id))
        bench.connections[id]?.change(
          { clusters: [buildCluster('prod', read)], ...upserted },
          removed,
          nowMs,
        );
  };
  return {
    ...bench,
    watch,
    /** Kinds that are switched off. */
    off,
    /** Clusters whose page somebody looks at. */
    watched,
    /** Connections that read nothing now. */
    unread,
    /** Changes the cluster and other records, as of now. */
    change(cluster: ClusterOverrides, upserted: Partial<FleetRecords> = {}, removed: string[] = []): void {
      over = { ...over, ...cluster, quorum: { ...over.quorum, ...cluster.quorum } };
      send(upserted, removed);
    },
    /** Time passes while the cluster is read every five seconds. */
    async pass(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= 5_000) {
        await clock.advance(Math.min(5_000, left));
        send({});
      }
      await clock.advance(300);
    },
    /** Texts told since the last call. */
    texts: (): string[] => notices.splice(0).map(({ text }) => text),
    /** Notices told since the last call. */
    told: (): Notice[] => notices.splice(0),
    close(): void {
      watch.dispose();
      model.dispose();
    },
  };
}
