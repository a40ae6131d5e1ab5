import { nothing } from 'lit';
import { AsyncDirective } from 'lit/async-directive.js';
import { directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';
import { formatAge } from '../../src/base/format.ts';

/** What an element says: words, and the moment (host clock) from which an age ticks behind the first fact. */
interface AgedText {
  readonly text: string;
  readonly sinceMs: number;
}

/*
 * One timer for all ages of the page. It writes only what is on screen, stops when nothing ages and while the page is
 * hidden, and counts on the host's clock, because the browser may run on another machine.
 */
const texts = new Map<Element, AgedText>();
const visible = new Set<Element>();
let hostOffsetMs = 0;
let timer: ReturnType<typeof setInterval> | undefined;

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) visible.delete(target);
    else if (texts.has(target)) {
      visible.add(target);
      write(target);
    }
  }
});

/** Takes over the host's clock from a message. */
export function setHostClock(nowMs: number): void {
  hostOffsetMs = nowMs - Date.now();
  for (const element of visible) write(element);
}

/** Now, on the host's clock. */
export function hostNowMs(): number {
  return Date.now() + hostOffsetMs;
}

/** "stale 2m 14s", "disarmed 12 min · frozen": the age stands behind the first fact. */
export function agedText(text: string, sinceMs: number, nowMs: number): string {
  const age = formatAge(nowMs - sinceMs);
  if (text === '') return age;
  const [first = '', ...rest] = text.split(' · ');
  return [`${first} ${age}`, ...rest].join(' · ');
}

function write(element: Element): void {
  const aged = texts.get(element);
  if (aged === undefined) return;
  const text = agedText(aged.text, aged.sinceMs, hostNowMs());
  if (element.textContent !== text) element.textContent = text;
}

function track(element: Element, aged: AgedText): void {
  if (!texts.has(element)) observer.observe(element);
  texts.set(element, aged);
  write(element);
  timer ??= setInterval(tick, 1000);
}

function untrack(element: Element): void {
  if (!texts.delete(element)) return;
  visible.delete(element);
  observer.unobserve(element);
  if (texts.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

function tick(): void {
  if (document.visibilityState === 'hidden') return;
  for (const element of visible) write(element);
}

/** Writes words into an element, with an age that ticks behind them when `sinceMs` is given. */
class WordsDirective extends AsyncDirective {
  #element: Element | undefined;
  #text = '';
  #sinceMs: number | null = null;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('words belongs on an element.');
  }

  render(_text: string, _sinceMs?: number | null): typeof nothing {
    return nothing;
  }

  override update(part: ElementPart, [text, sinceMs = null]: [string, (number | null)?]): typeof nothing {
    if (part.element === this.#element && text === this.#text && sinceMs === this.#sinceMs) return nothing;
    this.#element = part.element;
    this.#text = text;
    this.#sinceMs = sinceMs;
    this.#show();
    return nothing;
  }

  #show(): void {
    if (this.#element === undefined) return;
    if (this.#sinceMs !== null) track(this.#element, { text: this.#text, sinceMs: this.#sinceMs });
    else {
      untrack(this.#element);
      if (this.#element.textContent !== this.#text) this.#element.textContent = this.#text;
    }
  }

  protected override disconnected(): void {
    if (this.#element !== undefined) untrack(this.#element);
  }

  protected override reconnected(): void {
    this.#show();
  }
}

export const words = directive(WordsDirective);
