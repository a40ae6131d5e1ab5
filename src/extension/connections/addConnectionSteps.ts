import {
  type ConnectionDraft,
  chooseTls,
  draftNode,
  parseTypedAddress,
  type TypedAddress,
  tokenIdFault,
  verifiesSsl,
} from './connectionDraft.ts';
import { askPick, askText, type StepAnswer, type WizardStep } from './quickSteps.ts';

type Step = WizardStep<ConnectionDraft>;

/** Puts an answer into the draft and goes on, or passes Back and Esc on. */
function settle<T>(answer: StepAnswer<T>, apply: (value: T) => void): 'next' | 'back' | 'cancelled' {
  if (answer === 'back' || answer === 'cancelled') return answer;
  apply(answer.value);
  return 'next';
}

export const kindStep: Step = async (draft, position) =>
  settle(
    await askPick(position, 'What should the console read?', [
      {
        label: '$(beaker) Try the demo',
        description: 'three simulated clusters on this machine',
        value: 'demo' as const,
      },
      {
        label: '$(server) Proxmox nodes',
        description: 'read by the built-in aggregator, with an API token',
        value: 'proxmox' as const,
      },
      {
        label: '$(cloud) Aggregator server',
        description: 'a server that already reads your clusters',
        value: 'aggregator' as const,
      },
    ]),
    (kind) => {
      draft.kind = kind;
      if (kind === 'proxmox') draft.useHttps = true;
    },
  );

export const aggregatorAddressStep: Step = async (draft, position) =>
  settle(
    await askText(position, {
      prompt: 'Address of the aggregator; a pasted URL is taken apart.',
      placeholder: 'aggregator.example.net:8800',
      value: draft.host === '' ? '' : `${draft.host}:${draft.port}`,
      check: (text) => addressFault(parseTypedAddress(text)),
    }),
    (text) => {
      const address = parseTypedAddress(text);
      if ('fault' in address) return;
      draft.host = address.host;
      draft.port = address.port ?? 8800;
      if (address.https !== null) draft.useHttps = address.https;
    },
  );

export const useHttpsStep: Step = async (draft, position) =>
  settle(
    await askPick(position, `Use HTTPS for ${draft.host}:${draft.port}?`, [
      ...ordered(draft.useHttps, {
        on: { label: 'Use HTTPS', description: `https://${draft.host}:${draft.port}`, value: true },
        off: {
          label: 'Do not use HTTPS',
          description: `http://${draft.host}:${draft.port}; key and data travel readable`,
          value: false,
        },
      }),
    ]),
    (useHttps) => {
      draft.useHttps = useHttps;
    },
  );

export const verifySslStep: Step = async (draft, position) =>
  settle(
    await askPick<boolean | 'keep'>(position, 'Verify SSL?', [
      ...(verifiesSsl(draft) === null
        ? [{ label: 'Keep as it is', description: mixedText(draft), value: 'keep' as const }]
        : []),
      ...ordered(verifiesSsl(draft) ?? true, {
        on: {
          label: 'Verify SSL',
          description: 'the certificate must be trusted, or be pinned by its fingerprint',
          value: true,
        },
        off: {
          label: 'Do not verify',
          description: 'anybody on the way could read the key; stays marked "not verified"',
          value: false,
        },
      }),
    ]),
    (verifySsl) => {
      if (verifySsl !== 'keep') chooseTls(draft, { verifySsl });
    },
  );

/** "not verified: pve1; the other nodes are". */
function mixedText({ nodes }: ConnectionDraft): string {
  const without = nodes.filter(({ verifySsl }) => !verifySsl).map(({ host }) => host);
  return `not verified: ${without.join(', ')}; the other nodes are`;
}

export const nodesStep: Step = async (draft, position) =>
  settle(
    await askText(position, {
      prompt: 'Addresses of nodes of one cluster, parted by commas; the first that answers is used.',
      placeholder: 'pve1.example.net, pve2.example.net:8006',
      value: draft.nodes.map(({ host, port }) => `${host}:${port}`).join(', '),
      check: (text) => nodesFault(text),
    }),
    (text) => {
      const known = draft.nodes;
      draft.nodes = splitNodes(text).flatMap((address) => {
        if ('fault' in address) return [];
        const node = draftNode(address.host, address.port ?? 8006);
        return [known.find(({ host, port }) => host === node.host && port === node.port) ?? node];
      });
    },
  );

export const keyStep: Step = async (draft, position) =>
  settle(
    await askText(position, {
      prompt: 'Key of the aggregator (X-Proxbox-API-Key). It is kept in the secret storage.',
      password: true,
      check: (text) => (text.length === 0 ? 'A key is needed.' : null),
    }),
    (key) => {
      draft.secret = key;
    },
  );

export const tokenIdStep: Step = async (draft, position) =>
  settle(
    await askText(position, {
      prompt: 'Token id. For reading, the role PVEAuditor on / is enough.',
      placeholder: 'ops@pve!console',
      value: draft.tokenId,
      check: tokenIdFault,
    }),
    (tokenId) => {
      draft.tokenId = tokenId;
    },
  );

export const tokenSecretStep: Step = async (draft, position) =>
  settle(
    await askText(position, {
      prompt: `Secret of ${draft.tokenId}. It is kept in the secret storage.`,
      password: true,
      check: (text) =>
        text.length === 0 ? 'The secret is needed.' : /\s/.test(text) ? 'A secret has no spaces.' : null,
    }),
    (secret) => {
      draft.secret = secret;
    },
  );

function addressFault(address: TypedAddress): string | null {
  if ('fault' in address) return address.fault;
  return address.port !== null && (address.port < 1 || address.port > 65535) ? 'A port is 1 to 65535.' : null;
}

function splitNodes(text: string): TypedAddress[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseTypedAddress);
}

function nodesFault(text: string): string | null {
  const addresses = splitNodes(text);
  if (addresses.length === 0) return 'Give at least one address.';
  return addresses.map(addressFault).find((fault) => fault !== null) ?? null;
}

/** The present choice first, so that Enter keeps it. */
function ordered<T>(current: boolean, choices: { readonly on: T; readonly off: T }): T[] {
  return current ? [choices.on, choices.off] : [choices.off, choices.on];
}
