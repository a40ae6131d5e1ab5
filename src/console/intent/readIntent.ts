import type * as z from 'zod';
import { type IntentDocument, intentDocumentSchema } from '../../contract/intent/intentDocument.ts';
import type { IntentLanguage } from './intentFile.ts';
import { issueProblems } from './issueWords.ts';
import { readSource, type SourcePath, type SourceRange, type SourceTree } from './sourceTree.ts';

/** Something that is wrong with a document, at its place. */
export interface IntentFinding {
  readonly severity: 'error' | 'warning' | 'information';
  /** Stable word; plan findings carry the server's. */
  readonly code: string;
  readonly message: string;
  readonly path: SourcePath;
  readonly range: SourceRange;
  /** `syntax` and `schema` are also found by an editor that has the JSON schema; `meaning` only here. */
  readonly origin: 'syntax' | 'schema' | 'meaning';
  /** Another place that belongs to it. */
  readonly related?: { readonly message: string; readonly range: SourceRange };
}

/** A document as read. `document` is there only when nothing is wrong with it. */
export interface ReadIntent {
  readonly document: IntentDocument | null;
  /** Cluster key as far as it could be read, also of a document with faults. */
  readonly cluster: string | null;
  readonly findings: readonly IntentFinding[];
  readonly source: SourceTree;
}

/** Reads a document and finds everything that is wrong with it by itself, without asking a server. */
export function readIntent(text: string, language: IntentLanguage): ReadIntent {
  const source = readSource(text, language);
  const findings: IntentFinding[] = source.faults.map(({ message, range }) => ({
    severity: 'error',
    code: 'syntax',
    message,
    path: [],
    range,
    origin: 'syntax',
  }));
  const cluster = textAt(source.value, 'cluster');
  if (source.value === undefined || source.value === null) {
    if (findings.length === 0)
      findings.push(
        schemaFinding(source, {
          code: 'empty',
          message: 'The document is empty. It needs "version: 1", "cluster" and "guests".',
          path: [],
          at: 'value',
        }),
      );
    return { document: null, cluster, findings, source };
  }
  const parsed = intentDocumentSchema.safeParse(source.value);
  // After a fault of syntax the reader's guess at the rest would raise faults that are none.
  if (!parsed.success && findings.length === 0) findings.push(...schemaFindings(parsed.error, source));
  findings.push(...repeatedVmids(source));
  const usable = parsed.success && findings.every(({ severity }) => severity !== 'error');
  return { document: usable ? parsed.data : null, cluster, findings, source };
}

function schemaFindings(error: z.ZodError, source: SourceTree): IntentFinding[] {
  return issueProblems(error, source.value).map((problem) => schemaFinding(source, problem));
}

function schemaFinding(
  source: SourceTree,
  problem: { code: string; message: string; path: SourcePath; at: 'key' | 'value' },
): IntentFinding {
  const { code, message, path, at } = problem;
  return {
    severity: 'error',
    code,
    message,
    path,
    range: at === 'key' ? source.keyRange(path) : source.valueRange(path),
    origin: 'schema',
  };
}

/** One guest cannot be changed twice by one document: which change comes last would decide. */
function repeatedVmids(source: SourceTree): IntentFinding[] {
  const first = new Map<number, number>();
  const findings: IntentFinding[] = [];
  for (const [index, guest] of guestsOf(source.value).entries()) {
    const vmid = typeof guest === 'object' && guest !== null && 'vmid' in guest ? guest.vmid : undefined;
    if (typeof vmid !== 'number') continue;
    const earlier = first.get(vmid);
    if (earlier === undefined) {
      first.set(vmid, index);
      continue;
    }
    const path = ['guests', index, 'vmid'];
    findings.push({
      severity: 'error',
      code: 'vmid_repeated',
      message: `VMID ${vmid} is in this document already. Each guest has one entry.`,
      path,
      range: source.valueRange(path),
      origin: 'meaning',
      related: { message: 'first entry', range: source.valueRange(['guests', earlier, 'vmid']) },
    });
  }
  return findings;
}

function guestsOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !('guests' in value)) return [];
  return Array.isArray(value.guests) ? value.guests : [];
}

function textAt(value: unknown, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = (value as Readonly<Record<string, unknown>>)[key];
  return typeof found === 'string' && found !== '' ? found : null;
}
