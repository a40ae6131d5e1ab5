import type { Certificate } from '../../../contract/model/fleetError.ts';
import { isEndpoint } from '../../connections/endpointAddress.ts';
import { type ProbeResult, probeConnection } from '../../connections/probeConnection.ts';
import { confirmCertificate } from '../../connections/trustCertificate.ts';
import { withNotice } from '../../messages.ts';
import type { Services } from '../../services.ts';
import type { ConnectionSetting } from '../../settings/connectionSettings.ts';
import { OperatorError } from '../commandRegistry.ts';
import { pickConnection } from './pickConnection.ts';

/** Shows the certificate that a server offers now and lets the operator pin it. */
export async function reviewCertificate(services: Services, argument: unknown): Promise<void> {
  const setting = await pickConnection(
    services.registry,
    argument,
    'Review the certificate of which connection?',
    (candidate) => candidate.kind === 'proxmox' || (candidate.kind === 'aggregator' && candidate.useHttps),
  );
  if (setting === undefined) return;
  const result = await withNotice(`Reading the certificate of ${setting.name}…`, () =>
    probeConnection(
      setting,
      { ...services.openOptions, secrets: services.secrets },
      new AbortController().signal,
    ),
  );
  const refused = refusedCertificate(result);
  if (refused === null)
    throw new OperatorError(`${setting.name}: the certificate is accepted as it is. Nothing to review.`);
  if (await confirmCertificate(refused.certificate, setting.name, refused.endpoint))
    await services.registry.save(pinned(setting, refused));
}

interface RefusedCertificate {
  readonly certificate: Certificate;
  readonly endpoint: string | null;
}

function refusedCertificate(result: ProbeResult): RefusedCertificate | null {
  if (result.state === 'timedOut') return null;
  const errors = result.state === 'failed' ? [result.error] : result.clusters.map((cluster) => cluster.error);
  for (const error of errors)
    if (error?.certificate) return { certificate: error.certificate, endpoint: error.endpoint };
  return null;
}

/** The setting with the certificate pinned where it was offered: a cluster's nodes each have their own. */
function pinned(setting: ConnectionSetting, refused: RefusedCertificate): ConnectionSetting {
  const fingerprint = refused.certificate.fingerprint256;
  if (setting.kind === 'aggregator') return { ...setting, fingerprint };
  if (setting.kind !== 'proxmox') return setting;
  const only = setting.clusters.length === 1 && setting.clusters[0]?.endpoints.length === 1;
  return {
    ...setting,
    clusters: setting.clusters.map((cluster) => ({
      ...cluster,
      endpoints: cluster.endpoints.map((endpoint) =>
        only || isEndpoint(endpoint, refused.endpoint) ? { ...endpoint, fingerprint } : endpoint,
      ),
    })),
  };
}
