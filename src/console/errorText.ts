import { formatAge, formatStopwatch } from '../base/format.ts';
import { redactText } from '../base/redact.ts';
import { plainText } from '../base/text.ts';
import type { Certificate, FleetError, FleetErrorCode } from '../contract/model/fleetError.ts';
import type { ActionButton, PageAction } from '../contract/panels.ts';
import { haRoutesFloor } from '../contract/version.ts';
import { clockText } from './clockText.ts';

/** Whose error it is, and what is known around it. */
export interface ErrorContext {
  readonly connectionName: string;
  /** Names the cluster instead of the connection when the failure is the cluster's own. */
  readonly clusterName?: string | undefined;
  /** Lets buttons act on the connection. */
  readonly connectionId?: string | undefined;
  readonly serverVersion?: string | null | undefined;
  /** When the shown data was read, console clock. */
  readonly dataFromMs?: number | null | undefined;
  /** When the next try is due, console clock. */
  readonly retryAtMs?: number | null | undefined;
  readonly nowMs?: number | undefined;
  /** Route that was asked for, where the caller knows it. */
  readonly route?: string | undefined;
}

/** An error in the console's one form. Each part is a whole sentence but `who`. */
export interface ErrorText {
  /** "prod-api", "lab/10.0.0.11:8006". */
  readonly who: string;
  /** What did not work. */
  readonly what: string;
  /** Why, as far as known; `null` when nothing is known. */
  readonly why: string | null;
  readonly next: string;
  readonly buttons: readonly ActionButton[];
}

type Verb = Extract<PageAction, { readonly kind: 'connection' }>['verb'];

interface Words {
  readonly what: string;
  readonly why: string | null;
  readonly next: string;
  readonly verbs: readonly (readonly [label: string, verb: Verb])[];
  /** Name the endpoint behind the connection or cluster. */
  readonly atEndpoint?: boolean;
}

/** An error with who, what, why and next, for toasts, banners and hovers. */
export function explainFleetError(error: FleetError, context: ErrorContext): ErrorText {
  const words = wordsOf(error, context);
  const owner = plainText(context.clusterName ?? context.connectionName, 60);
  const who =
    words.atEndpoint && error.endpoint !== null ? `${owner}/${plainText(error.endpoint, 80)}` : owner;
  const { connectionId } = context;
  const buttons: ActionButton[] =
    connectionId === undefined
      ? []
      : words.verbs.map(([label, verb]) => ({
          label,
          action: {
            kind: 'connection',
            connectionId,
            verb,
            ...(verb === 'disableVerify' && error.endpoint !== null ? { endpoint: error.endpoint } : {}),
          },
        }));
  if (buttons.length < 2) buttons.push({ label: 'Details', action: { kind: 'openLog' } });
  return {
    who,
    what: words.what,
    why: words.why,
    next: words.next,
    buttons: buttons.slice(0, 2),
  };
}

/** The whole error as one paragraph: "prod-api: the server rejects this key. … Enter the current key." */
export function errorSentence(error: FleetError, context: ErrorContext): string {
  const { who, what, why, next } = explainFleetError(error, context);
  return [`${who}: ${what}`, why, next].filter((part) => part !== null).join(' ');
}

function wordsOf(error: FleetError, context: ErrorContext): Words {
  const isCluster = context.clusterName !== undefined;
  return textByCode[error.code](error, context, isCluster);
}

type Wording = (error: FleetError, context: ErrorContext, isCluster: boolean) => Words;

const testVerb = ['Test Connection', 'test'] as const;
const editVerb = ['Edit', 'edit'] as const;
const keyVerb = ['Update Key', 'updateKey'] as const;
const certificateVerb = ['Review Certificate', 'reviewCertificate'] as const;

const textByCode: Readonly<Record<FleetErrorCode, Wording>> = {
  timeout: (error, context) => ({
    what: `no answer in time${at(error)}.`,
    why: others(context),
    next: lastData(context) ?? 'Check that the server runs and can be reached from here.',
    verbs: [testVerb],
  }),
  connectionRefused: (error, context) => ({
    what: `nothing listens${at(error)}.`,
    why: others(context),
    next: 'Check the port and that the service runs.',
    verbs: [testVerb, editVerb],
  }),
  connectionReset: (error, context) => ({
    what: `the connection${at(error)} was cut off.`,
    why: others(context),
    next: lastData(context) ?? 'Test the connection; a proxy or firewall may cut it.',
    verbs: [testVerb],
  }),
  hostNotFound: (error, context) => ({
    what: `the host name${error.endpoint === null ? '' : ` in ${plainText(error.endpoint, 80)}`} was not found.`,
    why: others(context),
    next: 'Check the spelling and the name server.',
    verbs: [editVerb, testVerb],
  }),
  unreachable: (error, context) => ({
    what: `no way to the server${at(error)}.`,
    why: others(context),
    next: 'Check network, VPN and firewall.',
    verbs: [testVerb],
  }),
  tlsUntrusted: (error) => ({
    what: 'the certificate is not trusted.',
    why: join(certificateWords(error.certificate), quoted(error), 'Nothing was sent.'),
    next: 'Compare the fingerprint with the server, then trust it, or turn off Verify SSL for a network you trust.',
    verbs: [certificateVerb, ['Turn Off Verify SSL', 'disableVerify']],
    atEndpoint: true,
  }),
  tlsFingerprintMismatch: (error) => ({
    what: 'the certificate is not the pinned one.',
    why: join(changedWords(error), 'The key was not sent.'),
    next: 'If nobody renewed it, treat it as an attack.',
    verbs: [certificateVerb],
    atEndpoint: true,
  }),
  tlsToPlainPort: (error) => ({
    what: `${port(error)} does not speak HTTPS, the connection is set to HTTPS.`,
    why: 'Nothing was read.',
    next: 'Turn off Use HTTPS, or correct the port.',
    verbs: [['Turn Off Use HTTPS', 'disableHttps'], editVerb],
  }),
  plainToTlsPort: (error) => ({
    what: `${port(error)} expects HTTPS, the connection is set to HTTP.`,
    why: 'Nothing was read.',
    next: 'Enable Use HTTPS, or correct the port.',
    verbs: [['Enable Use HTTPS', 'enableHttps'], editVerb],
  }),
  unauthorized: (error, _context, isCluster) =>
    isCluster
      ? {
          what: 'Proxmox rejects the token; it may be expired.',
          why: quoted(error),
          next: 'Enter a valid token.',
          verbs: [keyVerb],
        }
      : {
          what: 'the server rejects this key.',
          why: 'Reading has stopped so that your address is not locked out.',
          next: 'Enter the current key.',
          verbs: [keyVerb],
        },
  forbidden: (error, _context, isCluster) =>
    isCluster
      ? {
          what: 'the token may not read this part.',
          why: quoted(error) ?? 'A privilege is missing.',
          next: 'Give its role Sys.Audit and VM.Audit on /.',
          verbs: [testVerb],
        }
      : {
          what: 'the key may not read here.',
          why: quoted(error),
          next: 'Use a key with read access, or change its rights on the server.',
          verbs: [keyVerb],
        },
  rateLimited: (error, context) => ({
    what: 'too many requests in a minute from this address.',
    why: retryWords('Reading goes on', error, context),
    next:
      context.dataFromMs == null
        ? 'Raise the poll interval in the settings.'
        : `Data is ${formatAge((context.nowMs ?? context.dataFromMs) - context.dataFromMs)} old. Raise the poll interval in the settings.`,
    verbs: [],
  }),
  lockedOut: (error, context) => ({
    what: 'locked after too many wrong keys from this address, also for the right one.',
    why: retryWords('Free again', error, context),
    next: 'Nothing is sent until then; have the current key at hand.',
    verbs: [keyVerb],
  }),
  notOffered: (_error, context) => ({
    what: `${versionWords(context)} has no ${context.route === undefined ? 'HA routes' : `route ${context.route}`}.`,
    why: `HA needs ${haRoutesFloor} or later.`,
    next: `Update the server to ${haRoutesFloor} or later.`,
    verbs: [testVerb],
  }),
  nodeUnreachable: (error) => ({
    what: 'the answering node cannot reach another node, so its details are missing.',
    why: quoted(error) ?? 'The rest is current.',
    next: 'Check that node and the cluster network.',
    verbs: [],
  }),
  httpError: (error) => ({
    what: `the server answered with an error${error.httpStatus === null ? '' : ` (HTTP ${error.httpStatus})`}.`,
    why: quoted(error),
    next: 'Read the log; the server says more in its own.',
    verbs: [],
  }),
  redirected: (error) => ({
    what: 'the address sends us elsewhere.',
    why: join(quoted(error), 'The key was not sent on to another host.'),
    next: 'Enter the address it should be.',
    verbs: [editVerb],
  }),
  htmlInsteadOfJson: (error) => ({
    what: 'got a web page instead of data.',
    why: join(
      quoted(error),
      'The address points at a login page or a proxy; the key was not sent on to another host.',
    ),
    next: 'Correct the address.',
    verbs: [editVerb],
  }),
  invalidJson: (error) => ({
    what: 'the answer is not readable.',
    why: quoted(error) ?? 'It is not valid JSON.',
    next: 'Check that the address is that of an aggregator; read the log.',
    verbs: [editVerb],
  }),
  unexpectedShape: (error) => ({
    what: 'the answer has an unexpected form.',
    why: quoted(error) ?? 'The server may be of another kind or version.',
    next: 'Check address and version; read the log.',
    verbs: [testVerb],
  }),
  bodyTooLarge: (error) => ({
    what: 'the answer is too large and was not read.',
    why: quoted(error),
    next: 'Check that the address is that of an aggregator; read the log.',
    verbs: [editVerb],
  }),
  secretUnavailable: (error) => ({
    what: 'the stored key could not be read.',
    why: join(quoted(error), 'Nothing was sent.'),
    next: 'Enter the key again.',
    verbs: [keyVerb],
  }),
  cancelled: () => ({
    what: 'the request was stopped before it ended.',
    why: null,
    next: 'Refresh to read again.',
    verbs: [],
  }),
  internal: (error) => ({
    what: 'something went wrong in this program.',
    why: quoted(error),
    next: 'Open the log and report what it says.',
    verbs: [],
  }),
  unknown: (error) => ({
    what: 'something went wrong that this version cannot name.',
    why: quoted(error),
    next: 'Open the log; an update may know it.',
    verbs: [],
  }),
};

/** The reporter's own words: quoted, cut, without secrets. */
function quoted(error: FleetError): string | null {
  const text = plainText(redactText(error.message), 300).trim();
  return text === '' ? null : `Reported: "${text}".`;
}

function join(...parts: readonly (string | null)[]): string | null {
  const text = parts.filter((part) => part !== null && part !== '').join(' ');
  return text === '' ? null : text;
}

function at(error: FleetError): string {
  return error.endpoint === null ? '' : ` on ${plainText(error.endpoint, 80)}`;
}

function port(error: FleetError): string {
  const number = /:(\d+)$/.exec(error.endpoint ?? '')?.[1];
  return number === undefined ? 'the port' : `port ${number}`;
}

function others(context: ErrorContext): string {
  return context.clusterName === undefined
    ? 'Other connections are not affected.'
    : 'Other clusters are not affected.';
}

function lastData(context: ErrorContext): string | null {
  return context.dataFromMs == null ? null : `Showing data from ${clockText(context.dataFromMs)}.`;
}

function retryWords(lead: string, error: FleetError, context: ErrorContext): string | null {
  const leftMs =
    context.retryAtMs != null && context.nowMs !== undefined
      ? context.retryAtMs - context.nowMs
      : error.retryAfterS === null
        ? null
        : error.retryAfterS * 1000;
  return leftMs === null ? null : `${lead} in ${formatStopwatch(leftMs)}.`;
}

function versionWords(context: ErrorContext): string {
  return context.serverVersion == null ? 'this server' : `version ${plainText(context.serverVersion, 40)}`;
}

function certificateWords(certificate: Certificate | null): string | null {
  if (certificate === null) return null;
  return `It is for ${plainText(certificate.subject, 80)}, issued by ${plainText(certificate.issuer, 80)}, valid to ${plainText(certificate.validTo, 40)}.`;
}

function changedWords(error: FleetError): string | null {
  const { certificate, expectedFingerprint } = error;
  const was = expectedFingerprint === null ? null : `Was ${shortPrint(expectedFingerprint)}`;
  const is =
    certificate === null
      ? null
      : `is ${shortPrint(certificate.fingerprint256)}, since ${plainText(certificate.validFrom, 40)}`;
  if (was === null && is === null) return null;
  return `${[was, is].filter((part) => part !== null).join('; ')}.`;
}

function shortPrint(fingerprint: string): string {
  return `${plainText(fingerprint, 95).slice(0, 11)}…`;
}
