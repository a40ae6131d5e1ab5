import { plainText } from '../../base/text.ts';
import type { ConnectionSetting } from '../settings/connectionSettings.ts';
import { isEndpoint } from './endpointAddress.ts';

/**
 * A connection that no longer checks the certificate of one server: an aggregator's, or that of the node at `endpoint`
 * (`host:port`). `null` when it is not told which of several nodes is meant: the others must stay as strict as they are.
 */
export function withoutVerify(setting: ConnectionSetting, endpoint: string | null): ConnectionSetting | null {
  if (setting.kind === 'aggregator') return { ...setting, verifySsl: false };
  if (setting.kind !== 'proxmox') return null;
  const all = setting.clusters.flatMap(({ endpoints }) => endpoints);
  const meant = all.length === 1 ? all : all.filter((candidate) => isEndpoint(candidate, endpoint));
  if (meant.length === 0) return null;
  return {
    ...setting,
    clusters: setting.clusters.map((cluster) => ({
      ...cluster,
      endpoints: cluster.endpoints.map((candidate) =>
        meant.includes(candidate) ? { ...candidate, verifySsl: false } : candidate,
      ),
    })),
  };
}

/** What has to be asked or refused before a connection is read without HTTPS. */
export type PlainHttp =
  | { readonly state: 'refused'; readonly why: string }
  | {
      readonly state: 'ask';
      readonly changed: ConnectionSetting;
      readonly question: string;
      readonly detail: string;
    };

/** Leaving HTTPS gives the key to everybody on the way, so it is asked; a pinned connection was promised otherwise. */
export function withoutHttps(setting: ConnectionSetting): PlainHttp | null {
  if (setting.kind !== 'aggregator') return null;
  const name = plainText(setting.name, 60);
  if (setting.fingerprint !== undefined)
    return {
      state: 'refused',
      why: `${name} is pinned to a certificate, so it is not read without HTTPS. If the server no longer has HTTPS, edit the connection.`,
    };
  return {
    state: 'ask',
    changed: { ...setting, useHttps: false },
    question: `Read ${name} without HTTPS?`,
    detail: 'Key and data then travel readable for anybody on the way, and nothing proves who the server is.',
  };
}
