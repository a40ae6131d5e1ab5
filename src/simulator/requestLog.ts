/** One request as it was answered; paths carry no secrets. */
export interface RequestEntry {
  readonly atMs: number;
  readonly endpoint: number;
  readonly method: string;
  readonly path: string;
  /** 0 when no answer was sent. */
  readonly status: number;
}

/** Counts of one cluster's requests. */
export interface RequestCounts {
  readonly total: number;
  readonly sinceReset: number;
  /** Since the last reset, by method and path template. */
  readonly byPath: Record<string, number>;
  /** Since the last reset, by endpoint index. */
  readonly byEndpoint: Record<string, number>;
  /** Newest last. */
  readonly recent: readonly RequestEntry[];
}

const maxRecent = 100;

/** Counts what was asked of one cluster. */
export class RequestLog {
  #total = 0;
  #sinceReset = 0;
  readonly #byPath = new Map<string, number>();
  readonly #byEndpoint = new Map<number, number>();
  readonly #recent: RequestEntry[] = [];

  /** Counts a request when it arrives, answered or not. */
  count(template: string, endpoint: number): void {
    this.#total += 1;
    this.#sinceReset += 1;
    this.#byPath.set(template, (this.#byPath.get(template) ?? 0) + 1);
    this.#byEndpoint.set(endpoint, (this.#byEndpoint.get(endpoint) ?? 0) + 1);
  }

  note(entry: RequestEntry): void {
    this.#recent.push(entry);
    if (this.#recent.length > maxRecent) this.#recent.shift();
  }

  reset(): void {
    this.#sinceReset = 0;
    this.#byPath.clear();
    this.#byEndpoint.clear();
    this.#recent.length = 0;
  }

  get counts(): RequestCounts {
    return {
      total: this.#total,
      sinceReset: this.#sinceReset,
      byPath: Object.fromEntries([...this.#byPath].sort(([a], [b]) => (a < b ? -1 : 1))),
      byEndpoint: Object.fromEntries(this.#byEndpoint),
      recent: [...this.#recent],
    };
  }
}
