import { clockText, clockTextWithSeconds } from '../clockText.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Local day: "21 Nov". */
export function dayText(epochMs: number): string {
  const date = new Date(epochMs);
  return `${date.getDate()} ${months[date.getMonth()]}`;
}

/** Local time with the day where it is another one: "12:03:14", "20 Nov 12:03:14". */
export function momentText(epochMs: number, nowMs: number): string {
  const time = clockTextWithSeconds(epochMs);
  return isSameDay(epochMs, nowMs) ? time : `${dayText(epochMs)} ${time}`;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const steps = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs);
const longSteps = [1, 2, 3, 6, 12].map((hours) => hours * hourMs);
const days = [1, 2, 5, 7].map((count) => count * dayMs);

/** At most eight round moments between two, for the axis of a chart. */
export function axisMarks(fromMs: number, toMs: number): { readonly atMs: number; readonly label: string }[] {
  const spanMs = toMs - fromMs;
  const stepMs = [...steps, ...longSteps, ...days].find((step) => spanMs / step <= 8) ?? 30 * dayMs;
  // Local midnight is what hours and days are counted from.
  const midnight = new Date(fromMs);
  midnight.setHours(0, 0, 0, 0);
  const marks: { atMs: number; label: string }[] = [];
  // Days are counted by the calendar: some have 23 or 25 hours.
  const next = (atMs: number): number => {
    if (stepMs < dayMs) return atMs + stepMs;
    const date = new Date(atMs);
    return date.setDate(date.getDate() + stepMs / dayMs);
  };
  for (let atMs = midnight.getTime(); atMs <= toMs; atMs = next(atMs)) {
    if (atMs < fromMs) continue;
    marks.push({ atMs, label: stepMs >= dayMs ? dayText(atMs) : markText(atMs) });
  }
  return marks;
}

function markText(atMs: number): string {
  const text = clockText(atMs);
  return text === '00:00' ? dayText(atMs) : text;
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
