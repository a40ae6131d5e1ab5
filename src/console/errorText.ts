import { formatStopwatch } from '../base/format.ts';
import { plainText } from '../base/text.ts';
import type { FleetError, FleetErrorCode } from '../contract/model/fleetError.ts';
import { haRoutesFloor } from '../contract/version.ts';

/** What an error is about. */
export interface ErrorContext {
  readonly connectionName: string;
  /** Set when the cluster behind the server failed, not the server itself. */
  readonly clusterName?: string | undefined;
}

/** Fix that a button may offer. */
export type ErrorFix =
  | 'test'
  | 'edit'
  | 'updateKey'
  | 'reviewCertificate'
  | 'enableHttps'
  | 'disableHttps'
  | 'disableVerify'
  | 'openLog';

/** An error in the console's one form: who, what did not work, why, what to do next. */
export interface ErrorText {
  readonly who: string;
  readonly what: string;
  readonly why: string | null;
  readonly next: string;
  /** At most two. */
  readonly fixes: readonly ErrorFix[];
}

interface Wording {
  readonly what: string;
  readonly next: string;
  readonly fixes: readonly ErrorFix[];
  /** Leaves out the raw cause where it says nothing more. */
  readonly hideCause?: boolean;
}

/** Words for every code; `place` is `host:port` or "the server". */
function wordingOf(error: FleetError, place: string, proxmox: boolean): Wording {
  const server = proxmox ? 'Proxmox' : 'the server';
  const table: Readonly<Record<FleetErrorCode, Wording>> = {
    timeout: {
      what: `no answer in time from ${place}.`,
      next: 'Other clusters are not affected. Check the address and the network.',
      fixes: ['test', 'edit'],
    },
    connectionRefused: {
      what: `nothing listens on ${place}.`,
      next: 'Check host, port and whether the service runs.',
      fixes: ['test', 'edit'],
      hideCause: true,
    },
    connectionReset: {
      what: `${place} closed the connection.`,
      next: 'Check the port and whether it expects HTTPS.',
      fixes: ['test', 'edit'],
    },
    hostNotFound: {
      what: `the name in ${place} is not known.`,
      next: 'Check the host name and your name server.',
      fixes: ['edit', 'test'],
      hideCause: true,
    },
    unreachable: {
      what: `there is no way to ${place}.`,
      next: 'Check network and VPN.',
      fixes: ['test', 'edit'],
      hideCause: true,
    },
    tlsUntrusted: {
      what: `the certificate of ${place} is not trusted. The ${proxmox ? 'token' : 'key'} was not sent.`,
      next: 'Turn off Verify SSL or trust the certificate.',
      fixes: ['reviewCertificate', 'disableVerify'],
    },
    tlsFingerprintMismatch: {
      what: `the certificate of ${place} is not the pinned one. The ${proxmox ? 'token' : 'key'} was not sent.`,
      next: 'If nobody renewed it, treat it as an attack.',
      fixes: ['reviewCertificate', 'openLog'],
    },
    tlsToPlainPort: {
      what: `${place} does not speak HTTPS, the connection is set to HTTPS.`,
      next: 'Turn Use HTTPS off, or give the HTTPS port.',
      fixes: ['disableHttps', 'edit'],
      hideCause: true,
    },
    plainToTlsPort: {
      what: `${place} expects HTTPS, the connection is set to HTTP. Nothing was read.`,
      next: 'Enable Use HTTPS.',
      fixes: ['enableHttps', 'edit'],
      hideCause: true,
    },
    unauthorized: proxmox
      ? {
          what: 'Proxmox rejects the token; it may be expired or deleted.',
          next: 'Enter a current token.',
          fixes: ['updateKey', 'openLog'],
        }
      : {
          what: 'the server rejects this key. Reading has stopped so that your address is not locked out.',
          next: 'Enter the current key.',
          fixes: ['updateKey', 'openLog'],
          hideCause: true,
        },
    forbidden: {
      what: `${server} does not allow this read.`,
      next: proxmox
        ? 'The token needs Sys.Audit on /: give it the role PVEAuditor.'
        : 'Ask for a key that may read.',
      fixes: ['updateKey', 'openLog'],
    },
    rateLimited: {
      what: 'too many requests from this address.',
      next: `Reading goes on${error.retryAfterS === null ? ' by itself' : ` in ${formatStopwatch(error.retryAfterS * 1000)}`}.`,
      fixes: ['openLog'],
      hideCause: true,
    },
    lockedOut: {
      what: 'locked after wrong keys from this address.',
      next: `Nothing is sent until it is free again${error.retryAfterS === null ? '' : `, in ${formatStopwatch(error.retryAfterS * 1000)}`}.`,
      fixes: ['updateKey', 'openLog'],
      hideCause: true,
    },
    notOffered: {
      what: 'this server does not offer a route that is needed.',
      next: `HA needs an aggregator ${haRoutesFloor} or later; check the address, too.`,
      fixes: ['edit', 'openLog'],
    },
    nodeUnreachable: {
      what: 'the answering node cannot reach another node, so details of that one are missing.',
      next: 'Check the other node; the rest is current.',
      fixes: ['test', 'openLog'],
    },
    httpError: {
      what: `${server} answered with an error${error.httpStatus === null ? '' : ` (${error.httpStatus})`}.`,
      next: 'Look at the log for details; it is tried again.',
      fixes: ['openLog', 'test'],
    },
    redirected: {
      what: `${place} sends on to another address; the key was not sent there.`,
      next: 'Give the address of the server itself.',
      fixes: ['edit', 'openLog'],
    },
    htmlInsteadOfJson: {
      what: `got a web page instead of data from ${place}.`,
      next: 'The address points at a login page or a proxy: give that of the server.',
      fixes: ['edit', 'openLog'],
    },
    invalidJson: {
      what: `the answer of ${place} is not valid JSON.`,
      next: 'It is tried again; if it stays, look at the server.',
      fixes: ['test', 'openLog'],
      hideCause: true,
    },
    unexpectedShape: {
      what: `the answer of ${place} has another form than expected.`,
      next: 'Compare the versions of server and console.',
      fixes: ['openLog', 'edit'],
    },
    bodyTooLarge: {
      what: `the answer of ${place} is too large.`,
      next: 'Look at the server.',
      fixes: ['openLog'],
    },
    secretUnavailable: {
      what: 'the key could not be read from the secret storage.',
      next: 'Enter it again, or unlock the keyring and refresh.',
      fixes: ['updateKey', 'openLog'],
    },
    cancelled: { what: 'the request was cancelled.', next: 'Refresh.', fixes: ['test'] },
    internal: { what: 'reading failed.', next: 'Refresh; look at the log.', fixes: ['test', 'openLog'] },
    unknown: {
      what: 'failed for a reason this console does not know.',
      next: 'Look at the log.',
      fixes: ['openLog', 'test'],
    },
  };
  return table[error.code];
}

/** Words an error; the raw cause is cut and never the whole message. */
export function explainFleetError(error: FleetError, context: ErrorContext): ErrorText {
  const place = error.endpoint === null ? 'the server' : plainText(error.endpoint, 100);
  const wording = wordingOf(error, place, context.clusterName !== undefined);
  const cause = plainText(error.message, 300);
  return {
    who: plainText(context.clusterName ?? context.connectionName, 60),
    what: wording.what,
    why: wording.hideCause === true || cause === '' ? null : `Cause: ${cause.replace(/\.$/, '')}.`,
    next: wording.next,
    fixes: wording.fixes,
  };
}
