import { createHash } from 'node:crypto';
import { redactText } from '../../base/redact.ts';
import { scrubbed, withoutAssigned, withoutForms } from './secretText.ts';

/**
 * Names whose values are secret whatever they are: those of the wire contract (`cipassword`, `password`, `secret`,
 * `token`) and words by which Proxmox and cloud-init call the same.
 */
const secretName =
  /passw|passphrase|secret|token|chpasswd|(^|[-_.])(pw|pwd|pass|otp)$|credential|authorization|cookie|ticket|api[-_]?keys?$|private[-_]?keys?$|ssh[-_]?(authorized[-_]?)?keys?$/i;

/** What a guest runs at its first start: programs of others, who put secrets wherever they like. Only its hash is kept. */
const programName = /^(user|vendor|meta)[-_]?data$/i;

/** Under these names stand keys, but also ids of keys and names of properties: only long values are hidden. */
const keyName = /(^|[-_.\s]|[a-z])keys?$/i;
const shortestKey = 20;

/** Names that hold a word from above and are no secret. */
const plainName = /^intent_warn_plaintext_password$/;

/** `{key: 'cipassword', before: …, after: …}`: the name of the secret stands in a field beside it. */
const nameFields = ['key', 'name', 'slot', 'field', 'property', 'option'];

/** Shorter values are words of the language; replacing them everywhere would eat the text around. */
const shortestLiteral = 4;

/**
 * Removes secrets from whatever is about to be written down: by the name they stand under, by their form, and wherever
 * a value found under a secret name appears again. Every writer of the audit journal and of JSON columns passes here.
 *
 * @param known secrets of the configuration, removed by value.
 */
export function scrub<T>(value: T, known: readonly string[] = []): T {
  const literals = new Set(known.filter((secret) => secret.length >= shortestLiteral));
  collectLiterals(value, false, literals);
  // Longest first, so that a secret that contains another is not left half readable.
  const ordered = [...literals].sort((a, b) => b.length - a.length);
  return clean(value, ordered) as T;
}

/** {@link scrub} for one text. */
export function scrubText(text: string, known: readonly string[] = []): string {
  return scrub(text, known);
}

function collectLiterals(value: unknown, isSecret: boolean, into: Set<string>): void {
  if (typeof value === 'string') {
    if (isSecret && value.length >= shortestLiteral) into.add(value);
  } else if (Array.isArray(value)) {
    for (const inner of value) collectLiterals(inner, isSecret, into);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Error)) {
    const hides = hiderOf(value);
    for (const [name, inner] of Object.entries(value)) {
      collectLiterals(inner, isSecret || hides(name, inner), into);
    }
  }
}

/** Tells which fields of an object hold a secret. */
function hiderOf(owner: object): (name: string, value: unknown) => boolean {
  const fields = owner as Readonly<Record<string, unknown>>;
  const isNamedBeside = nameFields.some((field) => {
    const name = fields[field];
    return typeof name === 'string' && secretName.test(name) && !plainName.test(name);
  });
  return (name, value) =>
    (secretName.test(name) && !plainName.test(name)) ||
    (keyName.test(name) && isLong(value)) ||
    (isNamedBeside && /^(value|before|after|from|to|old|new|now|when_asked|config)$/.test(name));
}

function isLong(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isLong);
  return typeof value === 'string' && value.length >= shortestKey;
}

function clean(value: unknown, literals: readonly string[]): unknown {
  if (typeof value === 'string') return cleanText(value, literals);
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map((inner) => clean(inner, literals));
  if (value instanceof Error) return cleanText(value.message, literals);
  if (typeof value === 'object' && value !== null) {
    const hides = hiderOf(value);
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        cleanText(name, literals),
        !isWorthHiding(inner)
          ? inner
          : programName.test(name)
            ? fingerprintOf(inner)
            : hides(name, inner)
              ? scrubbed
              : clean(inner, literals),
      ]),
    );
  }
  return value;
}

/** Whether a secret is set says nothing about it. */
function isWorthHiding(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean';
}

function cleanText(text: string, literals: readonly string[]): string {
  const withoutLiterals = literals.reduce((result, secret) => result.replaceAll(secret, scrubbed), text);
  return redactText(withoutAssigned(withoutForms(withoutLiterals)));
}

/** Tells two documents apart without telling what stands in them. */
function fingerprintOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}
