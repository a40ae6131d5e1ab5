import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { ClusterEndpoint, QuorumView } from '../../contract/model/cluster.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { HttpFailure } from '../../http/httpFailure.ts';
import { pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import { mayHaveHappened } from '../../pve/mayHaveHappened.ts';
import { type PveDestroyer, type PveEndpoint, type PveParams, sendDestroy } from '../../pve/pveClient.ts';
import { parsePveRows } from '../../pve/values.ts';
import { ClusterIdentity } from './clusterIdentity.ts';
import { toFleetError } from './toFleetError.ts';

/** One address of a cluster. */
export interface EndpointSlot {
  readonly endpointId: number;
  readonly url: string;
  readonly tls: ClusterEndpoint['tls'];
  readonly reader: PveEndpoint;
}

interface SlotState {
  readonly slot: EndpointSlot;
  error: FleetError | null;
  /** How often in a row a pause ended without an answer. */
  failures: number;
  /** Before this moment an endpoint that fails is not looked at again. */
  nextLookMs: number;
  answered: boolean;
  view: QuorumView | null;
  /** The look that is under way. */
  look: Promise<void> | null;
  /** Why it is no address of this cluster; only its status is asked then, to see whether that has changed. */
  foreign: HttpFailure | null;
}

const statusPath = '/cluster/status';

/** Pauses between looks at an endpoint that fails, milliseconds. */
const firstPauseMs = 10_000;
const longestPauseMs = 60_000;

/**
 * The addresses of one cluster. Calls go to one of them as long as it answers; another takes over when it does not, and
 * stays. A node that answers without quorum gives way to one that has it.
 */
export class EndpointSet implements Disposable, PveDestroyer {
  readonly #slots: readonly [SlotState, ...SlotState[]];
  readonly #clock: Clock;
  readonly #identity = new ClusterIdentity<SlotState>();
  #preferred: SlotState;
  #election: Promise<SlotState | null> | null = null;

  constructor(slots: readonly EndpointSlot[], clock: Clock) {
    const [first, ...others] = slots.map(
      (slot): SlotState => ({
        slot,
        error: null,
        failures: 0,
        nextLookMs: 0,
        answered: false,
        view: null,
        look: null,
        foreign: null,
      }),
    );
    if (first === undefined) throw new Error('a cluster has at least one endpoint');
    this.#slots = [first, ...others];
    this.#preferred = first;
    this.#clock = clock;
  }

  /**
   * GET with failover: all calls that fail together move to the same other endpoint, so a picture is not pieced together
   * from several views. Rejects with the preferred endpoint's failure when no other answers.
   */
  async get(path: string): Promise<unknown> {
    const asked = this.#preferred;
    try {
      return await this.#ask(asked, path);
    } catch (error) {
      if (this.#slots.length === 1 || !mayFailOver(error)) throw error;
      const other = await this.#successorOf(asked);
      if (other === null) throw error;
      return this.#ask(other, path);
    }
  }

  /**
   * A write at the endpoint that reads go to. Another endpoint takes over only when it is sure that nothing was done.
   */
  write(method: 'POST' | 'PUT', path: string, params: PveParams): Promise<unknown> {
    return this.#change((endpoint) => endpoint.write(method, path, params));
  }

  [sendDestroy](path: string): Promise<unknown> {
    return this.#change((endpoint) => endpoint[sendDestroy](path));
  }

  async #change(send: (endpoint: PveEndpoint) => Promise<unknown>): Promise<unknown> {
    const asked = this.#preferred;
    try {
      if (asked.foreign !== null) throw asked.foreign;
      return await this.#note(asked, send(asked.slot.reader));
    } catch (error) {
      if (this.#slots.length === 1 || !mayFailOver(error)) throw error;
      if (!(error instanceof HttpFailure) || (error !== asked.foreign && mayHaveHappened(error))) throw error;
      const other = await this.#successorOf(asked);
      if (other === null) throw error;
      return this.#note(other, send(other.slot.reader));
    }
  }

  /**
   * Looks at how the other endpoints see quorum, given how the preferred one does. Those that answered last are waited
   * for; those that fail are looked at now and then beside the rounds, so that a dead address does not slow them. When
   * the preferred node has no quorum and another has, that one is preferred from now on.
   */
  async lookAround(preferredQuorate: boolean | null, preferredNode: string | null): Promise<void> {
    const preferred = this.#preferred;
    preferred.view = this.#view(
      preferred,
      preferredNode ?? preferred.view?.node ?? null,
      preferredQuorate,
      preferred.error,
    );
    // A credential that one node refused is not tried on the others.
    if (preferred.error?.code === 'unauthorized') return;
    const waitedFor: Promise<void>[] = [];
    for (const state of this.#slots) {
      if (state === preferred) continue;
      if (state.error === null) waitedFor.push(this.#look(state));
      else if (state.nextLookMs <= this.#clock.now()) void this.#look(state);
    }
    await Promise.all(waitedFor);
    if (preferredQuorate !== false || this.#preferred !== preferred) return;
    const better = this.#slots.find((state) => state.view?.quorate === true);
    if (better !== undefined) this.#preferred = better;
  }

  /** How each endpoint sees quorum; empty with a single endpoint, which has nothing to disagree with. */
  get views(): readonly QuorumView[] {
    if (this.#slots.length < 2) return [];
    return this.#slots.flatMap((state) => (state.view === null ? [] : [state.view]));
  }

  get count(): number {
    return this.#slots.length;
  }

  get preferredIndex(): number {
    return this.#slots.indexOf(this.#preferred);
  }

  /** Records for the contract. */
  describe(): ClusterEndpoint[] {
    return this.#slots.map((state) => ({
      endpointId: state.slot.endpointId,
      url: state.slot.url,
      node: state.view?.node ?? null,
      state:
        state.error !== null
          ? 'failing'
          : !state.answered
            ? 'never'
            : state === this.#preferred
              ? 'answering'
              : 'standby',
      tls: state.slot.tls,
      error: state.error,
    }));
  }

  dispose(): void {
    for (const { slot } of this.#slots) slot.reader.dispose();
  }

  /** The endpoint to go on with after `failed` gave no answer; `null` when no other answers. */
  #successorOf(failed: SlotState): Promise<SlotState | null> {
    if (this.#preferred !== failed) return Promise.resolve(this.#preferred);
    this.#election ??= this.#elect(failed).finally(() => {
      this.#election = null;
    });
    return this.#election;
  }

  /** Looks at all others at once. The first with quorum is taken; else, when all are through, one that answers. */
  async #elect(failed: SlotState): Promise<SlotState | null> {
    const others = this.#slots.filter((state) => state !== failed);
    const elected = await new Promise<SlotState | null>((resolve) => {
      const looks = others.map((state) =>
        this.#look(state).then(() => {
          if (state.view?.quorate === true) resolve(state);
        }),
      );
      void Promise.all(looks).then(() => resolve(others.find((state) => state.error === null) ?? null));
    });
    if (elected !== null && this.#preferred === failed) this.#preferred = elected;
    return elected;
  }

  /** Never rejects; what was seen is in the state. Those who look at the same endpoint share the call. */
  #look(state: SlotState): Promise<void> {
    state.look ??= this.#lookOnce(state).finally(() => {
      state.look = null;
    });
    return state.look;
  }

  async #lookOnce(state: SlotState): Promise<void> {
    try {
      const data = await this.#ask(state, statusPath);
      const { rows } = parsePveRows(pveClusterStatusRow, Array.isArray(data) ? data : []);
      const quorate = rows.find((row) => row.type === 'cluster')?.quorate ?? null;
      state.view = this.#view(state, rows.find((row) => row.local === true)?.name ?? null, quorate, null);
    } catch {
      state.view = this.#view(state, state.view?.node ?? null, null, state.error);
    }
  }

  #ask(state: SlotState, path: string): Promise<unknown> {
    if (path === statusPath) return this.#note(state, this.#askStatus(state));
    return state.foreign === null
      ? this.#note(state, state.slot.reader.get(path))
      : Promise.reject(state.foreign);
  }

  /** An address that tells another cluster is a failing one: its rows would pass for this cluster's. */
  async #askStatus(state: SlotState): Promise<unknown> {
    const { reader } = state.slot;
    const data = await reader.get(statusPath);
    const why = this.#identity.judge(state, data);
    state.foreign = why === null ? null : new HttpFailure('unexpectedShape', reader.endpoint, why);
    if (state.foreign !== null) throw state.foreign;
    return data;
  }

  /** Passes an answer on and remembers how the endpoint did. */
  async #note(state: SlotState, answer: Promise<unknown>): Promise<unknown> {
    try {
      const data = await answer;
      this.#noteAnswer(state);
      return data;
    } catch (error) {
      if (isAnswer(error)) this.#noteAnswer(state);
      else this.#noteFailure(state, error);
      throw error;
    }
  }

  #noteAnswer(state: SlotState): void {
    state.answered = true;
    state.error = null;
    state.failures = 0;
    state.nextLookMs = 0;
  }

  #noteFailure(state: SlotState, error: unknown): void {
    const nowMs = this.#clock.now();
    const failure = toFleetError(error, nowMs, state.slot.reader.endpoint);
    state.error = state.error?.code === failure.code ? { ...failure, sinceMs: state.error.sinceMs } : failure;
    // What it saw before no longer counts: an old "quorate" beside a new "not quorate" would look like a split.
    state.view = this.#view(state, state.view?.node ?? null, null, state.error);
    // Calls that fail together are one failure.
    if (nowMs < state.nextLookMs) return;
    state.nextLookMs = nowMs + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(state.failures, 10));
    state.failures += 1;
  }

  #view(
    state: SlotState,
    node: string | null,
    quorate: boolean | null,
    error: FleetError | null,
  ): QuorumView {
    return { endpoint: state.slot.reader.endpoint, node, quorate, atMs: this.#clock.now(), error };
  }
}

/** An error status for one path still means that the endpoint works: not offered, forbidden, a node it cannot reach. */
function isAnswer(error: unknown): boolean {
  return (
    error instanceof HttpFailure &&
    (error.code === 'httpError' || error.code === 'forbidden' || error.code === 'nodeUnreachable') &&
    error.httpStatus !== 502 &&
    error.httpStatus !== 503
  );
}

/** Another address helps when this one cannot be talked to, not when Proxmox said no or the credential is wrong. */
function mayFailOver(error: unknown): boolean {
  if (!(error instanceof HttpFailure)) return true;
  return !isAnswer(error) && error.code !== 'unauthorized';
}
