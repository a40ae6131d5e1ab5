/** Key names whose values never leave the process; the list of the wire contract's error translation, plus cookies. */
const secretKey =
  /token|passw|secret|api[-_]?key|private[-_]?key|ssh[-_]?keys|authorization|credential|cookie|ticket/i;

/** Words that end the name of a secret; what they stand for is hidden whatever it looks like. */
const secretWord = '(?:passw(?:or)?d|passphrase|secret|api[-_]?key|private[-_]?key)s?';
/** Words that also end sentences: behind their colon only what looks made up is hidden. */
const spokenWord = '(?:token|ticket|credential)s?';

const secretText: readonly (readonly [RegExp, string])[] = [
  // Whole headers.
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?)(?:[A-Za-z][\w-]*\s+)?[^\s"',;]+/gi, '$1[redacted]'],
  [/\b((?:set-)?cookie\s*:\s*)[^\r\n]+/gi, '$1[redacted]'],
  // JSON and what looks like it.
  [
    new RegExp(
      `(["'][\\w.-]*(?:${secretWord}|${spokenWord})["']\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')`,
      'gi',
    ),
    '$1"[redacted]"',
  ],
  // Headers and settings: "name: value".
  [new RegExp(`\\b([\\w.-]*${secretWord}\\s*:\\s*)(?!\\[redacted)[^\\s"',;]+`, 'gi'), '$1[redacted]'],
  [new RegExp(`\\b([\\w.-]*${spokenWord}\\s*:\\s*)(?=[^\\s"',;]*\\d)[^\\s"',;]{8,}`, 'gi'), '$1[redacted]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/PVEAPIToken=[^\s"',;]+/gi, 'PVEAPIToken=[redacted]'],
  [/PVEAuthCookie=[^\s"',;]+/gi, 'PVEAuthCookie=[redacted]'],
  [/PVE:[^\s:]+:[0-9A-F]{8}::[\w+/=]+/g, '[redacted ticket]'],
  // A whole token as people paste it: user@realm!name=secret.
  [/([^\s@=!"']+@[^\s@=!"']+![^\s@=!"']+)=[\w-]{8,}/g, '$1=[redacted]'],
  // Query strings and forms.
  [/\b([\w-]*(?:token|passw|secret|api[-_]?key|credential|ticket)[\w-]*)=[^\s&"',;]+/gi, '$1=[redacted]'],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '[redacted private key]'],
];

/** Removes credentials that are recognisable by their form from free text. */
export function redactText(text: string): string {
  return secretText.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** Deep copy of plain data in which values under secret-sounding keys, and secrets inside texts, are replaced. */
export function redactData(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactData);
  if (value instanceof Error) return redactText(value.message);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        secretKey.test(key) && (typeof inner === 'string' || typeof inner === 'object') && inner !== null
          ? '[redacted]'
          : redactData(inner),
      ]),
    );
  }
  return value;
}
