/**
 * How strongly residuals about a fitted trend return to it: the t statistic of ρ − 1 in the regression of their
 * increments on their level and the previous increment, as in the augmented test of Dickey and Fuller (1979, JASA
 * 74). Strongly negative for stationary noise. Its limits depend on the trend that was fitted and have to be simulated.
 */
export function unitRootStatistic(residuals: readonly number[]): number {
  let [levelSquared, lagSquared, levelLag, levelNext, lagNext, nextSquared] = [0, 0, 0, 0, 0, 0];
  let count = 0;
  for (let index = 2; index < residuals.length; index++) {
    const level = residuals[index - 1] ?? NaN;
    const lag = level - (residuals[index - 2] ?? NaN);
    const next = (residuals[index] ?? NaN) - level;
    levelSquared += level * level;
    lagSquared += lag * lag;
    levelLag += level * lag;
    levelNext += level * next;
    lagNext += lag * next;
    nextSquared += next * next;
    count++;
  }
  const determinant = levelSquared * lagSquared - levelLag * levelLag;
  if (!(determinant > 0) || count < 4) return 0;
  const onLevel = (levelNext * lagSquared - lagNext * levelLag) / determinant;
  const onLag = (lagNext * levelSquared - levelNext * levelLag) / determinant;
  const residualSum = nextSquared - onLevel * levelNext - onLag * lagNext;
  const variance = Math.max(residualSum, 0) / (count - 2);
  return onLevel / Math.sqrt(Math.max((variance * lagSquared) / determinant, Number.MIN_VALUE));
}

/**
 * How far a series strays from its chord: the largest distance over √n times the long-run standard deviation of its
 * increments about a fitted trend. For a random walk with drift this is about the supremum of a Brownian bridge.
 *
 * @param residuals of the trend, at the same places as the values.
 */
export function walkExcursion(values: readonly number[], residuals: readonly number[]): number {
  const count = values.length;
  const first = values[0] ?? NaN;
  const slope = ((values.at(-1) ?? NaN) - first) / (count - 1);
  let furthest = 0;
  for (const [index, value] of values.entries()) {
    furthest = Math.max(furthest, Math.abs(value - first - slope * index));
  }
  const increments = residuals.slice(1).map((residual, index) => residual - (residuals[index] ?? NaN));
  return furthest / Math.sqrt(count * Math.max(longRunVariance(increments), Number.MIN_VALUE));
}

/** Sum of autocovariances in a triangular window of n^⅓ lags (Newey and West 1987, Econometrica 55). */
function longRunVariance(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const bandwidth = Math.ceil(count ** (1 / 3));
  let total = 0;
  for (let lag = 0; lag < bandwidth; lag++) {
    let covariance = 0;
    for (let index = lag; index < count; index++) {
      covariance += ((values[index] ?? NaN) - mean) * ((values[index - lag] ?? NaN) - mean);
    }
    total += (lag === 0 ? 1 : 2 * (1 - lag / bandwidth)) * (covariance / count);
  }
  return total;
}
