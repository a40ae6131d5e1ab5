/**
 * Rates alternatives by several criteria at once: TOPSIS (technique for order preference by similarity to the ideal
 * solution, Hwang and Yoon 1981). All criteria here are costs, so the ideal is the smallest value of each column.
 */

/** Weights of the four criteria of a placement: mean and peak of processor load, mean and peak of memory load. */
export const placementWeights = [1 / 18, 2 / 18, 5 / 18, 10 / 18] as const;

/** One row per alternative; the result rates them in the same order, 1 best, rounded so that equals tie. */
export function rateByTopsis(
  rows: readonly (readonly number[])[],
  weights: readonly number[] = placementWeights,
): number[] {
  const columns = weights.map((_, column) => rows.map((row) => row[column] ?? 0));
  const normal = columns.map((values) => {
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return length === 0 ? values : values.map((value) => value / length);
  });
  const best = normal.map((values) => Math.min(...values));
  const worst = normal.map((values) => Math.max(...values));
  return rows.map((_, row) => {
    const distance = (from: readonly number[]): number =>
      Math.sqrt(
        weights.reduce((sum, weight, column) => {
          const part = weight * ((normal[column]?.[row] ?? 0) - (from[column] ?? 0));
          return sum + part * part;
        }, 0),
      );
    const toBest = distance(best);
    const toWorst = distance(worst);
    const rating = toBest + toWorst === 0 ? 0 : toWorst / (toBest + toWorst);
    return Math.round(rating * 1e12) / 1e12;
  });
}
