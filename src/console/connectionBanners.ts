import { plainText } from '../base/text.ts';
import type { Banner } from '../contract/panels.ts';
import { haRoutesFloor } from '../contract/version.ts';
import { connectionButton, errorBanner, haSummaryRoute } from './bannerParts.ts';
import type { ClusterEntry, FleetModel, ModelConnection } from './fleetModel.ts';
import { failureState } from './freshnessStates.ts';
import { nameText } from './rowWords.ts';

/** A broken connection is told after this long; refusals at once. */
const quietReconnectMs = 10_000;

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
