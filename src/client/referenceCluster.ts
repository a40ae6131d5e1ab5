import type { Cluster, HaFencing, HaMaster, Section, SectionName } from '../contract/model/cluster.ts';
import { sectionNames } from '../contract/model/cluster.ts';
import type { ClusterStatus } from '../contract/wire/cluster.ts';
import type { HaStatusItem } from '../contract/wire/ha.ts';
import { parseHaStatusText } from '../contract/wire/haStatusText.ts';
import { fleetError } from './clientError.ts';
import { ageWords } from './referenceNodes.ts';

/**
 * The record of a cluster. Votes and the quorum device stay untold; quorum is what the HA quorum row says.
 *
 * @param failure Text of why it could not be read; `null` when it was.
 * @param fencing What was known of it, which tells since when it is disarmed.
 */
export function toCluster(
  name: string,
  status: ClusterStatus | undefined,
  ha: readonly HaStatusItem[],
  haOffered: boolean,
  failure: string | null,
  fencing: HaFencing | undefined,
  nowMs: number,
): Cluster {
  const read: Section = { state: 'read', readAtMs: nowMs, error: null, droppedRows: 0 };
  const notOffered: Section = { state: 'notOffered', readAtMs: nowMs, error: null, droppedRows: 0 };
  const failed: Section = {
    state: 'failed',
    readAtMs: null,
    error: fleetError('internal', failure ?? ''),
    droppedRows: 0,
  };
  const sectionOf = (section: SectionName): Section => {
    if (section === 'configNodes' || section === 'qdevice' || section === 'managerStatus') return notOffered;
    if (failure !== null) return failed;
    return section.startsWith('ha') && !haOffered ? notOffered : read;
  };
  const quorumRow = ha.find((row) => row.type === 'quorum');
  const standalone = status?.mode === 'standalone';
  return {
    id: `cluster:${name}`,
    key: name,
    name,
    mode: standalone ? 'standalone' : status?.mode === 'cluster' ? 'cluster' : 'undefined',
    pveVersion: null,
    pveMajor: null,
    configVersion: status?.version ?? null,
    freshness: {
      lastSuccessMs: failure === null ? nowMs : null,
      lastAttemptMs: nowMs,
      consecutiveFailures: failure === null ? 0 : 1,
      intervalMs: null,
      error: failure === null ? null : fleetError('internal', failure, { sinceMs: nowMs }),
    },
    sections: Object.fromEntries(
      sectionNames.map((section) => [section, sectionOf(section)]),
    ) as Cluster['sections'],
    quorum: {
      state: standalone
        ? 'standalone'
        : quorumRow?.quorate === true
          ? 'quorate'
          : quorumRow?.quorate === false
            ? 'notQuorate'
            : 'unknown',
      votes: null,
      expectedVotes: null,
      neededVotes: null,
      margin: null,
      approximate: true,
      device: { state: 'unknown', votes: null, algorithm: null, host: null, rawState: null },
      answeringNode: quorumRow?.node ?? null,
      provenance: {
        quorate: quorumRow === undefined ? null : '/cluster/ha/status/current',
        expectedVotes: null,
        votes: null,
        device: null,
      },
      views: [],
    },
    master: toMaster(
      ha.find((row) => row.type === 'master'),
      haOffered,
    ),
    fencing: toFencing(
      ha.find((row) => row.type === 'fencing'),
      fencing,
      nowMs,
    ),
    placementModel: 'unknown',
    endpoints: [],
    duplicateOf: null,
  };
}

function toMaster(row: HaStatusItem | undefined, haOffered: boolean): HaMaster {
  if (row === undefined)
    return {
      node: null,
      state: haOffered ? 'never' : 'unknown',
      scheduler: 'unknown',
      timestampS: null,
      rawStatus: null,
    };
  const text = parseHaStatusText(row.status ?? '');
  const word = text?.word ?? '';
  const method = /(static|dynamic) load CRS/.exec(text?.suffix ?? '')?.[1];
  return {
    node: row.node,
    state: word === 'active' || word === 'idle' ? word : (ageWords[word] ?? 'unknown'),
    scheduler: method === 'static' || method === 'dynamic' ? method : text === null ? 'unknown' : 'basic',
    timestampS: row.timestamp,
    rawStatus: row.status,
  };
}

/** The original drops the armed state; its row's text still begins with the word. */
function toFencing(row: HaStatusItem | undefined, known: HaFencing | undefined, nowMs: number): HaFencing {
  if (row === undefined) return { state: 'notOffered', resourceMode: null, rawStatus: null, sinceMs: null };
  const word = row.armed_state ?? /^\w+/.exec(row.status ?? '')?.[0] ?? '';
  const state =
    (['armed', 'standby', 'disarming', 'disarmed'] as const).find((known) => known === word) ?? 'unknown';
  const mode = row.resource_mode ?? /resource mode: (\w+)/.exec(row.status ?? '')?.[1] ?? null;
  return {
    state,
    resourceMode: mode === 'freeze' || mode === 'ignore' ? mode : mode === null ? null : 'unknown',
    rawStatus: row.status,
    sinceMs: state === 'disarmed' || state === 'disarming' ? (known?.sinceMs ?? nowMs) : null,
  };
}
