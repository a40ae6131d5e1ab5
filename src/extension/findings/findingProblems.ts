import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import { clusterDisplayName } from '../../console/clusterNames.ts';
import { FindingsWatch } from '../../console/findings/findingsWatch.ts';
import { type HaDocument, haDocument } from '../../console/findings/haDocument.ts';
import { type Problem, type ProblemRange, problemsOf } from '../../console/findings/problems.ts';
import { pictureOf } from '../../console/foresight/pictureOf.ts';
import type { Services } from '../services.ts';
import { disarmedLimitMs, disarmedSetting } from '../settings/disarmedSetting.ts';
import { haDocumentScheme } from './findingsFeature.ts';

const severities: Readonly<Record<Problem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  // The editor has no sign for not knowing, and hiding it among hints would read as "nothing wrong".
  unknown: vscode.DiagnosticSeverity.Warning,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

/** Address of the read-only document with the HA configuration of a cluster. */
export function haDocumentUri(clusterId: string, name: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: haDocumentScheme,
    // The name is for people; which cluster it is stands in the query.
    path: `/${name.replaceAll(/[/\\]/g, '_')}.ha.cfg`,
    query: clusterId,
  });
}

/** Shows findings in the editor's list of problems, each at its line of the document of its cluster. */
export class FindingProblems implements Disposable {
  readonly #services: Services;
  readonly #announce: (uri: vscode.Uri) => void;
  readonly #owned = new DisposableStore();
  readonly #collection = vscode.languages.createDiagnosticCollection('proxbox-ha');
  /** Documents by cluster, as last published. */
  readonly #published = new Map<string, { readonly uri: vscode.Uri; readonly text: string | null }>();
  readonly #watch: FindingsWatch;

  /** @param announce tells the editor that a document reads differently. */
  constructor(services: Services, announce: (uri: vscode.Uri) => void) {
    this.#services = services;
    this.#announce = announce;
    const { model } = services;
    this.#watch = this.#owned.add(new FindingsWatch(model, systemClock, disarmedLimitMs));
    this.#owned.add(toDisposable(() => this.#collection.dispose()));
    this.#owned.add(this.#watch.onDidLook((clusterId) => this.#publish(clusterId)));
    this.#owned.add(
      model.onDidChange(({ connections, removed }) => {
        if (connections.size > 0 || removed.size > 0) this.#followConnections();
      }),
    );
    const settings = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(disarmedSetting)) this.#watch.lookAtAll();
    });
    this.#owned.add(toDisposable(() => settings.dispose()));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Text of a document, as of now. */
  textOf({ query: clusterId }: vscode.Uri): string {
    return (
      this.#documentOf(clusterId)?.text ??
      '# This cluster is not known now: its connection is off or was removed.\n'
    );
  }

  #documentOf(clusterId: string): HaDocument | null {
    const { model } = this.#services;
    const entry = model.clusterEntry(clusterId);
    const picture = pictureOf(model, clusterId);
    return entry === undefined || picture === null
      ? null
      : haDocument(picture, clusterDisplayName(model, entry));
  }

  #publish(clusterId: string): void {
    const { model } = this.#services;
    const entry = model.clusterEntry(clusterId);
    const findings = model.findings(clusterId);
    if (entry === undefined || findings === undefined || isPaused(entry.connection)) return;
    const uri = haDocumentUri(clusterId, clusterDisplayName(model, entry));
    const before = this.#published.get(clusterId);
    if (before !== undefined && before.uri.toString() !== uri.toString()) this.#collection.delete(before.uri);
    // Of a large cluster the text is long: it is written only for somebody who reads it or for problems to stand in.
    const isOpen = vscode.workspace.textDocuments.some((known) => known.uri.toString() === uri.toString());
    const document = findings.length > 0 || isOpen ? this.#documentOf(clusterId) : null;
    this.#published.set(clusterId, { uri, text: document?.text ?? null });
    if (isOpen && before?.text !== document?.text) this.#announce(uri);
    this.#collection.set(
      uri,
      document === null ? [] : problemsOf(findings, document).map((problem) => toDiagnostic(uri, problem)),
    );
  }

  /** Takes back what stood for clusters that went or that nobody reads any more; it returns when they are read again. */
  #followConnections(): void {
    const { model } = this.#services;
    for (const [clusterId, { uri }] of [...this.#published]) {
      const entry = model.clusterEntry(clusterId);
      if (entry !== undefined && !isPaused(entry.connection)) continue;
      this.#collection.delete(uri);
      this.#published.delete(clusterId);
      if (entry === undefined) this.#announce(uri);
    }
    for (const { id } of model.clusters()) if (!this.#published.has(id)) this.#publish(id);
  }
}

/** Nobody looks, so nothing is read: there is nothing to say for or against such a cluster. */
function isPaused({ connection }: Services['model']['connections'][number]): boolean {
  return connection.state.kind === 'idle';
}

function toDiagnostic(
  uri: vscode.Uri,
  { code, severity, message, range, related }: Problem,
): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(toRange(range), message, severities[severity]);
  diagnostic.source = 'Proxbox';
  diagnostic.code = code;
  diagnostic.relatedInformation = related.map(
    (other) =>
      new vscode.DiagnosticRelatedInformation(new vscode.Location(uri, toRange(other.range)), other.message),
  );
  return diagnostic;
}

function toRange({ line, start, end }: ProblemRange): vscode.Range {
  return new vscode.Range(line, start, line, end);
}
