import * as vscode from 'vscode';
import { type Disposable, toDisposable } from '../../base/lifecycle.ts';
import { intentLanguageOf } from '../../console/intent/intentFile.ts';
import type { IntentFinding } from '../../console/intent/readIntent.ts';
import type { IntentWorkbench, OpenIntent } from './intentWorkbench.ts';

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

/** Shows the findings of every open intent document in Problems, at their lines. */
export class IntentDiagnostics implements Disposable {
  readonly #workbench: IntentWorkbench;
  readonly #collection = vscode.languages.createDiagnosticCollection('proxbox');
  readonly #subscription: Disposable;
  readonly #editor: Disposable;

  constructor(workbench: IntentWorkbench) {
    this.#workbench = workbench;
    this.#subscription = workbench.onDidChange((open) => this.#show(open));
    const closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#collection.delete(uri));
    this.#editor = toDisposable(() => closing.dispose());
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#editor.dispose();
    this.#collection.dispose();
  }

  #show({ uri, session }: OpenIntent): void {
    const document = vscode.workspace.textDocuments.find((known) => known.uri.toString() === uri.toString());
    if (document === undefined || this.#workbench.find(uri.toString()) === undefined) {
      this.#collection.delete(uri);
      return;
    }
    const native = intentLanguageOf(uri.path) === 'json' && editorChecksJson(document);
    this.#collection.set(
      uri,
      session
        .findings()
        // The editor's own JSON support reads the schema that ships and says the same at the same place.
        .filter(({ origin }) => !native || origin === 'meaning')
        .map((finding) => toDiagnostic(document, finding)),
    );
  }
}

function editorChecksJson(document: vscode.TextDocument): boolean {
  return (
    (document.languageId === 'json' || document.languageId === 'jsonc') &&
    vscode.extensions.getExtension('vscode.json-language-features') !== undefined
  );
}

function toDiagnostic(document: vscode.TextDocument, finding: IntentFinding): vscode.Diagnostic {
  const rangeOf = ({ start, end }: IntentFinding['range']): vscode.Range =>
    new vscode.Range(document.positionAt(start), document.positionAt(end));
  const diagnostic = new vscode.Diagnostic(
    rangeOf(finding.range),
    finding.message,
    severities[finding.severity],
  );
  diagnostic.source = 'Proxbox';
  diagnostic.code = finding.code;
  if (finding.related !== undefined)
    diagnostic.relatedInformation = [
      new vscode.DiagnosticRelatedInformation(
        new vscode.Location(document.uri, rangeOf(finding.related.range)),
        finding.related.message,
      ),
    ];
  return diagnostic;
}
