import { formatAge, formatStopwatch } from '../base/format.ts';
import type { ConnectionState } from '../client/connection.ts';
import type { Cluster, ClusterEndpoint, Section } from '../contract/model/cluster.ts';
import type { FleetError, FleetErrorCode } from '../contract/model/fleetError.ts';
import type { StateView, Tone } from '../contract/stateView.ts';
import { clockText } from './clockText.ts';
import { notToldState, stateView } from './states.ts';

/** What freshness needs to know of the connection a cluster came over. */
export interface ConnectionView {
  readonly state: ConnectionState;
  /** Add to a server time to get the console's. */
  readonly clockOffsetMs: number;
}

/** How old a cluster's data is in the sense of the thresholds: live, one read late, too old to judge, or none. */
export type DataAge = 'live' | 'late' | 'stale' | 'never';

const liveLimitMs = 15_000;
const lateLimitMs = 60_000;

/**
 * Live up to 15 s or two reading intervals, late up to 60 s or four; older, after two failed reads in a row, or once the
 * cluster refuses to be read, the data cannot be judged any more.
 */
export function dataAge(cluster: Cluster, connection: ConnectionView, nowMs: number): DataAge {
  const readAtMs = lastReadMs(cluster, connection);
  if (readAtMs === null) return 'never';
  if (clusterRefusal(cluster) !== null) return 'stale';
  if (cluster.freshness.consecutiveFailures >= 2) return 'stale';
  return ageOf(readAtMs, cluster, connection, nowMs);
}

/** How old what was read at a moment (console clock) is by time alone. */
export function ageOf(
  readAtMs: number,
  cluster: Cluster,
  connection: ConnectionView,
  nowMs: number,
): Exclude<DataAge, 'never'> {
  const ageMs = nowMs - readAtMs;
  const intervalMs = readingIntervalMs(cluster, connection.state);
  if (ageMs > Math.max(lateLimitMs, 4 * intervalMs)) return 'stale';
  return ageMs > Math.max(liveLimitMs, 2 * intervalMs) ? 'late' : 'live';
}

/** When the cluster was last read, on the console's clock. */
export function lastReadMs(cluster: Cluster, connection: ConnectionView): number | null {
  const { lastSuccessMs } = cluster.freshness;
  return lastSuccessMs === null ? null : lastSuccessMs + connection.clockOffsetMs;
}

function readingIntervalMs(cluster: Cluster, state: ConnectionState): number {
  const polling = state.kind === 'live' && state.via === 'polling' ? state.intervalMs : 0;
  return Math.max(cluster.freshness.intervalMs ?? 0, polling);
}

/** How current a cluster's data is, or what keeps it from being current. */
export function freshnessState(cluster: Cluster, connection: ConnectionView, nowMs: number): StateView {
  const { state } = connection;
  if ((state.kind === 'waiting' || state.kind === 'halted') && isRefusal(state.error.code))
    return connectionStateView(state, nowMs);
  const refusal = clusterRefusal(cluster);
  if (refusal !== null) return failureState(refusal, null, nowMs);
  const readAtMs = lastReadMs(cluster, connection);
  const age = dataAge(cluster, connection, nowMs);
  if (readAtMs === null) return neverReadState(cluster, state);
  if (age === 'stale') {
    if (state.kind === 'waiting' || state.kind === 'halted') {
      return stateView(
        `no answer since ${clockText(readAtMs)}`,
        'unknown',
        'debug-disconnect',
        'The server, or the cluster behind it, does not answer.',
        'Test Connection',
      );
    }
    if (state.kind === 'idle') return pausedState();
    return stateView(
      'stale',
      'unknown',
      'history',
      'What you see is old; reality may differ.',
      'Refresh; read the reason in the banner.',
      readAtMs,
    );
  }
  if (state.kind === 'idle') return pausedState();
  if (age === 'late') {
    return stateView(
      `${formatAge(nowMs - readAtMs)} old`,
      'calm',
      'clock',
      'One expected read is late.',
      null,
    );
  }
  return state.kind === 'live' && state.via === 'polling'
    ? pollingState(state.intervalMs)
    : stateView('live', 'calm', 'circle-filled', 'Current.', null, readAtMs);
}

function neverReadState(cluster: Cluster, state: ConnectionState): StateView {
  if (cluster.freshness.error !== null || cluster.freshness.consecutiveFailures > 0) {
    return stateView(
      'no answer yet',
      'unknown',
      'debug-disconnect',
      'The server, or the cluster behind it, does not answer.',
      'Test Connection',
    );
  }
  return state.kind === 'connecting' || state.kind === 'live'
    ? stateView('reading', 'busy', 'sync', 'Being read for the first time.')
    : stateView(
        'never read',
        'unknown',
        'circle-large-outline',
        'Nothing has been read here yet.',
        'Test Connection',
      );
}

function pausedState(): StateView {
  return stateView('paused', 'off', 'debug-pause', 'No view needs data, so none is read.');
}

function pollingState(intervalMs: number): StateView {
  return stateView(`every ${formatAge(intervalMs)}`, 'calm', 'watch', 'No live stream here.');
}

/**
 * Why Proxmox itself refuses the last reading of a cluster (an expired token, another certificate), or `null`. It goes on
 * until somebody changes something, so it is told at once.
 */
export function clusterRefusal(cluster: Cluster): FleetError | null {
  const { error, consecutiveFailures } = cluster.freshness;
  return error !== null && consecutiveFailures > 0 && isRefusal(error.code) ? error : null;
}

/** Refusals are told at once, however fresh the data still is. */
function isRefusal(code: FleetErrorCode): boolean {
  return (
    code === 'unauthorized' ||
    code === 'forbidden' ||
    code === 'lockedOut' ||
    code === 'rateLimited' ||
    code === 'tlsUntrusted' ||
    code === 'tlsFingerprintMismatch' ||
    code === 'secretUnavailable'
  );
}

/** How the console stands with a server. Countdowns are written into the label as of `nowMs`. */
export function connectionStateView(state: ConnectionState, nowMs: number): StateView {
  switch (state.kind) {
    case 'idle':
      return pausedState();
    case 'connecting':
      return stateView('connecting', 'busy', 'sync', 'The server is being asked.');
    case 'live':
      return state.via === 'stream'
        ? stateView('live', 'calm', 'circle-filled', 'Current.')
        : pollingState(state.intervalMs);
    case 'waiting':
    case 'halted':
      return failureState(state.error, state.kind === 'waiting' ? state.retryAtMs : null, nowMs);
  }
}

interface FailureWords {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: string;
  readonly explanation: string;
  readonly nextStep: string;
}

const noAnswer: FailureWords = {
  label: 'no answer',
  tone: 'unknown',
  icon: 'debug-disconnect',
  explanation: 'The server, or the cluster behind it, does not answer.',
  nextStep: 'Test Connection',
};

const notUnderstood: FailureWords = {
  label: 'not understood',
  tone: 'unknown',
  icon: 'question',
  explanation: 'Something answers there, but not with data this console understands.',
  nextStep: 'Check the address.',
};

const failureWords: Readonly<Record<FleetErrorCode, FailureWords>> = {
  timeout: noAnswer,
  connectionRefused: noAnswer,
  connectionReset: noAnswer,
  hostNotFound: { ...noAnswer, label: 'name not found', nextStep: 'Check the host name.' },
  unreachable: noAnswer,
  tlsUntrusted: {
    label: 'certificate refused',
    tone: 'fail',
    icon: 'shield',
    explanation: 'The server did not prove who it is, so nothing was sent.',
    nextStep: 'Review Certificate',
  },
  tlsFingerprintMismatch: {
    label: 'certificate changed',
    tone: 'fail',
    icon: 'shield',
    explanation: 'The certificate is not the pinned one; the key was not sent.',
    nextStep: 'Review Certificate',
  },
  tlsToPlainPort: {
    label: 'port does not speak HTTPS',
    tone: 'warn',
    icon: 'unlock',
    explanation: 'The connection is set to HTTPS, the port answers in plain HTTP.',
    nextStep: 'Turn Off Use HTTPS',
  },
  plainToTlsPort: {
    label: 'port expects HTTPS',
    tone: 'warn',
    icon: 'lock',
    explanation: 'The connection is set to HTTP, the port expects HTTPS.',
    nextStep: 'Enable Use HTTPS',
  },
  unauthorized: {
    label: 'key refused',
    tone: 'fail',
    icon: 'key',
    explanation: 'The server rejects the key.',
    nextStep: 'Update Key',
  },
  forbidden: {
    label: 'not allowed',
    tone: 'fail',
    icon: 'key',
    explanation: 'The key is accepted but lacks a privilege.',
    nextStep: 'Grant Sys.Audit and VM.Audit, or use another key.',
  },
  rateLimited: {
    label: 'waiting',
    tone: 'warn',
    icon: 'clock',
    explanation: 'The server rejects this many requests from this address.',
    nextStep: 'Slow down the interval.',
  },
  lockedOut: {
    label: 'locked out',
    tone: 'warn',
    icon: 'lock',
    explanation: 'The server rejects this address for a while, also with the right key.',
    nextStep: 'Wait.',
  },
  notOffered: {
    label: 'too old',
    tone: 'warn',
    icon: 'circle-slash',
    explanation: 'The server lacks a route this console needs.',
    nextStep: 'Update the server.',
  },
  nodeUnreachable: {
    ...noAnswer,
    label: 'node not reachable',
    explanation: 'The answering node cannot reach the node it should ask.',
    nextStep: 'Check that node.',
  },
  httpError: { ...noAnswer, label: 'server error', explanation: 'The server answers with an error.' },
  redirected: notUnderstood,
  htmlInsteadOfJson: notUnderstood,
  invalidJson: notUnderstood,
  unexpectedShape: notUnderstood,
  bodyTooLarge: notUnderstood,
  secretUnavailable: {
    label: 'key not readable',
    tone: 'fail',
    icon: 'key',
    explanation: 'The stored key could not be read, so nothing was sent.',
    nextStep: 'Update Key',
  },
  cancelled: { ...noAnswer, label: 'stopped', explanation: 'The request was stopped.', nextStep: 'Refresh' },
  internal: {
    ...noAnswer,
    label: 'failed',
    icon: 'question',
    explanation: 'Something went wrong here.',
    nextStep: 'Open Log',
  },
  unknown: {
    ...noAnswer,
    label: 'failed',
    icon: 'question',
    explanation: 'Something went wrong.',
    nextStep: 'Open Log',
  },
};

/** A failure as a short state; the whole sentence with its remedy is in `errorText.ts`. */
export function failureState(error: FleetError, retryAtMs: number | null, nowMs: number): StateView {
  const words = failureWords[error.code];
  const untilMs =
    (error.code === 'lockedOut' || error.code === 'rateLimited') && retryAtMs !== null ? retryAtMs : null;
  const label = untilMs === null ? words.label : `${words.label} ${formatStopwatch(untilMs - nowMs)}`;
  return stateView(label, words.tone, words.icon, words.explanation, words.nextStep);
}

/** How the transport to a server or node is secured. */
export function tlsState(tls: ClusterEndpoint['tls'] | null): StateView {
  switch (tls) {
    case 'verified':
      return stateView('verified', 'calm', 'shield', 'The server proved who it is.');
    case 'pinned':
      return stateView(
        'pinned',
        'calm',
        'shield',
        'The server proved who it is: its certificate is the pinned one.',
      );
    case 'customCa':
      return stateView(
        'verified by own CA',
        'calm',
        'shield',
        'The server proved who it is to the given authority.',
      );
    case 'notVerified':
      return stateView(
        'not verified',
        'warn',
        'unlock',
        'Anybody in between could pose as it.',
        'Review Certificate',
      );
    case 'plain':
      return stateView(
        'not encrypted',
        'warn',
        'unlock',
        'Key and data travel readable.',
        'Enable Use HTTPS',
      );
    case 'unknown':
    case null:
      return notToldState('How the transport is secured is not told.');
  }
}

/** A part of a cluster's picture. "Not offered" is not "none". */
export function sectionStateView(section: Section, offeredBy: string): StateView {
  switch (section.state) {
    case 'read':
      return stateView('read', 'calm', 'pass', 'Was read.');
    case 'notOffered':
      return stateView(
        'not offered',
        'off',
        'circle-slash',
        `This server or Proxmox version does not provide it; that is not "none". ${offeredBy}`,
      );
    case 'movedToRules':
      return stateView('moved to rules', 'off', 'references', 'Groups were moved to rules on this cluster.');
    case 'failed':
      return stateView(
        'not readable',
        'unknown',
        'debug-disconnect',
        'The last read of this part failed.',
        'Refresh',
      );
    case 'never':
      return stateView('not read yet', 'off', 'circle-large-outline', 'Nothing has been read here yet.');
    case 'unknown':
      return notToldState();
  }
}
