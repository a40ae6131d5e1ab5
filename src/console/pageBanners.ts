import { formatStopwatch, plural } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import type { Cluster, SectionName } from '../contract/model/cluster.ts';
import { sectionNames } from '../contract/model/cluster.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { ActionButton, Banner } from '../contract/panels.ts';
import { type Tone, toneRank } from '../contract/stateView.ts';
import { haRoutesFloor } from '../contract/version.ts';
import { clockText } from './clockText.ts';
import type { ClusterContext } from './clusterContext.ts';
import { explainFleetError } from './errorText.ts';
import { type Failover, failoversOf } from './failover.ts';
import type { ClusterEntry, FleetModel, ModelConnection } from './fleetModel.ts';
import { failureState } from './freshnessStates.ts';
import { isNodeLost, isUnseenByHa } from './nodeStates.ts';
import { nameText } from './rowWords.ts';

/** A broken connection is told after this long; refusals at once. */
const quietReconnectMs = 10_000;
const haSummaryRoute = 'GET /proxmox/cluster/ha/summary';
const refreshButton: ActionButton = { label: 'Refresh', action: { kind: 'refresh' } };

/** What stands above a page: everything that keeps its picture from being whole and current, worst first. */
export function pageBanners(model: FleetModel, clusters: readonly ClusterEntry[], nowMs: number): Banner[] {
  const connections = new Map(clusters.map(({ connection }) => [connection.id, connection]));
  const banners = [
    ...[...connections.values()].flatMap((connection) =>
      connectionBanners(connection, clusters, model, nowMs),
    ),
    ...clusters.flatMap((entry) => clusterBanners(model, entry, nowMs)),
  ];
  return orderBanners(banners);
}

/** Worst tone first; lasting notes at the end. */
export function orderBanners(banners: readonly Banner[]): Banner[] {
  return [...banners].sort((a, b) => toneRank[b.tone] - toneRank[a.tone]);
}

/** Banners about the server itself, also when it has told no cluster yet. */
export function connectionBanners(
  connection: ModelConnection,
  clusters: readonly ClusterEntry[],
  model: FleetModel,
  nowMs: number,
): Banner[] {
  const { state, capabilities } = connection.connection;
  const banners: Banner[] = [];
  const id = `connection:${connection.id}`;
  if (state.kind === 'waiting' || state.kind === 'halted') {
    const retryAtMs = state.kind === 'waiting' ? state.retryAtMs : null;
    const { tone, icon } = failureState(state.error, retryAtMs, nowMs);
    const brief = state.error.sinceMs !== null && nowMs - state.error.sinceMs < quietReconnectMs;
    if (tone !== 'unknown' || !brief) {
      const readTimes = clusters.flatMap(
        ({ id: clusterId }) => model.context(clusterId, nowMs)?.readAtMs ?? [],
      );
      banners.push(
        errorBanner(`${id}/${state.error.code}`, state.error, tone, icon, {
          connection,
          clusterName: undefined,
          retryAtMs,
          nowMs,
          dataFromMs: readTimes.length === 0 ? null : Math.min(...readTimes),
        }),
      );
    }
  }
  if (
    capabilities !== null &&
    !capabilities.ha &&
    !banners.some(({ id: known }) => known.endsWith('/notOffered'))
  ) {
    const version =
      capabilities.version === null ? 'this server' : `version ${plainText(capabilities.version, 40)}`;
    banners.push({
      id: `${id}/tooOld`,
      tone: 'warn',
      icon: 'circle-slash',
      what: `${nameText(connection.name)}: ${version} has no HA routes.`,
      why: `${haSummaryRoute} is missing. Guests and nodes are shown, HA needs ${haRoutesFloor} or later.`,
      next: `Update the server to ${haRoutesFloor} or later.`,
      buttons: [],
      sinceMs: null,
    });
  }
  if (connection.tls === 'notVerified') {
    banners.push({
      id: `${id}/notVerified`,
      tone: 'warn',
      icon: 'unlock',
      what: `${nameText(connection.name)}: the certificate is not verified.`,
      why: 'Anybody in between could pose as the server and read the key.',
      next: 'Pin its certificate or turn on Verify SSL.',
      buttons: [connectionButton('Review Certificate', connection, 'reviewCertificate')],
      sinceMs: null,
    });
  }
  if (connection.tls === 'plain') {
    banners.push({
      id: `${id}/plain`,
      tone: 'warn',
      icon: 'unlock',
      what: `${nameText(connection.name)}: the connection is not encrypted.`,
      why: 'Key and data travel readable.',
      next: 'Use HTTPS where the server offers it.',
      buttons: [connectionButton('Enable Use HTTPS', connection, 'enableHttps')],
      sinceMs: null,
    });
  }
  if (connection.kind === 'demo') {
    banners.push({
      id: `${id}/demo`,
      tone: 'calm',
      icon: 'beaker',
      what: 'Demo data: these clusters are simulated on this machine.',
      why: null,
      next: null,
      buttons: [],
      sinceMs: null,
    });
  }
  return banners;
}

function clusterBanners(model: FleetModel, entry: ClusterEntry, nowMs: number): Banner[] {
  const context = model.context(entry.id, nowMs);
  if (context === undefined) return [];
  return [
    ...quorumBanners(entry, context),
    ...staleBanners(entry, context, nowMs),
    ...failoverBanners(model, entry, nowMs),
    ...stackBanners(entry, context),
    ...migrationBanners(model, entry, context),
    ...transportBanners(entry),
    ...sectionBanners(entry),
    ...duplicateBanners(entry),
  ];
}

function quorumBanners(entry: ClusterEntry, context: ClusterContext): Banner[] {
  const isOld = context.lastKnown === 'stale' || context.lastKnown === 'neverRead';
  if (isOld && !context.badQuorumIsCurrent) return [];
  const { state, views } = entry.record.quorum;
  const name = nameText(entry.record.name);
  const { quorum } = context;
  if (state === 'notQuorate') {
    return [
      banner(entry, 'noQuorum', 'fail', 'error', `${name}: ${quorum.label}.`, {
        why: `${quorum.explanation} Actions are off.`,
        next: quorum.nextStep,
        buttons: [refreshButton],
      }),
    ];
  }
  if (state === 'split') {
    const told = views
      .map(({ node, endpoint, quorate }) => `${nameText(node ?? endpoint)}: ${viewWord(quorate)}`)
      .join(', ');
    return [
      banner(entry, 'split', 'fail', 'error', `${name}: split view.`, {
        why: `${quorum.explanation}${told === '' ? '' : ` ${told}.`}`,
        next: quorum.nextStep,
        buttons: [refreshButton],
      }),
    ];
  }
  if (state === 'unknown') {
    return [
      banner(entry, 'quorumUnknown', 'unknown', 'question', `${name}: quorum unknown.`, {
        why: quorum.explanation,
        next: quorum.nextStep,
        buttons: [connectionButton('Test Connection', entry.connection, 'test')],
      }),
    ];
  }
  return [];
}

function viewWord(quorate: boolean | null): string {
  return quorate === null ? 'not told' : quorate ? 'quorate' : 'no quorum';
}

function staleBanners(entry: ClusterEntry, context: ClusterContext, nowMs: number): Banner[] {
  const { lastKnown, readAtMs } = context;
  const { error, consecutiveFailures } = entry.record.freshness;
  const { state } = entry.connection.connection;
  const name = nameText(entry.record.name);
  // A server that is away is told once, by the connection's own banner.
  if (state.kind === 'halted' || (state.kind === 'waiting' && error === null)) return [];
  if (error !== null && (lastKnown === 'stale' || lastKnown === 'neverRead' || consecutiveFailures > 0)) {
    const { tone, icon } = failureState(error, null, nowMs);
    return [
      errorBanner(`${entry.id}/${error.code}`, error, tone, icon, {
        connection: entry.connection,
        clusterName: entry.record.name,
        retryAtMs: null,
        nowMs,
        dataFromMs: readAtMs,
      }),
    ];
  }
  if (lastKnown !== 'stale' || readAtMs === null) return [];
  return [
    banner(entry, 'stale', 'unknown', 'history', `${name}: the data is old.`, {
      why: 'What you see may differ from reality.',
      next: `Showing data from ${clockText(readAtMs)}.`,
      buttons: [refreshButton],
      sinceMs: readAtMs,
    }),
  ];
}

function failoverBanners(model: FleetModel, entry: ClusterEntry, nowMs: number): Banner[] {
  return failoversOf(model, entry).map((failover) => {
    const { node, sinceMs, resources, recovery } = failover;
    const isDue = recovery.atMs <= nowMs;
    const guests = plural(resources, 'HA resource');
    return banner(
      entry,
      `lost/${node}`,
      'fail',
      'debug-disconnect',
      `${nameText(entry.record.name)}: ${nameText(node)} is lost.`,
      {
        why: isDue
          ? `${guests} still placed on it; recovery should have begun.`
          : `${fenceWords(failover, nowMs)}; ${guests} on it ${resources === 1 ? 'restarts' : 'restart'} elsewhere ${failover.isMomentKnown ? 'from' : 'at the latest from'} about ${formatStopwatch(recovery.atMs - sinceMs)}.`,
        next: isDue ? 'Look at the rows that wait for recovery.' : 'Check power and network of the node.',
        buttons: [{ label: 'Reveal Node', action: { kind: 'reveal', id: model.nodeId(entry.id, node) } }],
        sinceMs,
      },
    );
  });
}

function fenceWords({ fence, isMomentKnown }: Failover, nowMs: number): string {
  if (fence === null) return 'HA is fencing it';
  if (fence.atMs <= nowMs) return 'Its fencing is due';
  return isMomentKnown ? 'It resets itself by 1:00 after the loss' : 'It resets itself within a minute';
}

function stackBanners(entry: ClusterEntry, context: ClusterContext): Banner[] {
  const { state } = entry.record.fencing;
  const { fencing } = context;
  if (context.lastKnown !== null || (state !== 'disarmed' && state !== 'disarming')) return [];
  return [
    banner(
      entry,
      state,
      fencing.tone,
      fencing.icon,
      `${nameText(entry.record.name)}: HA is ${fencing.label}.`,
      {
        why: fencing.explanation,
        next: fencing.nextStep,
        buttons: [],
        sinceMs: fencing.sinceMs,
      },
    ),
  ];
}

function migrationBanners(model: FleetModel, entry: ClusterEntry, context: ClusterContext): Banner[] {
  if (entry.record.placementModel !== 'both') return [];
  const blockers = [...model.index(entry.id).ids.node].flatMap((id) => {
    const node = model.node(id);
    if (node === undefined) return [];
    const name = nameText(node.name);
    if (isNodeLost(node) === true) return [`${name} is not online`];
    if (isUnseenByHa(node)) return [`the HA manager has not seen ${name} yet`];
    const lrm = node.lrm?.state ?? null;
    if (node.haState === 'maintenance' || lrm === 'maintenance') return [`${name} is in maintenance`];
    return lrm === null || lrm === 'active' || lrm === 'idle' || lrm === 'waitingForLock'
      ? []
      : [`the LRM of ${name} is not in active mode`];
  });
  const waits =
    blockers.length > 0
      ? `It waits because ${blockers.slice(0, 4).join(', ')}.`
      : context.lastKnown === 'noQuorum'
        ? 'It waits for quorum.'
        : 'It waits until every node runs Proxmox VE 9, is online, and its LRM is in active mode.';
  return [
    banner(
      entry,
      'movingToRules',
      'warn',
      'references',
      `${nameText(entry.record.name)}: groups are moving to rules.`,
      {
        why: `${waits} Until then the same limits are listed twice and rules cannot be changed.`,
        next: 'Bring every node online and out of maintenance, on Proxmox VE 9.',
        buttons: [],
      },
    ),
  ];
}

function transportBanners(entry: ClusterEntry): Banner[] {
  return entry.record.endpoints.flatMap((endpoint) => {
    const who = `${nameText(entry.record.name)}/${nameText(endpoint.node ?? endpoint.url.replace(/^https?:\/\//, ''))}`;
    const banners: Banner[] = [];
    const { error } = endpoint;
    const standsForCluster = entry.record.freshness.error?.code === error?.code;
    if (
      error !== null &&
      !standsForCluster &&
      (error.code === 'tlsFingerprintMismatch' || error.code === 'tlsUntrusted')
    ) {
      const text = explainFleetError(error, {
        connectionName: entry.connection.name,
        clusterName: entry.record.name,
        connectionId: entry.connection.id,
      });
      banners.push(
        banner(
          entry,
          `endpoint/${endpoint.endpointId}/${error.code}`,
          'fail',
          'shield',
          `${who}: ${text.what}`,
          {
            why: text.why,
            next: text.next,
            buttons: text.buttons,
          },
        ),
      );
    }
    if (endpoint.tls === 'notVerified') {
      banners.push(
        banner(
          entry,
          `endpoint/${endpoint.endpointId}/notVerified`,
          'warn',
          'unlock',
          `${who}: the certificate is not verified.`,
          {
            why: 'Anybody in between could pose as this node and read the token.',
            next: 'Pin its certificate or turn on Verify SSL.',
            buttons: [connectionButton('Review Certificate', entry.connection, 'reviewCertificate')],
          },
        ),
      );
    }
    return banners;
  });
}

const sectionWords: Readonly<Record<SectionName, string>> = {
  status: 'cluster status',
  resources: 'guests and load',
  haStatus: 'HA status',
  haResources: 'HA resources',
  haGroups: 'HA groups',
  haRules: 'HA rules',
  configNodes: 'votes',
  qdevice: 'the quorum device',
  managerStatus: 'the HA manager',
};

/** Parts that fail while the rest is read, joined by their cause; and rows that were left out. */
function sectionBanners(entry: ClusterEntry): Banner[] {
  const { sections, freshness } = entry.record;
  const name = nameText(entry.record.name);
  const byCode = new Map<string, { readonly error: FleetError; readonly parts: string[] }>();
  for (const section of sectionNames) {
    const { state, error } = sections[section];
    if (state !== 'failed' || error === null || error.code === freshness.error?.code) continue;
    const known = byCode.get(error.code);
    if (known === undefined) byCode.set(error.code, { error, parts: [sectionWords[section]] });
    else known.parts.push(sectionWords[section]);
  }
  const banners = [...byCode].map(([code, { error, parts }]) => {
    const text = explainFleetError(error, {
      connectionName: entry.connection.name,
      clusterName: entry.record.name,
      connectionId: entry.connection.id,
    });
    return banner(entry, `section/${code}`, 'warn', 'warning', `${name}: ${text.what}`, {
      why: `Missing: ${parts.join(', ')}; the rest is current.${text.why === null ? '' : ` ${text.why}`}`,
      next: text.next,
      buttons: text.buttons,
    });
  });
  const dropped = droppedRows(entry.record);
  if (dropped > 0) {
    banners.push(
      banner(
        entry,
        'droppedRows',
        'warn',
        'warning',
        `${name}: ${plural(dropped, 'row')} could not be understood.`,
        {
          why: 'They are left out, so lists may be incomplete.',
          next: 'Open the log; an update may know them.',
          buttons: [{ label: 'Open Log', action: { kind: 'openLog' } }],
        },
      ),
    );
  }
  return banners;
}

export function droppedRows(cluster: Cluster): number {
  return sectionNames.reduce((sum, section) => sum + cluster.sections[section].droppedRows, 0);
}

function duplicateBanners(entry: ClusterEntry): Banner[] {
  const { duplicateOf, name } = entry.record;
  if (duplicateOf === null) return [];
  return [
    banner(
      entry,
      'duplicate',
      'warn',
      'warning',
      `${nameText(name)}: this is the same cluster as ${nameText(duplicateOf)}.`,
      {
        why: 'It is configured twice, so its objects are listed and counted twice.',
        next: 'Put all its addresses into one entry and remove the other.',
        buttons: [connectionButton('Edit Connection', entry.connection, 'edit')],
      },
    ),
  ];
}

interface ErrorBannerFacts {
  readonly connection: ModelConnection;
  readonly clusterName: string | undefined;
  readonly retryAtMs: number | null;
  readonly nowMs: number;
  readonly dataFromMs: number | null;
}

/** An error in the console's template, as a banner. */
export function errorBanner(
  id: string,
  error: FleetError,
  tone: Tone,
  icon: string,
  facts: ErrorBannerFacts,
): Banner {
  const text = explainFleetError(error, {
    connectionName: facts.connection.name,
    clusterName: facts.clusterName,
    connectionId: facts.connection.id,
    serverVersion: facts.connection.connection.capabilities?.version,
    retryAtMs: facts.retryAtMs,
    nowMs: facts.nowMs,
    dataFromMs: facts.dataFromMs,
    route: error.code === 'notOffered' ? haSummaryRoute : undefined,
  });
  return {
    id,
    tone,
    icon,
    what: `${text.who}: ${text.what}`,
    why: text.why,
    next: text.next,
    buttons: text.buttons,
    sinceMs: tone === 'unknown' ? facts.dataFromMs : null,
  };
}

function banner(
  entry: ClusterEntry,
  id: string,
  tone: Tone,
  icon: string,
  what: string,
  rest: Pick<Banner, 'why' | 'next' | 'buttons'> & { readonly sinceMs?: number | null },
): Banner {
  return { id: `${entry.id}/${id}`, tone, icon, what, sinceMs: null, ...rest };
}

function connectionButton(
  label: string,
  connection: ModelConnection,
  verb: 'test' | 'edit' | 'reviewCertificate' | 'enableHttps',
): ActionButton {
  return { label, action: { kind: 'connection', connectionId: connection.id, verb } };
}
