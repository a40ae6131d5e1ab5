import * as z from 'zod';

/**
 * Ways a cluster can misbehave. `down` closes the listener, `refuse` accepts and resets, `hang` accepts and never
 * answers, `slow` answers late, `lostReply` does a write and then cuts the connection; the others answer wrongly.
 */
export const faultKinds = [
  'none',
  'down',
  'refuse',
  'hang',
  'slow',
  '500',
  '401',
  'brokenJson',
  'wrongTypes',
  'halfBody',
  'html',
  'lostReply',
] as const;

export const faultSchema = z.strictObject({
  kind: z.enum(faultKinds),
  /** Only paths below `/api2/json` that begin like this. */
  path: z.string().startsWith('/').optional(),
  /** Delay before the answer; for `slow` the delay itself (default 5000). */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Only this endpoint of the cluster; all when absent. */
  endpoint: z.int().min(0).optional(),
});

/** A fault in force. */
export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault['kind'];

/** The faults of one cluster: one for all endpoints, or one per endpoint. */
export class FaultBoard {
  #forAll: Fault = { kind: 'none' };
  readonly #byEndpoint = new Map<number, Fault>();

  set(fault: Fault): void {
    if (fault.endpoint === undefined) {
      this.#forAll = fault;
      this.#byEndpoint.clear();
    } else this.#byEndpoint.set(fault.endpoint, fault);
  }

  /** The fault an endpoint has, whatever the path. */
  of(endpoint: number): Fault {
    return this.#byEndpoint.get(endpoint) ?? this.#forAll;
  }

  /** The fault that hits a request, if any. */
  hitting(endpoint: number, path: string): Fault | null {
    const fault = this.of(endpoint);
    if (fault.kind === 'none' || (fault.path !== undefined && !path.startsWith(fault.path))) return null;
    return fault;
  }

  /** True when the endpoint's listener must not even accept. */
  isDown(endpoint: number): boolean {
    const fault = this.of(endpoint);
    return fault.kind === 'down' && fault.path === undefined;
  }

  get list(): { readonly forAll: Fault; readonly byEndpoint: Record<string, Fault> } {
    return { forAll: this.#forAll, byEndpoint: Object.fromEntries(this.#byEndpoint) };
  }
}
