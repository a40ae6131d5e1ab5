/** One server-sent event. */
export interface StreamEvent {
  /** `message` when the frame named none. */
  readonly event: string;
  readonly data: string;
  /** Last id seen so far, also from earlier frames. */
  readonly id: string;
}

/** Longest line accepted, characters; a snapshot of a large fleet is one line of some megabytes. */
const maxLineLength = 128 * 1_048_576;

/**
 * Reads server-sent events from text that arrives in pieces, by the rules of the HTML standard: CR, LF and CRLF end
 * lines, comments are skipped, several data lines are joined, a frame without data is no event.
 */
export class EventStreamParser {
  readonly #onEvent: (event: StreamEvent) => void;
  #pending: string[] = [];
  #pendingLength = 0;
  #endedWithCr = false;
  #started = false;
  #event = '';
  #data: string[] = [];
  #id = '';

  constructor(onEvent: (event: StreamEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Takes the next piece. Throws when a line grows beyond all reason. */
  push(chunk: string): void {
    let text = chunk;
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.startsWith('\ufeff')) text = text.slice(1);
    }
    // A CR at the end of the last piece ended its line; an LF right after it belongs to it.
    if (this.#endedWithCr && text.startsWith('\n')) text = text.slice(1);
    if (text !== '') this.#endedWithCr = text.endsWith('\r');
    let from = 0;
    for (const match of text.matchAll(/\r\n|\n|\r/g)) {
      this.#keep(text.slice(from, match.index));
      from = match.index + match[0].length;
      const line = this.#pending.join('');
      this.#pending = [];
      this.#pendingLength = 0;
      this.#line(line);
    }
    this.#keep(text.slice(from));
  }

  #keep(part: string): void {
    if (part === '') return;
    this.#pendingLength += part.length;
    if (this.#pendingLength > maxLineLength) throw new Error('a line of the event stream is too long');
    this.#pending.push(part);
  }

  #line(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(): void {
    const event = this.#event;
    const data = this.#data;
    this.#event = '';
    this.#data = [];
    if (data.length > 0)
      this.#onEvent({ event: event === '' ? 'message' : event, data: data.join('\n'), id: this.#id });
  }
}
