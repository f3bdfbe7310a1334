/**
 * Measures how strongly residuals about a fitted trend return to it: the t statistic of ρ − 1 in the regression of
 * their increments on their level and the previous increment, as in the augmented test of Dickey and Fuller (1979,
 * JASA 74). Strongly negative for stationary noise. Its limits depend on the trend that was fitted and have to be
 * simulated.
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
