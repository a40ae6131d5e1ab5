import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { Emitter } from '../../base/event.ts';
import { type Disposable, toDisposable } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import {
  emptyRecords,
  type FleetDelta,
  type FleetRecords,
  type FleetSnapshot,
} from '../../contract/model/fleet.ts';
import { fleetListNames } from '../../contract/model/fleetLists.ts';
import { fleetSchemaVersion, productVersion } from '../../contract/version.ts';
import type { FleetCollector } from '../collector.ts';
import { diffRecords } from '../model/diff.ts';
import { clusterMarks, findDuplicates } from '../model/duplicates.ts';
import { ClusterCollector } from './clusterCollector.ts';
import { ClusterLoop } from './clusterLoop.ts';
import type { PveClusterReader } from './clusterReader.ts';
import { readGuestDetail } from './guestDetail.ts';
import { withLimit } from './withLimit.ts';

export interface FleetCollectorOptions {
  readonly readers: readonly PveClusterReader[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly pollIntervalMs: number;
}

/** How long loops go on after the last watcher went, so that a reload does not stop and start everything. */
const lingerMs = 10_000;

/** How much longer others are waited for once a cluster was read: those never read before, and the rest, milliseconds. */
const firstGraceMs = 1_000;
const graceMs = 400;

interface Member {
  readonly collector: ClusterCollector;
  /** What watchers know of it. */
  published: FleetRecords;
  readonly loop: ClusterLoop;
  /** What tells this Proxmox cluster from others. */
  marks: readonly string[];
}

/** Collects all clusters, each in a loop of its own, and tells every change as a delta. */
export function createFleetCollector(options: FleetCollectorOptions): FleetCollector {
  const { clock, logger } = options;
  const epoch = randomBytes(8).toString('hex');
  const changed = new Emitter<FleetDelta>((error) =>
    logger.error('a listener of fleet changes failed', { error }),
  );
  let seq = 0;
  let watchers = 0;
  let linger: Disposable | null = null;
  let disposed = false;

  /** Tells what changed of a member since this was last done. */
  const publish = (member: Member): void => {
    if (disposed) return;
    const before = member.published;
    member.published = member.collector.records;
    const diff = diffRecords(before, member.published);
    if (diff === null) return;
    seq += 1;
    changed.fire({ schemaVersion: fleetSchemaVersion, epoch, seq, serverTimeMs: clock.now(), ...diff });
  };

  /** Notes which members turned out to be one cluster, and tells those where that changed, except the one given. */
  const noteDuplicates = (read: Member): void => {
    read.marks = clusterMarks(read.collector.records);
    const duplicates = findDuplicates(
      members.map(({ collector, marks }) => ({ key: collector.reader.key, marks })),
    );
    for (const member of members) {
      const { collector } = member;
      collector.setDuplicateOf(duplicates.get(collector.reader.key) ?? null);
      if (member !== read) publish(member);
    }
  };

  const members: Member[] = options.readers.map((reader) => {
    const noteDefect = (defect: unknown): void =>
      logger.error('a round of reading ended in a defect', { cluster: reader.key, defect });
    const collector = new ClusterCollector(reader, clock, () => options.pollIntervalMs, {
      changed: () => publish(member),
      defect: noteDefect,
    });
    const loop = new ClusterLoop({
      intervalMs: options.pollIntervalMs,
      clock,
      random: options.random,
      round: async () => {
        const { outcome } = await collector.round();
        noteDuplicates(member);
        publish(member);
        return outcome;
      },
    });
    const { records } = collector;
    const member: Member = { collector, published: records, loop, marks: clusterMarks(records) };
    return member;
  });

  const switchLoops = (on: boolean): void => {
    for (const { loop } of members) loop.setOn(on);
  };

  const snapshot = (): FleetSnapshot => {
    const records = emptyRecords();
    for (const { collector } of members) appendRecords(records, collector.records);
    return {
      schemaVersion: fleetSchemaVersion,
      epoch,
      seq,
      serverTimeMs: clock.now(),
      aggregatorVersion: productVersion,
      ...records,
    };
  };

  return {
    readers: options.readers,
    snapshot,
    onDidChange: changed.event,
    watch() {
      watchers += 1;
      linger?.dispose();
      linger = null;
      if (!disposed) switchLoops(true);
      return toDisposable(() => {
        watchers -= 1;
        if (watchers > 0 || disposed) return;
        linger = clock.setTimeout(() => switchLoops(false), lingerMs);
      });
    },
    async refresh(clusterKey) {
      const chosen = members.filter(
        ({ collector }) => clusterKey === undefined || collector.reader.key === clusterKey,
      );
      const isRead = ({ collector }: Member): boolean =>
        collector.records.clusters[0]?.freshness.error === null;
      await Promise.all(
        chosen.map(async (member) => {
          const joins = member.collector.reader.isBusy;
          await member.loop.runNow();
          // A call that was sent before says nothing of now: what failed with one is asked once more.
          if (joins && !isRead(member)) await member.loop.runNow();
        }),
      );
      return chosen.filter(isRead).map(({ collector }) => collector.reader.key);
    },
    async ensureFresh(maxAgeMs, waitMs) {
      const isFresh = ({ collector }: Member): boolean =>
        clock.now() - (collector.lastSuccessMs ?? 0) <= maxAgeMs;
      const due = members.filter((member) => !isFresh(member));
      const waits = due.flatMap((member) => {
        const { collector, loop } = member;
        const failing = collector.records.clusters[0]?.freshness.error !== null;
        const sinceMs = loop.underWaySinceMs;
        const run = loop.runIfDue();
        // What others have waited for in vain is not waited for again.
        const leftMs = waitMs - (sinceMs === null ? 0 : clock.now() - sinceMs);
        return failing || leftMs <= 0 ? [] : [{ member, run, leftMs }];
      });
      if (waits.length > 0) await waitTogether(waits, isFresh, clock);
    },
    async guestDetail(clusterKey, vmid, timeframe) {
      const member = members.find(({ collector }) => collector.reader.key === clusterKey);
      if (member === undefined) return null;
      if (member.collector.lastSuccessMs === null)
        await withLimit(member.loop.runNow(), clock, options.pollIntervalMs);
      return readGuestDetail(member.collector, vmid, timeframe, clock);
    },
    dispose() {
      disposed = true;
      linger?.dispose();
      for (const { collector, loop } of members) {
        loop.dispose();
        collector.reader.endpoints.dispose();
      }
      changed.dispose();
    },
  };
}

interface Wait {
  readonly member: Member;
  readonly run: Promise<void>;
  /** How long this one is waited for at most, milliseconds. */
  readonly leftMs: number;
}

/** Waits for rounds to end. Once one brought something, the others have only a grace: theirs is told by its age. */
function waitTogether(
  waits: readonly Wait[],
  isFresh: (member: Member) => boolean,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    const open = new Set(waits);
    let grace: Disposable | null = null;
    const end = (): void => {
      limit.dispose();
      grace?.dispose();
      open.clear();
      resolve();
    };
    const limit = clock.setTimeout(end, Math.max(...waits.map(({ leftMs }) => leftMs)));
    for (const wait of waits)
      void wait.run.then(() => {
        if (!open.delete(wait)) return;
        if (open.size === 0) end();
        else if (isFresh(wait.member)) {
          grace?.dispose();
          const isFirst = [...open].some(({ member }) => member.collector.lastSuccessMs === null);
          grace = clock.setTimeout(end, isFirst ? firstGraceMs : graceMs);
        }
      });
  });
}

function appendRecords(target: FleetRecords, source: FleetRecords): void {
  for (const name of fleetListNames) {
    const list: unknown[] = target[name];
    for (const record of source[name]) list.push(record);
  }
}
