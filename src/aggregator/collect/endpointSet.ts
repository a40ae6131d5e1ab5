import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/lifecycle.ts';
import type { ClusterEndpoint, QuorumView } from '../../contract/model/cluster.ts';
import type { FleetError } from '../../contract/model/fleetError.ts';
import { HttpFailure } from '../../http/httpFailure.ts';
import { pveClusterStatusRow } from '../../pve/clusterStatus.ts';
import type { PveReader } from '../../pve/pveClient.ts';
import { parsePveRows } from '../../pve/values.ts';
import { toFleetError } from './toFleetError.ts';

/** One address of a cluster. */
export interface EndpointSlot {
  readonly endpointId: number;
  readonly url: string;
  readonly tls: ClusterEndpoint['tls'];
  readonly reader: PveReader;
}

interface SlotState {
  readonly slot: EndpointSlot;
  error: FleetError | null;
  answered: boolean;
  view: QuorumView | null;
}

/**
 * The addresses of one cluster. Calls go to one of them as long as it answers; another takes over when it does not, and
 * stays. A node that answers without quorum gives way to one that has it.
 */
export class EndpointSet implements Disposable {
  readonly #slots: readonly SlotState[];
  readonly #clock: Clock;
  #preferred = 0;

  constructor(slots: readonly EndpointSlot[], clock: Clock) {
    this.#slots = slots.map((slot) => ({ slot, error: null, answered: false, view: null }));
    this.#clock = clock;
  }

  /** GET with failover. Rejects with the preferred endpoint's failure when none answers. */
  async get(path: string): Promise<unknown> {
    const start = this.#preferred;
    let first: unknown;
    for (let offset = 0; offset < this.#slots.length; offset += 1) {
      const index = (start + offset) % this.#slots.length;
      const state = this.#slots[index];
      if (state === undefined) continue;
      try {
        const data = await this.#ask(state, path);
        this.#preferred = index;
        return data;
      } catch (error) {
        if (!mayFailOver(error)) throw error;
        first ??= error;
      }
    }
    throw first;
  }

  /**
   * Asks every endpoint but the preferred one how it sees quorum. When the preferred node has none and another has it,
   * that one is preferred from now on.
   */
  async lookAround(preferredQuorate: boolean | null, preferredNode: string | null): Promise<void> {
    const preferred = this.#slots[this.#preferred];
    if (preferred !== undefined)
      preferred.view = this.#view(preferred, preferredNode, preferredQuorate, null);
    await Promise.all(
      this.#slots.map(async (state, index) => {
        if (index === this.#preferred) return;
        try {
          const data = await this.#ask(state, '/cluster/status');
          const { rows } = parsePveRows(pveClusterStatusRow, Array.isArray(data) ? data : []);
          const quorate = rows.find((row) => row.type === 'cluster')?.quorate ?? null;
          state.view = this.#view(state, rows.find((row) => row.local === true)?.name ?? null, quorate, null);
        } catch {
          state.view = this.#view(state, state.view?.node ?? null, null, state.error);
        }
      }),
    );
    if (preferredQuorate !== false) return;
    const better = this.#slots.findIndex((state) => state.view?.quorate === true);
    if (better !== -1) this.#preferred = better;
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
    return this.#preferred;
  }

  /** Records for the contract. */
  describe(): ClusterEndpoint[] {
    return this.#slots.map((state, index) => ({
      endpointId: state.slot.endpointId,
      url: state.slot.url,
      node: state.view?.node ?? null,
      state:
        state.error !== null
          ? 'failing'
          : !state.answered
            ? 'never'
            : index === this.#preferred
              ? 'answering'
              : 'standby',
      tls: state.slot.tls,
      error: state.error,
    }));
  }

  dispose(): void {
    for (const { slot } of this.#slots) slot.reader.dispose();
  }

  async #ask(state: SlotState, path: string): Promise<unknown> {
    try {
      const data = await state.slot.reader.get(path);
      state.answered = true;
      state.error = null;
      return data;
    } catch (error) {
      if (answers(error)) {
        state.answered = true;
        state.error = null;
      } else {
        const failure = toFleetError(error, this.#clock.now(), state.slot.reader.endpoint);
        state.error =
          state.error?.code === failure.code ? { ...failure, sinceMs: state.error.sinceMs } : failure;
      }
      throw error;
    }
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
function answers(error: unknown): boolean {
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
  return !answers(error) && error.code !== 'unauthorized';
}
