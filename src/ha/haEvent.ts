/** One thing that happened, with its virtual second and who tells it (`node1/crm`, `node1/lrm`, `hardware`, …). */
export interface HaEvent {
  readonly t: number;
  readonly source: string;
  readonly event: string;
  readonly [field: string]: string | number;
}

/** Further fields of an event. */
export type HaEventFields = Readonly<Record<string, string>>;
