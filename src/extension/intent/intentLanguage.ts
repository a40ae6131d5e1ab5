import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { FleetModel } from '../../console/fleetModel.ts';
import { completionsAt, hoverAt, type IntentFacts } from '../../console/intent/assist.ts';
import { intentFileGlob, intentLanguageOf } from '../../console/intent/intentFile.ts';
import type { IntentWorkbench, OpenIntent } from './intentWorkbench.ts';

/** Registers completion, hover and the lines above a document that plan and apply it. */
export function registerIntentLanguage(workbench: IntentWorkbench): Disposable {
  const owned = new DisposableStore();
  const keep = (registration: vscode.Disposable): void => {
    owned.add(toDisposable(() => registration.dispose()));
  };
  const selector: vscode.DocumentSelector = { pattern: intentFileGlob };
  const { schema } = workbench;
  const facts = factsOf(workbench.services.model);
  keep(
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems(document, position) {
          const language = intentLanguageOf(document.uri.path);
          if (language === null) return [];
          const offset = document.offsetAt(position);
          return completionsAt(document.getText(), language, offset, schema, facts).map((offer, index) => {
            const item = new vscode.CompletionItem(offer.label, completionKinds[offer.kind]);
            item.range = new vscode.Range(
              document.positionAt(offer.range.start),
              document.positionAt(offer.range.end),
            );
            item.insertText = offer.snippet ? new vscode.SnippetString(offer.insert) : offer.insert;
            item.filterText = document.getText(item.range).startsWith('"') ? offer.insert : offer.label;
            item.detail = offer.detail;
            item.documentation = new vscode.MarkdownString(offer.documentation);
            item.sortText = String(index).padStart(5, '0');
            return item;
          });
        },
      },
      ' ',
      '"',
    ),
  );
  keep(
    vscode.languages.registerHoverProvider(selector, {
      provideHover(document, position) {
        const language = intentLanguageOf(document.uri.path);
        // JSON has the same words from the schema, by the editor's own support.
        if (language !== 'yaml') return null;
        const hover = hoverAt(document.getText(), language, document.offsetAt(position), schema);
        if (hover === null) return null;
        const range = new vscode.Range(
          document.positionAt(hover.range.start),
          document.positionAt(hover.range.end),
        );
        return new vscode.Hover(new vscode.MarkdownString(hover.markdown), range);
      },
    }),
  );
  const lensesChanged = new vscode.EventEmitter<void>();
  keep(lensesChanged);
  owned.add(workbench.onDidChange(() => lensesChanged.fire()));
  keep(
    vscode.languages.registerCodeLensProvider(selector, {
      onDidChangeCodeLenses: lensesChanged.event,
      provideCodeLenses(document) {
        const open = workbench.sessionOf(document);
        return open === null ? [] : codeLenses(document, open);
      },
    }),
  );
  return owned;
}

const completionKinds = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  fact: vscode.CompletionItemKind.Value,
} as const;

/** "Plan · Apply" above the document, with how the plan stands and why Apply is off. */
function codeLenses(document: vscode.TextDocument, { uri, session }: OpenIntent): vscode.CodeLens[] {
  const offset = session.read.source.keyRange(['version']).start;
  const at = document.lineAt(document.positionAt(offset).line).range;
  const page = session.pageModel();
  const lens = (title: string, command: string, tooltip: string): vscode.CodeLens =>
    new vscode.CodeLens(at, { title, command, tooltip, arguments: [uri] });
  const planWord = session.plan === null ? 'Plan' : 'Plan Again';
  const lenses = [
    lens(
      `$(checklist) ${planWord}`,
      'proxbox.intent.plan',
      'Check the changes against the live cluster. Nothing is changed.',
    ),
  ];
  if (page.run !== null) {
    lenses.push(
      lens(
        `$(${page.run.state.icon}) ${page.run.state.label}`,
        'proxbox.intent.showPlan',
        page.run.end ?? 'Open the run',
      ),
    );
    return lenses;
  }
  const [refusal] = session.refusals();
  if (refusal === undefined)
    lenses.push(lens(`$(play) ${page.apply?.label ?? 'Apply'}…`, 'proxbox.intent.apply', page.counts));
  else lenses.push(lens(`Apply: off, ${refusal.short}`, 'proxbox.intent.apply', refusal.sentence));
  if (session.plan !== null)
    lenses.push(
      lens(`${page.header.freshness.label} · ${page.counts}`, 'proxbox.intent.showPlan', 'Open the plan'),
    );
  return lenses;
}

/** What the connected clusters offer as values. */
function factsOf(model: FleetModel): IntentFacts {
  const entries = (key: string) => model.clusters().filter(({ record }) => record.key === key);
  return {
    clusters: () =>
      model.clusters().map(({ record, connection }) => ({ value: record.key, detail: connection.name })),
    nodes: (cluster) =>
      entries(cluster).flatMap((entry) =>
        [...entry.connection.connection.store.list('nodes').values()]
          .filter((node) => node.cluster === cluster)
          .map((node) => ({
            value: node.name,
            detail: model.state(model.nodeId(entry.id, node.name))?.label ?? '',
          })),
      ),
    guests: (cluster) =>
      entries(cluster).flatMap((entry) =>
        [...entry.connection.connection.store.list('guests').values()]
          .filter((guest) => guest.cluster === cluster)
          .map((guest) => ({
            value: String(guest.vmid),
            detail: [guest.name, guest.node].filter((part) => part !== null).join(' · '),
            template: guest.template,
          })),
      ),
  };
}
