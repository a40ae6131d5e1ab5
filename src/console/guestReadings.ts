import type { FleetError } from '../contract/model/fleetError.ts';
import type { GuestDetail } from '../contract/model/guestDetail.ts';
import { type GuestPart, type GuestReading, guestParts } from './guestPageFacts.ts';

/**
 * Readings of one guest, one after the other. A part that cannot be read keeps what was read of it last, with its moment:
 * a page must not lose a configuration because the cluster went away.
 */
export class GuestReadings {
  #detail: GuestDetail | null = null;
  readonly #readMs = new Map<GuestPart, number>();

  /** The newest answer of the server, completed by what it could not read this time. */
  read(told: GuestDetail, nowMs: number): GuestReading {
    const before = this.#detail;
    let detail = told;
    for (const part of guestParts) {
      const kept = before === null || told[`${part}Error`] === null ? null : keptPart(part, before, told);
      if (told[`${part}Error`] === null) this.#readMs.set(part, nowMs);
      else if (kept === null) this.#readMs.delete(part);
      else detail = { ...detail, ...kept };
    }
    this.#detail = detail;
    return {
      state: 'read',
      detail,
      keptFromMs: this.#times(guestParts.filter((part) => told[`${part}Error`] !== null)),
    };
  }

  /** No answer at all: everything is as it was. */
  failed(error: FleetError): GuestReading {
    return { state: 'failed', error, detail: this.#detail, keptFromMs: this.#times(guestParts) };
  }

  #times(parts: readonly GuestPart[]): Partial<Record<GuestPart, number>> {
    return Object.fromEntries(
      parts.flatMap((part) => {
        const readMs = this.#readMs.get(part);
        return readMs === undefined ? [] : [[part, readMs]];
      }),
    );
  }
}

/** What was read of a part before; `null` when that says nothing of what is asked for now. */
function keptPart(part: GuestPart, before: GuestDetail, told: GuestDetail): Partial<GuestDetail> | null {
  if (before.cluster !== told.cluster || before.vmid !== told.vmid) return null;
  switch (part) {
    case 'config':
      return before.config === null ? null : { config: before.config };
    case 'status':
      return before.status === null ? null : { status: before.status };
    case 'tasks':
      return before.tasks.length === 0 ? null : { tasks: before.tasks };
    case 'load':
      return before.load.length === 0 || before.loadTimeframe !== told.loadTimeframe
        ? null
        : { load: before.load };
  }
}
