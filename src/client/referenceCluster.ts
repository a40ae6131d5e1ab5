import type {
  Cluster,
  HaFencing,
  HaMaster,
  Quorum,
  Section,
  SectionName,
} from '../contract/model/cluster.ts';
import { sectionNames } from '../contract/model/sectionNames.ts';
import type { HaStatusItem } from '../contract/wire/ha.ts';
import { parseHaStatusText } from '../contract/wire/haStatusText.ts';
import { ageWords } from './referenceNodes.ts';
import { type ReferenceParts, rowsIn, toSection } from './referenceParts.ts';

/**
 * The record of a cluster. Votes and the quorum device stay untold; quorum is what the HA quorum row says.
 *
 * @param known What was told last; it stands for every part that could not be read this time.
 */
export function toCluster(
  name: string,
  parts: ReferenceParts,
  known: Cluster | undefined,
  nowMs: number,
): Cluster {
  const { status, haStatus } = parts;
  const sectionOf = (section: SectionName): Section => {
    if (section === 'configNodes' || section === 'qdevice' || section === 'managerStatus')
      return { state: 'notOffered', readAtMs: nowMs, error: null, droppedRows: 0 };
    return toSection(parts[section], known?.sections[section], nowMs);
  };
  const sections = Object.fromEntries(
    sectionNames.map((section) => [section, sectionOf(section)]),
  ) as Cluster['sections'];
  const mode = modeOf(parts, known);
  const ha = rowsIn(haStatus);
  const haIsWhole = haStatus.state === 'read' && haStatus.dropped === 0;
  const isHaFailed = haStatus.state === 'failed';
  const fencing = toFencing(
    ha.find((row) => row.type === 'fencing'),
    known?.fencing,
    nowMs,
  );
  return {
    id: `cluster:${name}`,
    key: name,
    name,
    mode,
    pveVersion: null,
    pveMajor: null,
    configVersion: status.state === 'read' ? status.value.version : (known?.configVersion ?? null),
    freshness: freshnessOf(
      haStatus.state === 'notOffered' ? sections.status : sections.haStatus,
      known,
      nowMs,
    ),
    sections,
    quorum: isAmbiguous(parts)
      ? untoldQuorum
      : isHaFailed
        ? (known?.quorum ?? untoldQuorum)
        : quorumOf(ha, mode),
    master: isHaFailed
      ? (known?.master ?? untoldMaster)
      : toMaster(
          ha.find((row) => row.type === 'master'),
          haIsWhole,
        ),
    fencing: isHaFailed
      ? (known?.fencing ?? { ...fencing, state: 'unknown' })
      : haStatus.state === 'read' && !haIsWhole && fencing.state === 'notOffered'
        ? { ...fencing, state: 'unknown' }
        : fencing,
    placementModel: 'unknown',
    endpoints: [],
    duplicateOf: null,
  };
}

/** One that was seen as a cluster is not called standalone because of one odd reply. */
function modeOf({ status }: ReferenceParts, known: Cluster | undefined): Cluster['mode'] {
  if (status.state !== 'read') return known?.mode ?? 'undefined';
  const { mode, node_list } = status.value;
  if (mode === 'cluster') return 'cluster';
  if (mode !== 'standalone' || node_list.length !== 1 || status.dropped > 0) return 'undefined';
  return known?.mode === 'cluster' ? 'undefined' : 'standalone';
}

/** Without what HA tells (or membership, on servers without HA routes) a cluster cannot be judged. */
function freshnessOf(vital: Section, known: Cluster | undefined, nowMs: number): Cluster['freshness'] {
  const before = known?.freshness;
  return vital.state === 'failed'
    ? {
        lastSuccessMs: before?.lastSuccessMs ?? null,
        lastAttemptMs: nowMs,
        consecutiveFailures: (before?.consecutiveFailures ?? 0) + 1,
        intervalMs: null,
        error: vital.error,
      }
    : { lastSuccessMs: nowMs, lastAttemptMs: nowMs, consecutiveFailures: 0, intervalMs: null, error: null };
}

/** Several clusters of one name: even what was told last may have been the other one's. */
function isAmbiguous({ status, haStatus }: ReferenceParts): boolean {
  return status === haStatus && status.state === 'failed';
}

const untoldQuorum: Quorum = {
  state: 'unknown',
  votes: null,
  expectedVotes: null,
  neededVotes: null,
  margin: null,
  approximate: true,
  device: { state: 'unknown', votes: null, algorithm: null, host: null, rawState: null },
  answeringNode: null,
  provenance: { quorate: null, expectedVotes: null, votes: null, device: null },
  views: [],
};

const untoldMaster: HaMaster = {
  node: null,
  state: 'unknown',
  scheduler: 'unknown',
  timestampS: null,
  rawStatus: null,
};

/** The flag of the quorum row; a lone node has no votes to count, but bad news wins there as well. */
function quorumOf(ha: readonly HaStatusItem[], mode: Cluster['mode']): Quorum {
  const row = ha.find(({ type }) => type === 'quorum');
  const provenance = {
    ...untoldQuorum.provenance,
    quorate: row === undefined ? null : '/cluster/ha/status/current',
  };
  const told = { ...untoldQuorum, answeringNode: row?.node ?? null, provenance };
  if (row?.quorate === false) return { ...told, state: 'notQuorate' };
  if (mode === 'standalone')
    return { ...told, state: 'standalone', provenance: { ...provenance, quorate: '/cluster/status' } };
  return row?.quorate === true ? { ...told, state: 'quorate' } : told;
}

/** Without a master row HA was never used, but only a whole list can prove that. */
function toMaster(row: HaStatusItem | undefined, isWhole: boolean): HaMaster {
  if (row === undefined) return isWhole ? { ...untoldMaster, state: 'never' } : untoldMaster;
  const text = parseHaStatusText(row.status ?? '');
  const word = text?.word ?? '';
  const method = /(static|dynamic) load CRS/.exec(text?.suffix ?? '')?.[1];
  return {
    node: row.node,
    state: word === 'active' || word === 'idle' ? word : (ageWords.get(word) ?? 'unknown'),
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
