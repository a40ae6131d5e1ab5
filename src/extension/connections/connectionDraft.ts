import type { ConnectionSetting, ProxmoxEndpointSetting } from '../settings/connectionSettings.ts';
import type { ConnectionSecret } from '../storage/connectionSecrets.ts';

/** What the operator has answered so far. Nothing of it is saved before the last step. */
export interface ConnectionDraft {
  kind: ConnectionSetting['kind'];
  name: string;
  host: string;
  port: number;
  useHttps: boolean;
  /** TLS choices of an aggregator. */
  verifySsl: boolean;
  fingerprint: string | undefined;
  caFile: string | undefined;
  /** Name of the cluster in ids and routes, for Proxmox nodes. */
  clusterName: string;
  /** Proxmox nodes of one cluster. Each has its own certificate, so each has its own TLS choices. */
  nodes: DraftNode[];
  tokenId: string;
  /** Key, or the secret part of the token. */
  secret: string;
}

export type DraftNode = Readonly<ProxmoxEndpointSetting>;

/** A node that was only named so far is verified. */
export function draftNode(host: string, port: number): DraftNode {
  return { host, port, verifySsl: true };
}

/** Whether certificates are checked; `null` where the nodes differ. */
export function verifiesSsl(draft: ConnectionDraft): boolean | null {
  if (draft.kind !== 'proxmox') return draft.verifySsl;
  const choices = new Set(draft.nodes.map(({ verifySsl }) => verifySsl));
  return choices.size > 1 ? null : ([...choices][0] ?? true);
}

/** Changes TLS choices of the aggregator, or of those nodes that are meant (all of them without `isMeant`). */
export function chooseTls(
  draft: ConnectionDraft,
  choice: Partial<Pick<DraftNode, 'verifySsl' | 'fingerprint' | 'caFile'>>,
  isMeant: (node: DraftNode) => boolean = () => true,
): void {
  if (draft.kind === 'aggregator') Object.assign(draft, choice);
  draft.nodes = draft.nodes.map((node) => (isMeant(node) ? { ...node, ...choice } : node));
}

export function emptyDraft(): ConnectionDraft {
  return {
    kind: 'demo',
    name: '',
    host: '',
    port: 8800,
    useHttps: false,
    verifySsl: true,
    fingerprint: undefined,
    caFile: undefined,
    clusterName: '',
    nodes: [],
    tokenId: '',
    secret: '',
  };
}

/** The setting that a finished draft stands for. */
export function draftToSetting(draft: ConnectionDraft, id: string): ConnectionSetting {
  const common = { id, name: draft.name, enabled: true };
  switch (draft.kind) {
    case 'demo':
      return { ...common, kind: 'demo' };
    case 'aggregator':
      return {
        ...common,
        kind: 'aggregator',
        host: draft.host,
        port: draft.port,
        useHttps: draft.useHttps,
        verifySsl: draft.verifySsl,
        ...(draft.caFile === undefined ? {} : { caFile: draft.caFile }),
        // A pin means nothing without HTTPS, and must not look as if it did.
        ...(draft.fingerprint === undefined || !draft.useHttps ? {} : { fingerprint: draft.fingerprint }),
      };
    case 'proxmox':
      return {
        ...common,
        kind: 'proxmox',
        clusters: [{ name: draft.clusterName, endpoints: draft.nodes.map((node) => ({ ...node })) }],
      };
  }
}

/** The secret of a finished draft; `null` for the demo, which has none. */
export function draftToSecret(draft: ConnectionDraft): ConnectionSecret | null {
  switch (draft.kind) {
    case 'demo':
      return null;
    case 'aggregator':
      return { kind: 'aggregator', apiKey: draft.secret };
    case 'proxmox':
      return { kind: 'proxmox', tokens: { [draft.clusterName]: `${draft.tokenId}=${draft.secret}` } };
  }
}

/** A draft to edit an existing connection; its secret is not in it and stays as stored unless a new one is given. */
export function settingToDraft(setting: ConnectionSetting): ConnectionDraft {
  const draft: ConnectionDraft = { ...emptyDraft(), kind: setting.kind, name: setting.name };
  if (setting.kind === 'aggregator') {
    draft.host = setting.host;
    draft.port = setting.port;
    draft.useHttps = setting.useHttps;
    draft.verifySsl = setting.verifySsl;
    draft.fingerprint = setting.fingerprint;
    draft.caFile = setting.caFile;
  }
  if (setting.kind === 'proxmox') {
    const cluster = setting.clusters[0];
    draft.clusterName = cluster?.name ?? '';
    draft.nodes = cluster?.endpoints.map((endpoint) => ({ ...endpoint })) ?? [];
  }
  return draft;
}

/** Address typed by a person, taken apart: scheme, host, port. `null` with a reason when it is not one. */
export type TypedAddress =
  | { readonly host: string; readonly port: number | null; readonly https: boolean | null }
  | { readonly fault: string };

/** Takes apart `host`, `host:port`, `[v6]:port` and pasted URLs. */
export function parseTypedAddress(text: string): TypedAddress {
  const typed = text.trim();
  if (typed === '') return { fault: 'Give a host name or an address.' };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed)?.[1]?.toLowerCase() ?? null;
  if (scheme !== null && scheme !== 'http' && scheme !== 'https')
    return { fault: `${scheme}:// is not spoken here. Use http:// or https://.` };
  let url: URL;
  try {
    url = new URL(scheme === null ? `http://${bracketed(typed)}` : typed);
  } catch {
    return {
      fault: 'This is not an address. Examples: pve1.example.net, 192.0.2.11:8006, [2001:db8::1]:8006.',
    };
  }
  if (url.username !== '' || url.password !== '')
    return {
      fault: 'Leave the user and password out; they are asked for later and kept in the secret storage.',
    };
  const explicitPort = /:(\d+)$/.exec(scheme === null ? bracketed(typed) : url.host)?.[1];
  const port =
    url.port === '' ? (explicitPort === undefined ? null : Number(explicitPort)) : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: port ?? (scheme === 'https' ? 443 : scheme === 'http' ? 80 : null),
    https: scheme === null ? null : scheme === 'https',
  };
}

/** An IPv6 address needs brackets inside a URL. */
function bracketed(typed: string): string {
  return typed.split(':').length > 2 && !typed.startsWith('[') ? `[${typed}]` : typed;
}

/** Fault of a token id, or `null`. */
export function tokenIdFault(text: string): string | null {
  return /^[^\s@!=]+@[^\s@!=]+![^\s@!=]+$/.test(text) ? null : 'A token id looks like ops@pve!console.';
}
