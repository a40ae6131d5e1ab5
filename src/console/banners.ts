import { plural } from '../base/format.ts';
import type { FleetError } from '../contract/model/fleetError.ts';
import type { ActionButton, Banner, PageAction } from '../contract/panels.ts';
import { toneRank } from '../contract/stateView.ts';
import { haRoutesFloor } from '../contract/version.ts';
import { type ErrorFix, type ErrorText, explainFleetError } from './errorText.ts';
import type { ClusterView, FleetModel, ModelConnection } from './fleetModel.ts';
import { fencingState } from './states.ts';
import { nameText } from './treeRows.ts';

const fixLabels: Readonly<Record<ErrorFix, string>> = {
  test: 'Test Connection',
  edit: 'Edit Connection',
  updateKey: 'Update Key',
  reviewCertificate: 'Review Certificate',
  enableHttps: 'Enable Use HTTPS',
  disableHttps: 'Turn Off Use HTTPS',
  disableVerify: 'Turn Off Verify SSL',
  openLog: 'Open Log',
};

function fixButton(fix: ErrorFix, connectionId: string): ActionButton {
  const action: PageAction =
    fix === 'openLog' ? { kind: 'openLog' } : { kind: 'connection', connectionId, verb: fix };
  return { label: fixLabels[fix], action };
}

function errorBanner(
  id: string,
  text: ErrorText,
  connectionId: string,
  error: FleetError,
  sinceMs: number | null,
): Banner {
  return {
    id,
    tone: error.code === 'timeout' || error.code === 'connectionRefused' ? 'unknown' : 'fail',
    icon: 'debug-disconnect',
    what: `${text.who}: ${text.what}`,
    why: text.why,
    next: text.next,
    buttons: text.fixes.map((fix) => fixButton(fix, connectionId)),
    sinceMs,
  };
}

/** Banners over the pages of some clusters: connections first, then each cluster, worst first. */
export function bannersFor(
  model: FleetModel,
  connections: readonly ModelConnection[],
  views: readonly ClusterView[],
): Banner[] {
  return [
    ...connections.flatMap((entry) => connectionBanners(entry)),
    ...views.flatMap((view) => clusterBanners(model, view)),
  ].sort((a, b) => toneRank[b.tone] - toneRank[a.tone]);
}

function connectionBanners(entry: ModelConnection): Banner[] {
  const banners: Banner[] = [];
  const { state, capabilities } = entry.connection;
  if (state.kind === 'waiting' || state.kind === 'halted') {
    const text = explainFleetError(state.error, { connectionName: entry.name });
    banners.push(errorBanner(`connection/${entry.id}`, text, entry.id, state.error, state.error.sinceMs));
  }
  const name = nameText(entry.name);
  if (capabilities !== null && !capabilities.ha)
    banners.push({
      id: `tooOld/${entry.id}`,
      tone: 'warn',
      icon: 'circle-slash',
      what: `${name}: ${capabilities.version === null ? 'this server' : `version ${capabilities.version}`} has no HA routes.`,
      why: 'The route /proxmox/cluster/ha/summary is missing. Guests and nodes are shown.',
      next: `HA needs ${haRoutesFloor} or later.`,
      buttons: [],
      sinceMs: null,
    });
  if (entry.security === 'notVerified' || entry.security === 'plain') {
    const plain = entry.security === 'plain';
    banners.push({
      id: `security/${entry.id}`,
      tone: 'warn',
      icon: 'unlock',
      what: plain ? `${name}: not encrypted.` : `${name}: the certificate is not verified.`,
      why: plain ? 'Key and data travel readable.' : 'Anybody in between could pose as the server.',
      next: null,
      buttons: [fixButton(plain ? 'enableHttps' : 'reviewCertificate', entry.id)],
      sinceMs: null,
    });
  }
  if (entry.kind === 'demo')
    banners.push({
      id: `demo/${entry.id}`,
      tone: 'calm',
      icon: 'beaker',
      what: 'Demo: these clusters are simulated on this machine.',
      why: null,
      next: null,
      buttons: [],
      sinceMs: null,
    });
  return banners;
}

function clusterBanners(model: FleetModel, view: ClusterView): Banner[] {
  const { cluster, connection } = view;
  const name = nameText(cluster.name);
  const banners: Banner[] = [];
  const add = (
    id: string,
    banner: Omit<Banner, 'id' | 'buttons'> & { readonly buttons?: readonly ActionButton[] },
  ): void => {
    banners.push({ buttons: [], ...banner, id: `${id}/${view.id}` });
  };
  const { error } = cluster.freshness;
  if (error !== null) {
    const text = explainFleetError(error, { connectionName: connection.name, clusterName: cluster.name });
    banners.push(
      errorBanner(`read/${view.id}`, text, connection.id, error, model.localMs(view, error.sinceMs)),
    );
  }
  if (view.freshness.icon === 'history')
    add('stale', {
      tone: 'unknown',
      icon: 'history',
      what: `${name}: stale. What you see is old; reality may differ.`,
      why: null,
      next: 'Refresh, or look at the connection.',
      sinceMs: view.freshness.sinceMs,
      buttons: [{ label: 'Refresh', action: { kind: 'refresh' } }],
    });
  if (cluster.quorum.state === 'notQuorate' || cluster.quorum.state === 'split')
    add('quorum', {
      tone: 'fail',
      icon: 'error',
      what: `${name}: ${view.quorum.label}. ${view.quorum.explanation}`,
      why:
        cluster.quorum.answeringNode === null ? null : `Told by ${nameText(cluster.quorum.answeringNode)}.`,
      next: view.quorum.nextStep,
      sinceMs: null,
    });
  const lost = model.members(view, 'nodes').filter((node) => node.online === false && view.trusted);
  for (const node of lost.slice(0, 3))
    add(`lost-${node.name}`, {
      tone: 'warn',
      icon: 'debug-disconnect',
      what: `${name}: ${nameText(node.name)} is lost.`,
      why: 'Without a sign of life its HA guests are fenced after 60 s and restart elsewhere from about 120 s on.',
      next: 'Check its power and network.',
      sinceMs: model.localMs(view, node.lostSinceMs),
    });
  const fencing = fencingState(cluster.fencing, model.members(view, 'resources').length, model.now());
  if (cluster.fencing.state === 'disarmed' || cluster.fencing.state === 'disarming')
    add('disarmed', {
      tone: fencing.tone,
      icon: fencing.icon,
      what: `${name}: HA is ${fencing.label}. ${fencing.explanation}`,
      why: null,
      next: fencing.nextStep,
      sinceMs: fencing.sinceMs === null ? null : model.localMs(view, fencing.sinceMs),
    });
  if (cluster.placementModel === 'both')
    add('migrating', {
      tone: 'held',
      icon: 'references',
      what: `${name}: HA groups are on their way to becoming rules.`,
      why: 'Proxmox moves them once every node is online, up to date and its LRM in active mode.',
      next: 'Until then edit groups, not rules.',
      sinceMs: null,
    });
  const notVerified = cluster.endpoints.filter(
    (endpoint) => endpoint.tls === 'notVerified' || endpoint.tls === 'plain',
  );
  if (notVerified.length > 0)
    add('tls', {
      tone: 'warn',
      icon: 'unlock',
      what: `${name}: ${notVerified.map((endpoint) => endpoint.url).join(', ')} is ${notVerified.some((endpoint) => endpoint.tls === 'plain') ? 'not encrypted' : 'not verified'}.`,
      why: 'Anybody in between could read the token.',
      next: null,
      sinceMs: null,
      buttons: [fixButton('reviewCertificate', connection.id)],
    });
  const dropped = Object.values(cluster.sections).reduce((sum, section) => sum + section.droppedRows, 0);
  if (dropped > 0)
    add('dropped', {
      tone: 'warn',
      icon: 'warning',
      what: `${name}: ${plural(dropped, 'row')} could not be understood and ${dropped === 1 ? 'is' : 'are'} missing below.`,
      why: null,
      next: 'Compare the versions of Proxmox and console.',
      sinceMs: null,
      buttons: [fixButton('openLog', connection.id)],
    });
  return banners;
}
