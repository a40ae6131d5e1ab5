import * as vscode from 'vscode';
import { plural } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import { explainFleetError } from '../../console/errorText.ts';
import type { Certificate, FleetError } from '../../contract/model/fleetError.ts';
import { askModal, withNotice } from '../messages.ts';
import type { ConnectionSecret, SecretReading } from '../storage/connectionSecrets.ts';
import {
  aggregatorAddressStep,
  keyStep,
  kindStep,
  nodesStep,
  tokenIdStep,
  tokenSecretStep,
  useHttpsStep,
  verifySslStep,
} from './addConnectionSteps.ts';
import {
  type ConnectionDraft,
  chooseTls,
  type DraftNode,
  draftToSecret,
  draftToSetting,
} from './connectionDraft.ts';
import { isEndpoint } from './endpointAddress.ts';
import type { OpenConnectionOptions } from './openConnection.ts';
import { type ProbeResult, probeConnection } from './probeConnection.ts';
import {
  askPick,
  askText,
  type PickItem,
  runWizard,
  type StepPosition,
  type WizardStep,
} from './quickSteps.ts';
import { confirmCertificate } from './trustCertificate.ts';

export interface WizardOptions {
  readonly open: Omit<OpenConnectionOptions, 'secrets'>;
  /** Secret to test with when the draft brings none (editing without a new key). */
  readonly storedSecret: () => Promise<SecretReading>;
  /** Told of a secret before it is tried. */
  readonly noteSecret: (secret: ConnectionSecret) => void;
}

/** What the steps know beside the draft. */
interface WizardState {
  readonly draft: ConnectionDraft;
  probe: ProbeResult | null;
}

/** Which of the steps run. */
export interface WizardScope {
  readonly title: string;
  readonly askKind: boolean;
  readonly askSecret: boolean;
}

/**
 * Asks for everything a connection needs, tries it, and lets the operator look at an untrusted certificate before
 * anything is saved. Returns false when the operator stopped.
 */
export async function runConnectionWizard(
  draft: ConnectionDraft,
  scope: WizardScope,
  options: WizardOptions,
): Promise<boolean> {
  const state: WizardState = { draft, probe: null };
  const onDraft =
    (step: WizardStep<ConnectionDraft>): WizardStep<WizardState> =>
    (current, position) =>
      step(current.draft, position);
  const probe: WizardStep<WizardState> = (current, position) => probeStep(current, position, options);
  return runWizard(scope.title, state, ({ draft: current }) => [
    ...(scope.askKind ? [onDraft(kindStep)] : []),
    ...addressSteps(current).map(onDraft),
    ...(scope.askSecret ? secretSteps(current).map(onDraft) : []),
    probe,
    onDraft(nameStep(state)),
  ]);
}

function addressSteps(draft: ConnectionDraft): WizardStep<ConnectionDraft>[] {
  switch (draft.kind) {
    case 'demo':
      return [];
    case 'aggregator':
      // Without HTTPS there is no certificate to verify, so the second choice is not asked.
      return draft.useHttps
        ? [aggregatorAddressStep, useHttpsStep, verifySslStep]
        : [aggregatorAddressStep, useHttpsStep];
    case 'proxmox':
      return [nodesStep, verifySslStep];
  }
}

function secretSteps(draft: ConnectionDraft): WizardStep<ConnectionDraft>[] {
  if (draft.kind === 'aggregator') return [keyStep];
  return draft.kind === 'proxmox' ? [tokenIdStep, tokenSecretStep] : [];
}

type ProbeChoice = 'save' | 'again' | 'back' | 'pin' | 'caFile' | 'unverified';

async function probeStep(
  state: WizardState,
  position: StepPosition,
  options: WizardOptions,
): Promise<'next' | 'back' | 'cancelled'> {
  for (;;) {
    const probe = await probeDraft(state.draft, options);
    state.probe = probe;
    if (probe.state === 'reached' && probe.clusters.every((cluster) => cluster.error === null)) {
      proposeNames(state.draft, probe);
      return 'next';
    }
    const error = firstError(probe);
    const choice = await askPick(position, outcomeText(state.draft, probe), choicesFor(error));
    if (choice === 'back' || choice === 'cancelled') return choice;
    const next = await applyChoice(choice.value, state.draft, error);
    if (next !== null) return next;
  }
}

/** Acts on what the operator chose after a failed test; `null` means "test again". */
async function applyChoice(
  choice: ProbeChoice,
  draft: ConnectionDraft,
  error: FleetError | null,
): Promise<'next' | 'back' | null> {
  switch (choice) {
    case 'save':
      return 'next';
    case 'back':
      return 'back';
    case 'again':
      return null;
    case 'pin':
      if (error?.certificate) {
        const who = draft.name || draft.host || draft.nodes[0]?.host || 'this server';
        if (await confirmCertificate(error.certificate, who, error.endpoint))
          chooseTls(draft, { fingerprint: error.certificate.fingerprint256 }, offeredBy(draft, error));
      }
      return null;
    case 'caFile': {
      const chosen = await vscode.window.showOpenDialog({
        title: 'Authorities to trust for this connection (PEM)',
        canSelectMany: false,
        filters: { Certificates: ['pem', 'crt', 'cer'] },
      });
      if (chosen?.[0] !== undefined) chooseTls(draft, { caFile: chosen[0].fsPath }, offeredBy(draft, error));
      return null;
    }
    case 'unverified': {
      const connect = 'Connect Unverified';
      const answer = await askModal(
        'Connect without checking the certificate?',
        'Anyone on the way could read the key. The status stays marked "not verified".',
        connect,
      );
      if (answer === connect) chooseTls(draft, { verifySsl: false }, offeredBy(draft, error));
      return null;
    }
  }
}

/** What is chosen about a certificate holds where it was offered: of several nodes only for the one at that address. */
function offeredBy({ nodes }: ConnectionDraft, error: FleetError | null): (node: DraftNode) => boolean {
  return (node) => nodes.length === 1 || isEndpoint(node, error?.endpoint ?? null);
}

async function probeDraft(draft: ConnectionDraft, options: WizardOptions): Promise<ProbeResult> {
  if (draft.kind === 'proxmox' && draft.clusterName === '') draft.clusterName = clusterNameFrom(draft);
  const setting = draftToSetting({ ...draft, name: draft.name || 'test' }, 'test');
  const secret = draft.secret === '' ? null : draftToSecret(draft);
  if (secret !== null) options.noteSecret(secret);
  const secrets = {
    read: (): Promise<SecretReading> =>
      secret === null ? options.storedSecret() : Promise.resolve({ state: 'found', secret }),
  };
  return withNotice(
    draft.kind === 'demo' ? 'Starting the simulated clusters…' : 'Testing the connection…',
    (_report, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return probeConnection(setting, { ...options.open, secrets }, abort.signal);
    },
    { cancellable: true },
  );
}

/** A key for the cluster until its own name is known: the first node's host name. */
function clusterNameFrom(draft: ConnectionDraft): string {
  const label = draft.nodes[0]?.host.replace(/[^A-Za-z0-9._-]/g, '-') ?? 'cluster';
  return /^[A-Za-z0-9]/.test(label) ? label.slice(0, 63) : 'cluster';
}

function firstError(probe: ProbeResult): FleetError | null {
  if (probe.state === 'failed') return probe.error;
  if (probe.state === 'timedOut') return null;
  return probe.clusters.find((cluster) => cluster.error !== null)?.error ?? null;
}

function outcomeText(draft: ConnectionDraft, probe: ProbeResult): string {
  const error = firstError(probe);
  if (error === null) return 'No answer in time. Check address and port, then try again.';
  const who = draft.name || draft.host || draft.nodes[0]?.host || 'connection';
  const { what, why, next } = explainFleetError(error, { connectionName: who });
  return [what, why, next].filter((part) => part !== null && part !== '').join(' ');
}

function choicesFor(error: FleetError | null): PickItem<ProbeChoice>[] {
  const certificate = error?.certificate ?? null;
  const items: PickItem<ProbeChoice>[] = [];
  if (certificate !== null) {
    items.push({
      label: '$(shield) Trust This Certificate…',
      detail: certificateText(certificate),
      value: 'pin',
    });
    items.push({ label: '$(file) Use a CA File…', value: 'caFile' });
  }
  items.push({ label: '$(refresh) Try Again', value: 'again' });
  items.push({ label: '$(arrow-left) Back', value: 'back' });
  items.push({
    label: '$(save) Save Anyway',
    description: 'the connection stays and says why it fails',
    value: 'save',
  });
  if (certificate !== null) items.push({ label: '$(unlock) Connect Unverified…', value: 'unverified' });
  return items;
}

/** Certificate in one line for comparison by eye. */
function certificateText(certificate: Certificate): string {
  return [
    `${plainText(certificate.subject, 60)}, issued by ${plainText(certificate.issuer, 60)}`,
    `valid ${plainText(certificate.validFrom, 30)} to ${plainText(certificate.validTo, 30)}`,
    `SHA-256 ${plainText(certificate.fingerprint256, 100)}`,
  ].join(' · ');
}

function proposeNames(draft: ConnectionDraft, probe: ProbeResult): void {
  if (probe.state !== 'reached') return;
  const found = probe.clusters[0]?.name;
  if (draft.kind === 'proxmox' && found !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(found))
    draft.clusterName = found;
  if (draft.name === '')
    draft.name =
      draft.kind === 'demo' ? 'Demo' : plainText(draft.kind === 'proxmox' ? (found ?? '') : draft.host, 60);
}

function nameStep(state: WizardState): WizardStep<ConnectionDraft> {
  return async (draft, position) => {
    const answer = await askText(position, {
      prompt: `${foundText(state.probe)}Name of this connection.`,
      value: draft.name,
      check: (text) =>
        text.length === 0 ? 'A name is needed.' : text.length > 60 ? 'At most 60 characters.' : null,
    });
    if (answer === 'back' || answer === 'cancelled') return answer;
    draft.name = answer.value;
    return 'next';
  };
}

function foundText(probe: ProbeResult | null): string {
  if (probe?.state !== 'reached' || probe.clusters.length === 0) return '';
  const clusters = probe.clusters.map(
    (cluster) => `${plainText(cluster.name, 40)} (${plural(cluster.nodeCount, 'node')})`,
  );
  return `Found ${clusters.join(', ')}. `;
}
