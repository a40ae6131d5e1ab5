import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import { diffsOfDocument, type IntentDocument } from '../../contract/intent/intentDocument.ts';
import type { PlanReply, PlanVerdict } from '../../contract/intent/plan.ts';
import type { PlanPageModel } from '../../contract/planPanel.ts';
import type { ClusterEntry } from '../fleetModel.ts';
import type { IntentLanguage } from './intentFile.ts';
import type { IntentPort } from './intentPort.ts';
import { IntentTarget, type IntentTargetOptions } from './intentTarget.ts';
import { messageOf, NotDone } from './notDone.ts';
import { placesOf, planFindings } from './planFindings.ts';
import { type ApplyRefusal, applyRefusals } from './planGate.ts';
import { noteMoved, type Planned, planStanding, takePlan } from './plannedState.ts';
import { planPageModel } from './planPage.ts';
import type { PlanStanding } from './planStates.ts';
import { type IntentFinding, type ReadIntent, readIntent } from './readIntent.ts';
import { RunFollower } from './runFollower.ts';
import { sendOrder } from './sendOrder.ts';

export interface IntentSessionOptions extends IntentTargetOptions {
  /** Address of the document. */
  readonly about: string;
  readonly fileName: string;
  readonly language: IntentLanguage;
  readonly clock: Clock;
  readonly isTrusted: () => boolean;
  readonly newUuid: () => string;
}

/** One intent document from its text over its plan to its run. Losing a server or a fault in the text loses nothing. */
export class IntentSession implements Disposable {
  readonly #options: IntentSessionOptions;
  readonly #changed = new Emitter<void>();
  readonly #subscription: Disposable;
  readonly #target: IntentTarget;
  #text = '';
  #read: ReadIntent;
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
    this.#target = new IntentTarget(options);
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
    return this.#target.candidates(this.#read);
  }

  /** The cluster it is for; `null` when none or several come into question. */
  target(): ClusterEntry | null {
    return this.#target.entry(this.#read);
  }

  chooseConnection(connectionId: string): void {
    this.#target.choose(connectionId);
    this.#changed.fire();
  }

  /** Faults of the document, and verdicts of its plan at the lines they come from. */
  findings(): IntentFinding[] {
    const planned = this.#planned;
    const own = [...this.#read.findings];
    if (own.length === 0 && this.candidates().length === 0 && this.#options.model.clusters().length > 0)
      own.push(this.#target.unknownCluster(this.#read));
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
      const { entry, port } = this.#target.server(this.#read);
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
    return planStanding({
      planned: this.#planned,
      planningSinceMs: this.#planningSinceMs,
      failure: this.#failure,
      document: this.#read.document,
      nowMs: this.#options.clock.now(),
    });
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
    const { entry, port } = this.#target.server(this.#read, planned.clusterId);
    const runUuid = this.#options.newUuid();
    const order = {
      runUuid,
      diffs: diffsOfDocument(planned.document),
      planHash: planned.plan.plan_hash,
    };
    this.#planned = { ...planned, applied: true };
    this.#changed.fire();
    const sent = await sendOrder(port, planned.document.cluster, order);
    if (sent.kind !== 'begun') {
      const isMoved = sent.kind === 'refused' && sent.error.reason === 'plan_state_moved';
      this.#planned = isMoved ? { ...planned, moved: sent.error.message } : planned;
      this.#changed.fire();
      throw sent.error;
    }
    return this.#startFollowing(runUuid, entry, port, sent.first);
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
    this.#planned = takePlan(plan, document, entry, model, clock.now());
    const { expiresAtMs } = this.#planned;
    this.#expiry?.dispose();
    this.#expiry =
      expiresAtMs === null
        ? null
        : clock.setTimeout(() => this.#changed.fire(), Math.max(0, expiresAtMs - clock.now()));
  }

  #fleetChanged(): void {
    if (this.#planned !== null) this.#planned = noteMoved(this.#planned, this.#options.model);
    const word = [this.candidates().map(({ id }) => id), this.refusals().map(({ short }) => short)].join(
      '\n',
    );
    if (word === this.#fleetWord) return;
    this.#fleetWord = word;
    this.#changed.fire();
  }

  #faultText(): string {
    const [fault] = this.#read.findings;
    return fault === undefined
      ? 'The document cannot be read. Nothing was checked.'
      : `${this.#options.fileName}, line ${this.lineAt(fault.range.start)}: ${fault.message} Nothing was checked. Correct it, then plan.`;
  }
}
