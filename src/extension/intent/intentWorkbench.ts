import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/lifecycle.ts';
import type { SchemaNode } from '../../console/intent/documentSchema.ts';
import { intentLanguageOf } from '../../console/intent/intentFile.ts';
import type { IntentPort } from '../../console/intent/intentPort.ts';
import { IntentSession } from '../../console/intent/intentSession.ts';
import type { Services } from '../services.ts';
import { comparedText } from './comparison.ts';
import { IntentDiagnostics } from './intentDiagnostics.ts';
import { registerIntentLanguage } from './intentLanguage.ts';
import { createIntentPort } from './intentPorts.ts';
import { PlanPages } from './planPages.ts';

/** How long after the last keystroke a document is read, milliseconds. */
const readDelayMs = 250;

/** A document that is open, or was and still has a page or a run. */
export interface OpenIntent {
  readonly uri: vscode.Uri;
  readonly session: IntentSession;
}

/** The sessions of all intent documents, and what the editor shows of them. */
export class IntentWorkbench implements Disposable {
  readonly services: Services;
  readonly schema: SchemaNode;
  readonly pages: PlanPages;
  readonly #owned = new DisposableStore();
  readonly #sessions = new Map<string, OpenIntent>();
  readonly #timers = new Map<string, Disposable>();
  readonly #changed = new Emitter<OpenIntent>();

  /** A document's faults, plan or run read differently now. */
  readonly onDidChange: Event<OpenIntent> = this.#changed.event;

  static async create(services: Services): Promise<IntentWorkbench> {
    const file = vscode.Uri.joinPath(services.extensionUri, 'schemas', 'proxbox-intent.schema.json');
    const bytes = await vscode.workspace.fs.readFile(file);
    const schema: SchemaNode = JSON.parse(new TextDecoder().decode(bytes));
    return new IntentWorkbench(services, schema);
  }

  private constructor(services: Services, schema: SchemaNode) {
    this.services = services;
    this.schema = schema;
    this.pages = this.#owned.add(new PlanPages(this));
    this.#owned.add(new IntentDiagnostics(this));
    this.#owned.add(registerIntentLanguage(this));
    const keep = (registration: vscode.Disposable): void => {
      this.#owned.add(toDisposable(() => registration.dispose()));
    };
    keep(vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)));
    keep(vscode.workspace.onDidChangeTextDocument(({ document }) => this.#edited(document)));
    keep(vscode.workspace.onDidCloseTextDocument((document) => this.#closed(document)));
    keep(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#all((open) => this.#changed.fire(open))));
    for (const document of vscode.workspace.textDocuments) this.#opened(document);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) timer.dispose();
    for (const { session } of this.#sessions.values()) session.dispose();
    this.#owned.dispose();
    this.#changed.dispose();
  }

  get sessions(): readonly OpenIntent[] {
    return [...this.#sessions.values()];
  }

  /** The session of a document with its text as it is now; `null` for a file that is no intent document. */
  sessionOf(document: vscode.TextDocument): OpenIntent | null {
    const open = this.#opened(document);
    if (open === null) return null;
    this.#timers.get(document.uri.toString())?.dispose();
    open.session.setText(document.getText());
    return open;
  }

  find(about: string): OpenIntent | undefined {
    return this.#sessions.get(about);
  }

  /** The server behind a connection; `null` while the connection is off. */
  portOf(connectionId: string): IntentPort | null {
    return createIntentPort(this.services, connectionId);
  }

  restorePage(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    return this.pages.restore(panel, state);
  }

  comparedText(uri: vscode.Uri): string {
    return comparedText(this, uri);
  }

  /** Lets a session go that nobody looks at any more. */
  release(about: string): void {
    const open = this.#sessions.get(about);
    if (open === undefined || this.pages.isOpen(about)) return;
    const isDocumentOpen = vscode.workspace.textDocuments.some(({ uri }) => uri.toString() === about);
    const { follower } = open.session;
    if (isDocumentOpen || (follower !== null && !follower.isOver)) return;
    this.#sessions.delete(about);
    this.#changed.fire(open);
    open.session.dispose();
  }

  #all(each: (open: OpenIntent) => void): void {
    for (const open of this.#sessions.values()) each(open);
  }

  #opened(document: vscode.TextDocument): OpenIntent | null {
    const language = intentLanguageOf(document.uri.path);
    if (language === null || document.uri.scheme === 'git') return null;
    const about = document.uri.toString();
    const known = this.#sessions.get(about);
    if (known !== undefined) return known;
    const { model } = this.services;
    const session = new IntentSession({
      about,
      fileName: path.posix.basename(document.uri.path),
      language,
      model,
      clock: systemClock,
      portOf: (connectionId) => this.portOf(connectionId),
      isTrusted: () => vscode.workspace.isTrusted,
      newUuid: randomUUID,
    });
    const open: OpenIntent = { uri: document.uri, session };
    this.#sessions.set(about, open);
    session.onDidChange(() => this.#changed.fire(open));
    session.setText(document.getText());
    return open;
  }

  #edited(document: vscode.TextDocument): void {
    const about = document.uri.toString();
    const open = this.#sessions.get(about);
    if (open === undefined) return;
    this.#timers.get(about)?.dispose();
    this.#timers.set(
      about,
      systemClock.setTimeout(() => {
        if (!document.isClosed) open.session.setText(document.getText());
      }, readDelayMs),
    );
  }

  #closed(document: vscode.TextDocument): void {
    const about = document.uri.toString();
    this.#timers.get(about)?.dispose();
    this.#timers.delete(about);
    this.release(about);
  }
}
