import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { diffsOfDocument, type IntentDocument } from '../../contract/intent/intentDocument.ts';
import type { PlanReply, PlanVerdict } from '../../contract/intent/plan.ts';
import type { PlanPageModel } from '../../contract/planPanel.ts';
import type { ClusterEntry, FleetModel } from '../fleetModel.ts';
import type { IntentLanguage } from './intentFile.ts';
import { type IntentPort, IntentRefused } from './intentPort.ts';
import { movedSince, type SeenGuests, seenGuests } from './movedState.ts';
import { placesOf, planFindings, sameData } from './planFindings.ts';
import { type ApplyRefusal, applyRefusals } from './planGate.ts';
import { planPageModel } from './planPage.ts';
import type { PlanStanding } from './planStates.ts';
import { type IntentFinding, type ReadIntent, readIntent } from './readIntent.ts';
import { RunFollower } from './runFollower.ts';

export interface IntentSessionOptions {
  /** Address of the document. */
  readonly about: string;
  readonly fileName: string;
  readonly language: IntentLanguage;
  readonly model: FleetModel;
  readonly clock: Clock;
  /** The server behind a connection of the console; `null` when it is off. */
  readonly portOf: (connectionId: string) => IntentPort | null;
  readonly isTrusted: () => boolean;
  readonly newUuid: () => string;
}

/** A plan with what it was made from. */
interface Planned {
  readonly plan: PlanReply;
  readonly document: IntentDocument;
  readonly clusterId: string;
  /** Console clock; `null` when the server told no end. */
  readonly expiresAtMs: number | null;
  readonly seen: SeenGuests;
  readonly moved: string | null;
  readonly applied: boolean;
}

/** Why something was not done, for an operator to read. */
export class NotDone extends Error {}

/** One intent document from its text over its plan to its run. Losing a server or a fault in the text loses nothing. */
export class IntentSession implements Disposable {
  readonly #options: IntentSessionOptions;
  readonly #changed = new Emitter<void>();
  readonly #subscription: Disposable;
  #text = '';
  #read: ReadIntent;
  /** Connection that was chosen where several have a cluster of this key. */
  #connectionId: string | null = null;
  #planned: Planned | null = null;
  #planningSinceMs: number | null = null;
  #failure: string | null = null;
  #follower: RunFollower | null = null;
  #expiry: Disposable | null = null;
  #places: { planned: Planned; read: ReadIntent; places: ReturnType<typeof placesOf> } | null = null;
  /** What the fleet said about this plan last, so that only a difference is told. */
  #fleetWord = '';
  /** Names the newest planning; an older one that ends later is dropped. */
  #turn = 0;

  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(options: IntentSessionOptions) {
    this.#options = options;
    this.#read = readIntent('', options.language);
    this.#subscription = options.model.onDidChange(() => this.#fleetChanged());
  }

  dispose(): void {
    this.#turn += 1;
    this.#subscription.dispose();
    this.#expiry?.dispose();
    this.#follower?.dispose();
    this.#changed.dispose();
  }

  get read(): ReadIntent {
    return this.#read;
  }

  get plan(): PlanReply | null {
    return this.#planned?.plan ?? null;
  }

  get follower(): RunFollower | null {
    return this.#follower;
  }

  /** Verdict of a place in the plan. */
  verdict(index: number): PlanVerdict | undefined {
    return this.#planned?.plan.verdicts.find((verdict) => verdict.index === index);
  }

  setText(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#read = readIntent(text, this.#options.language);
    this.#changed.fire();
  }

  /** Clusters that the document may mean: its key over all connections. */
  candidates(): readonly ClusterEntry[] {
    const key = this.#read.document?.cluster ?? this.#read.cluster;
    return this.#options.model.clusters().filter(({ record }) => record.key === key);
  }

  /** The cluster it is for; `null` when none or several come into question. */
  target(): ClusterEntry | null {
    const candidates = this.candidates();
    const chosen = candidates.find(({ connection }) => connection.id === this.#connectionId);
    return chosen ?? (candidates.length === 1 ? (candidates[0] ?? null) : null);
  }

  chooseConnection(connectionId: string): void {
    this.#connectionId = connectionId;
    this.#changed.fire();
  }

  /** Faults of the document, and verdicts of its plan at the lines they come from. */
  findings(): IntentFinding[] {
    const planned = this.#planned;
    const own = [...this.#read.findings];
    if (own.length === 0 && this.candidates().length === 0 && this.#options.model.clusters().length > 0)
      own.push(this.#unknownCluster());
    if (planned === null || planned.applied) return own;
    return [
      ...own,
      ...planFindings({ plan: planned.plan, guests: planned.document.guests }, this.#read.source),
    ];
  }

  /** Line, from 1, that a place of the plan comes from; `null` when it is no longer there. */
  offsetOf(index: number): number | null {
    const place = this.#placesNow().get(index);
    return place === undefined ? null : this.#read.source.valueRange(['guests', place.index, 'vmid']).start;
  }

  /** Checks the changes against the live cluster. What goes wrong is kept as the session's failure, not thrown. */
  async makePlan(): Promise<void> {
    const turn = ++this.#turn;
    const { document } = this.#read;
    this.#failure = null;
    try {
      if (!this.#options.isTrusted())
        throw new NotDone(
          'This window is in restricted mode. Nothing was checked. Trust the folder, then plan.',
        );
      if (document === null) throw new NotDone(this.#faultText());
      if (this.#follower !== null && !this.#follower.isOver)
        throw new NotDone('A run of this document goes on. Wait for its end, then plan again.');
      const { entry, port } = this.#server();
      this.#planningSinceMs = this.#options.clock.now();
      this.#changed.fire();
      const plan = await port.plan(document.cluster, diffsOfDocument(document));
      if (turn !== this.#turn) return;
      this.#takePlan(plan, document, entry);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#failure = messageOf(error);
    }
    this.#planningSinceMs = null;
    this.#changed.fire();
  }

  /** Stops waiting for a plan. Planning only reads, so there is nothing to undo. */
  cancelPlanning(): void {
    if (this.#planningSinceMs === null) return;
    this.#turn += 1;
    this.#planningSinceMs = null;
    this.#changed.fire();
  }

  /** Why Apply is off now, the first to deal with first; empty when it is on. */
  refusals(): ApplyRefusal[] {
    const clusterId = this.#planned?.clusterId ?? this.target()?.id;
    const { model } = this.#options;
    return applyRefusals({
      plan: this.#planned?.plan ?? null,
      standing: this.standing(),
      trusted: this.#options.isTrusted(),
      clusterKnown: clusterId !== undefined && model.cluster(clusterId) !== undefined,
      lastKnown: clusterId === undefined ? null : model.lastKnown(clusterId),
      quorum: clusterId === undefined ? null : (model.cluster(clusterId)?.quorum ?? null),
      running: this.#follower !== null && !this.#follower.isOver,
    });
  }

  standing(): PlanStanding {
    const planned = this.#planned;
    const nowMs = this.#options.clock.now();
    if (this.#planningSinceMs !== null) return { kind: 'planning', sinceMs: this.#planningSinceMs };
    if (planned === null)
      return this.#failure === null ? { kind: 'none' } : { kind: 'failed', message: this.#failure };
    if (planned.applied) return { kind: 'applied' };
    if (this.#read.document === null) return { kind: 'unreadable' };
    if (!sameData(this.#read.document, planned.document)) return { kind: 'documentChanged' };
    if (planned.expiresAtMs !== null && nowMs >= planned.expiresAtMs)
      return { kind: 'expired', sinceMs: planned.expiresAtMs };
    return planned.moved === null ? { kind: 'ready' } : { kind: 'moved', what: planned.moved };
  }

  /** Milliseconds until the plan ends; `null` when nothing tells. */
  validForMs(): number | null {
    const end = this.#planned?.expiresAtMs ?? null;
    return end === null ? null : Math.max(0, end - this.#options.clock.now());
  }

  /**
   * Applies the plan. Rejects with a sentence when nothing was changed. When contact is lost after sending, the run is
   * looked for under its id, so that it is neither forgotten nor begun twice.
   */
  async apply(): Promise<RunFollower> {
    const [refusal] = this.refusals();
    const planned = this.#planned;
    if (refusal !== undefined || planned?.plan.plan_hash == null)
      throw new NotDone(refusal?.sentence ?? 'There is no plan yet. Plan first.');
    const { entry, port } = this.#server(planned.clusterId);
    const runUuid = this.#options.newUuid();
    const order = {
      runUuid,
      diffs: diffsOfDocument(planned.document),
      planHash: planned.plan.plan_hash,
    };
    this.#planned = { ...planned, applied: true };
    this.#changed.fire();
    let first = null;
    try {
      first = await port.apply(planned.document.cluster, order);
    } catch (error) {
      if (error instanceof IntentRefused) {
        const moved = error.reason === 'plan_state_moved' ? error.message : planned.moved;
        this.#planned = { ...planned, moved };
        this.#changed.fire();
        throw error;
      }
      if (await isUnknownThere(port, runUuid)) {
        this.#planned = planned;
        this.#changed.fire();
        throw new NotDone(
          `${messageOf(error)} The server knows no such run, so nothing was changed so far. Plan again before you repeat it.`,
        );
      }
    }
    return this.#startFollowing(runUuid, entry, port, first);
  }

  pageModel(): PlanPageModel {
    const planned = this.#planned;
    const [fault] = this.#read.findings;
    return planPageModel({
      about: this.#options.about,
      fileName: this.#options.fileName,
      cluster: this.target()?.record.name ?? this.#read.cluster,
      plan: planned?.plan ?? null,
      standing: this.standing(),
      failure: this.#failure,
      refusals: this.refusals(),
      fault: fault === undefined ? null : { line: this.lineAt(fault.range.start), message: fault.message },
      expiresAtMs: planned?.expiresAtMs ?? null,
      lineOf: (index) => {
        const offset = this.offsetOf(index);
        return offset === null ? null : this.lineAt(offset);
      },
      run: this.#follower?.picture() ?? null,
    });
  }

  /** Line of an offset, from 1. */
  lineAt(offset: number): number {
    return this.#text.slice(0, offset).split('\n').length;
  }

  /** Places of the plan's guests in the text; worked out once for each plan and text. */
  #placesNow(): ReturnType<typeof placesOf> {
    const planned = this.#planned;
    if (planned === null) return new Map();
    if (this.#places?.planned !== planned || this.#places.read !== this.#read)
      this.#places = {
        planned,
        read: this.#read,
        places: placesOf(planned.document.guests, this.#read.source.value),
      };
    return this.#places.places;
  }

  #startFollowing(
    uuid: string,
    entry: ClusterEntry,
    port: IntentPort,
    first: Awaited<ReturnType<IntentPort['apply']>> | null,
  ): RunFollower {
    this.#follower?.dispose();
    const follower = new RunFollower({
      uuid,
      cluster: entry.record.name,
      port,
      clock: this.#options.clock,
      clockOffsetMs: this.#options.model.clockOffsetMs(entry.connection.id),
      first,
    });
    this.#follower = follower;
    follower.onDidChange(() => this.#changed.fire());
    this.#changed.fire();
    return follower;
  }

  #takePlan(plan: PlanReply, document: IntentDocument, entry: ClusterEntry): void {
    const { clock, model } = this.#options;
    this.#follower?.dispose();
    this.#follower = null;
    const expiresAtMs = expiryOf(plan, clock.now(), model.clockOffsetMs(entry.connection.id));
    this.#planned = {
      plan,
      document,
      clusterId: entry.id,
      expiresAtMs,
      seen: seenGuests(model, entry.id, plan.verdicts),
      moved: null,
      applied: false,
    };
    this.#expiry?.dispose();
    this.#expiry =
      expiresAtMs === null
        ? null
        : clock.setTimeout(() => this.#changed.fire(), Math.max(0, expiresAtMs - clock.now()));
  }

  #fleetChanged(): void {
    const planned = this.#planned;
    if (planned !== null && planned.moved === null && !planned.applied) {
      const { model } = this.#options;
      // A cluster that is out of sight tells nothing, least of all that its guests are gone.
      if (model.lastKnown(planned.clusterId) === null && model.cluster(planned.clusterId) !== undefined) {
        const moved = movedSince(planned.seen, seenGuests(model, planned.clusterId, planned.plan.verdicts));
        if (moved !== null) this.#planned = { ...planned, moved };
      }
    }
    const word = [this.candidates().map(({ id }) => id), this.refusals().map(({ short }) => short)].join(
      '\n',
    );
    if (word === this.#fleetWord) return;
    this.#fleetWord = word;
    this.#changed.fire();
  }

  #server(clusterId?: string): { readonly entry: ClusterEntry; readonly port: IntentPort } {
    const entry = clusterId === undefined ? this.target() : this.#options.model.clusterEntry(clusterId);
    const port = entry == null ? null : this.#options.portOf(entry.connection.id);
    if (entry == null || port === null) throw new NotDone(this.#unknownCluster().message);
    return { entry, port };
  }

  #unknownCluster(): IntentFinding {
    const { model } = this.#options;
    const key = this.#read.cluster ?? '';
    const known = [...new Set(model.clusters().map(({ record }) => record.key))];
    const candidates = this.candidates();
    const message =
      candidates.length > 1
        ? `Several connections have a cluster "${key}". Choose one with Plan.`
        : `No connected cluster is called "${key}". ${known.length === 0 ? 'No cluster is connected.' : `Known: ${known.join(', ')}.`}`;
    return {
      severity: 'warning',
      code: 'cluster_unknown',
      message,
      path: ['cluster'],
      range: this.#read.source.valueRange(['cluster']),
      origin: 'meaning',
    };
  }

  #faultText(): string {
    const [fault] = this.#read.findings;
    return fault === undefined
      ? 'The document cannot be read. Nothing was checked.'
      : `${this.#options.fileName}, line ${this.lineAt(fault.range.start)}: ${fault.message} Nothing was checked. Correct it, then plan.`;
  }
}

/** Whether the server answers that it knows no such run. No answer is no such answer. */
async function isUnknownThere(port: IntentPort, runUuid: string): Promise<boolean> {
  try {
    return (await port.run(runUuid)) === null;
  } catch {
    return false;
  }
}

/** The plan's life is a span on the server's clock; counted from its arrival it needs no equal clocks. */
function expiryOf(plan: PlanReply, nowMs: number, clockOffsetMs: number): number | null {
  if (plan.expires_at === null) return null;
  if (plan.created_at !== null) return nowMs + (plan.expires_at - plan.created_at) * 1000;
  return plan.expires_at * 1000 + clockOffsetMs;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'An unexpected failure.';
}
