import * as z from 'zod/mini';
import type { HostLink, Message } from './bridge.ts';

// Compiling a schema to code needs `eval`, which the pages' policy forbids; even trying is reported as a violation.
z.config({ jitless: true });

const tableViewSchema = z.object({
  filter: z.catch(z.string().check(z.maxLength(200)), ''),
  sort: z.catch(z.nullable(z.object({ column: z.string(), descending: z.boolean() })), null),
  /** `null` until the reader chose: then the Problems tab opens when it is not empty. */
  problemsOnly: z.catch(z.nullable(z.boolean()), null),
  groupBy: z.catch(z.nullable(z.string()), null),
  folded: z.catch(z.array(z.string()), []),
  /** Id of the first visible row of a scrolled table. */
  anchor: z.catch(z.nullable(z.string()), null),
});
/** How the reader arranged one table. */
export type TableView = z.infer<typeof tableViewSchema>;

const pageStateSchema = z.object({
  /** Id of what the page shows: the host reads it when the editor restores the page. */
  about: z.catch(z.nullable(z.string()), null),
  scrollTop: z.catch(z.number(), 0),
  open: z.catch(z.record(z.string(), z.boolean()), {}),
  tables: z.catch(z.record(z.string(), z.catch(z.nullable(tableViewSchema), null)), {}),
});
/** What survives a reload: navigation and layout, never data. */
export type PageState = z.infer<typeof pageStateSchema>;

/** Reads a saved state; what does not fit reads as never saved. */
export function parsePageState(saved: unknown): PageState {
  const empty: PageState = { about: null, scrollTop: 0, open: {}, tables: {} };
  const parsed = z.safeParse(pageStateSchema, saved);
  return parsed.success ? parsed.data : empty;
}

/** Reads and writes the state of one page. */
export class PageMemory {
  readonly #link: Pick<HostLink<Message>, 'savedState' | 'saveState'>;
  readonly #restored: PageState;
  #state: PageState;

  constructor(link: Pick<HostLink<Message>, 'savedState' | 'saveState'>) {
    this.#link = link;
    this.#restored = parsePageState(link.savedState());
    this.#state = this.#restored;
  }

  /** State as it was when the page was loaded. */
  get restored(): PageState {
    return this.#restored;
  }

  isOpen(section: string, byDefault: boolean): boolean {
    return this.#state.open[section] ?? byDefault;
  }

  setOpen(section: string, open: boolean): void {
    this.#state = { ...this.#state, open: { ...this.#state.open, [section]: open } };
    this.#save();
  }

  setTable(id: string, view: TableView): void {
    this.#state = { ...this.#state, tables: { ...this.#state.tables, [id]: view } };
    this.#save();
  }

  setAbout(about: string): void {
    if (this.#state.about === about) return;
    this.#state = { ...this.#state, about };
    this.#save();
  }

  setScrollTop(scrollTop: number): void {
    this.#state = { ...this.#state, scrollTop };
    this.#save();
  }

  #save(): void {
    this.#link.saveState(this.#state);
  }
}
