/**
 * Two-sided quantile of Student's t distribution: the t that `1 − coverage` of the distribution exceed in size. NaN below
 * one degree of freedom.
 *
 * By bisection of the finite series for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).
 *
 * @param degrees whole degrees of freedom
 * @param coverage above 0 and below 1
 */
export function studentQuantile(degrees: number, coverage: number): number {
  if (!Number.isInteger(degrees) || degrees < 1 || !(coverage > 0 && coverage < 1)) return NaN;
  let [low, high] = [0, 16];
  while (centralProbability(high, degrees) < coverage) high *= 2;
  // 60 halvings: far below the rounding of the result.
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, degrees) < coverage) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Two-sided 95 % quantile of Student's t distribution, as of `studentQuantile`. */
export function studentQuantile95(degrees: number): number {
  return studentQuantile(degrees, 0.95);
}

/** P(|T| ≤ t). */
function centralProbability(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = isOdd && degrees === 1 ? 0 : term;
  for (let power = isOdd ? 2 : 1; power <= degrees - 3; power += 2) {
    term *= (power / (power + 1)) * cosine ** 2;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
