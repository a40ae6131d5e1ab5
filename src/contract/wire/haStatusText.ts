/** Text of a master or lrm row taken apart: `NODE (WORD, WATCHDOG, TIME) - SUFFIX`. */
export interface HaStatusText {
  readonly node: string;
  readonly word: string;
  readonly watchdog: string | null;
  readonly suffix: string;
}

/** The `status` text of a reference row; `null` when it has another form. The reference tells these states only as text. */
export function parseHaStatusText(text: string): HaStatusText | null {
  const open = text.indexOf(' (');
  const close = text.indexOf(')', open);
  if (open <= 0 || close === -1) return null;
  const parts = text.slice(open + 2, close).split(', ');
  const watchdog = parts.find((part) => part.startsWith('watchdog '));
  return {
    node: text.slice(0, open),
    word: parts[0] ?? '',
    watchdog: watchdog?.slice('watchdog '.length) ?? null,
    suffix: text.slice(close + 1).replace(/^[\s-]+/, ''),
  };
}
