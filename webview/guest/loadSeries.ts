import type { LoadPoint } from '../../src/contract/model/guestDetail.ts';
import type { LoadTimeframe } from '../../src/contract/model/loadTimeframe.ts';

/** Names of the timeframes, in the order they are offered. */
export const timeframeLabels: Readonly<Record<Exclude<LoadTimeframe, 'unknown'>, string>> = {
  hour: 'Last hour',
  day: 'Last day',
  week: 'Last week',
  month: 'Last month',
  year: 'Last year',
};

/** Load as percentages over time; `null` is a gap. */
export interface LoadSeries {
  readonly timeS: readonly number[];
  readonly cpu: readonly (number | null)[];
  readonly memory: readonly (number | null)[];
}

/** Where points are missing in between, a gap is put in: a line must never be drawn over time nobody reported. */
export function loadSeries(points: readonly LoadPoint[]): LoadSeries {
  const sorted = [...points].sort((a, b) => a.timeS - b.timeS);
  const stepS = usualStep(sorted);
  const timeS: number[] = [];
  const cpu: (number | null)[] = [];
  const memory: (number | null)[] = [];
  for (const point of sorted) {
    const lastS = timeS.at(-1);
    if (lastS !== undefined && stepS > 0 && point.timeS - lastS > 1.5 * stepS) {
      timeS.push(lastS + stepS);
      cpu.push(null);
      memory.push(null);
    }
    timeS.push(point.timeS);
    cpu.push(point.cpuRatio === null ? null : point.cpuRatio * 100);
    memory.push(memoryPercent(point));
  }
  return { timeS, cpu, memory };
}

function memoryPercent({ memoryBytes, maxMemoryBytes }: LoadPoint): number | null {
  if (memoryBytes === null || maxMemoryBytes === null || maxMemoryBytes <= 0) return null;
  return (memoryBytes / maxMemoryBytes) * 100;
}

/** Median distance of neighbours. */
function usualStep(sorted: readonly LoadPoint[]): number {
  const steps = sorted.slice(1).map((point, index) => point.timeS - (sorted[index]?.timeS ?? point.timeS));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** The last figure of a series and when it was; `null` when there is none. */
export function lastFigure(
  timeS: readonly number[],
  values: readonly (number | null)[],
): { readonly timeS: number; readonly value: number } | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    const at = timeS[index];
    if (value != null && at !== undefined) return { timeS: at, value };
  }
  return null;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});

/** A moment as the axis, the readout and the table write it: local time, 24 h. */
export function momentText(timeS: number, timeframe: LoadTimeframe, form: 'axis' | 'full'): string {
  const date = new Date(timeS * 1000);
  if (timeframe === 'hour' || (timeframe === 'day' && form === 'axis')) return clock.format(date);
  return form === 'axis' ? day.format(date) : dayAndClock.format(date);
}
