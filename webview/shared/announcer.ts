import type { Banner } from '../../src/contract/panels.ts';
import { bannerText } from './banners.ts';

const quietMs = 10_000;

/** Speaks to screen readers: a summary now and then, and at once what needs somebody now. */
export interface Announcer {
  /** Summary for the polite region, at most every 10 s; the latest one wins. Empty says nothing. */
  summarize(text: string): void;
  /** Speaks failing notices that were not there before. */
  alertNew(banners: readonly Banner[]): void;
}

/** The regions exist from the start, because a region that is added together with its text is often not read. */
export function createAnnouncer(parent: HTMLElement): Announcer {
  const status = addRegion(parent, 'status');
  const alert = addRegion(parent, 'alert');
  let alerted = new Set<string>();
  let last = '';
  let pending: string | null = null;
  let isWaiting = false;
  const say = (text: string): void => {
    last = text;
    status.textContent = text;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      const next = pending;
      pending = null;
      if (next !== null && next !== last) say(next);
    }, quietMs);
  };
  return {
    summarize(text) {
      if (isWaiting) pending = text;
      else if (text !== last) say(text);
    },
    alertNew(banners) {
      const failing = banners.filter(({ tone }) => tone === 'fail');
      const fresh = failing.filter(({ id }) => !alerted.has(id));
      alerted = new Set(failing.map(({ id }) => id));
      if (fresh.length > 0) alert.textContent = fresh.map(bannerText).join(' ');
      else if (failing.length === 0) alert.textContent = '';
    },
  };
}

function addRegion(parent: HTMLElement, role: 'status' | 'alert'): HTMLElement {
  const region = document.createElement('div');
  region.className = 'spoken';
  region.setAttribute('role', role);
  parent.append(region);
  return region;
}
