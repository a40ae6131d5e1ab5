/**
 * Rounds a wandering figure to steps, and keeps the figure shown before while the new one is less than a whole step away:
 * an idle guest that wobbles around a step boundary must not cause a change every round. Zero is always told as zero.
 */
export function steady(
  value: number | null,
  previous: number | null | undefined,
  step: number,
): number | null {
  if (value === null || value === 0 || step <= 0) return value;
  if (previous !== null && previous !== undefined && Math.abs(value - previous) < step) return previous;
  const rounded = Math.round(value / step) * step;
  return step < 1 ? Number(rounded.toFixed(6)) : Math.round(rounded);
}
