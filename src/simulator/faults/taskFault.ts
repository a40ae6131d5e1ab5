import * as z from 'zod';

/** A fault of the tasks that writes start: they end badly halfway, take longer, or end with warnings. */
export const taskFaultSchema = z.strictObject({
  kind: z.enum(['fail', 'slow', 'warn']),
  /** Only tasks of this type, such as `qmclone`. */
  type: z.string().min(1).optional(),
  /** Only tasks for this guest. */
  vmid: z.int().min(100).optional(),
  /** What a failing task ends with, or what the other one warns of. */
  error: z.string().min(1).max(500).optional(),
  /** How many times longer a slow task takes. */
  factor: z.number().min(1).max(10_000).optional(),
  /** How many tasks it hits; all from now on when absent. */
  times: z.int().min(1).optional(),
});

export type TaskFault = z.infer<typeof taskFaultSchema>;

/** The faults of one cluster's tasks, the newest first. */
export class TaskFaults {
  #faults: { readonly fault: TaskFault; left: number }[] = [];

  add(fault: TaskFault): void {
    this.#faults.unshift({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that hits a task which starts now; it counts as used. */
  take(kind: TaskFault['kind'], type: string, vmid: number): TaskFault | null {
    const found = this.#faults.find(
      ({ fault }) =>
        fault.kind === kind &&
        (fault.type === undefined || fault.type === type) &&
        (fault.vmid === undefined || fault.vmid === vmid),
    );
    if (found === undefined) return null;
    found.left -= 1;
    this.#faults = this.#faults.filter(({ left }) => left > 0);
    return found.fault;
  }

  get list(): readonly TaskFault[] {
    return this.#faults.map(({ fault }) => fault);
  }
}
