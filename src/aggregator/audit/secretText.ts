/** What stands where a secret was. */
export const scrubbed = '***';

/** Names in text whose values are secret, whatever stands around the word. */
const word = 'passw|passphrase|secret|token|credential|chpasswd|api[-_]?key|private[-_]?key|ssh[-_]?key';
const name = String.raw`(?:[\w.-]{0,40}(?:${word})[\w.-]{0,40}|(?:[\w.-]{0,40}[-_.])?(?:pw|pwd|pass|otp)|[\w.-]{1,40}[-_]keys?)`;

/** A name at the start of a line of YAML, with what stands behind its colon. */
const yamlKey = new RegExp(String.raw`^(\s*(?:-\s+)*)["']?${name}["']?\s*:(?:\s|$)`, 'i');

/**
 * Assignments inside text: `cipassword=hunter2`, `password: correct horse`, `"token":"x"`. A value without quotes ends at
 * the end of its line or where another property begins, not at a blank: pass phrases have several words.
 */
const assignment = new RegExp(
  String.raw`((?:^|[^\w.-])["']?${name}["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&}\]][^,;&}\]\r\n]*)`,
  'gi',
);

/** Marks of a key block, as they are or as a form carries them. */
const dashes = '(?:-|%2D){5}';
const blank = '(?:[ +]|%20)';
const keyMark = (edge: string): string =>
  `${dashes}${edge}${blank}(?:[A-Z0-9]+${blank})*PRIVATE${blank}KEY${dashes}`;

const secretForms: readonly RegExp[] = [
  // A key block that was cut off loses everything after its first line.
  new RegExp(String.raw`${keyMark('BEGIN')}[\s\S]*?(?:${keyMark('END')}|$)`, 'gi'),
  /\bpbx_[a-z0-9]{12}_[\w-]{10,}/g,
  /\b[^\s@!=,;"']{1,64}@[^\s@!=,;"']{1,64}![^\s@!=,;"']{1,64}=[0-9a-f-]{16,}/gi,
  /\$(?:1|2[aby]|5|6|y)\$[\w./$=-]{8,}/g,
];

/** Text without what is a secret by its form: private keys, API keys and tokens, hashes of passwords. */
export function withoutForms(text: string): string {
  return secretForms.reduce((result, pattern) => result.replace(pattern, scrubbed), text);
}

/** Text without what stands behind a secret name, be it one line or the block below it. */
export function withoutAssigned(text: string): string {
  const lines = text.split('\n');
  const kept: string[] = [];
  let hiddenBelow: number | null = null;
  for (const line of lines) {
    const indent = line.length - line.trimStart().length;
    // Whatever is further in belongs to the name above: a block of text, a list, a mapping.
    if (hiddenBelow !== null && (line.trim() === '' || indent > hiddenBelow)) continue;
    const head = lines.length === 1 ? null : yamlKey.exec(line);
    hiddenBelow = head === null ? null : (head[1]?.length ?? 0);
    kept.push(head === null ? line : `${head[0].trimEnd()} ${scrubbed}`);
  }
  return kept.join('\n').replace(assignment, `$1${scrubbed}`);
}
