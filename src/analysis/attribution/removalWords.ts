import { smallestEffect, type RemovalTest, type SeedMean } from "./removalTest.js";

/** Says in sentences what leaving out the top rows does beyond leaving out as many at random. */
export function removalWords(
  { verdict, final, half, emPercent, rise, seeds, neverHalf }: RemovalTest,
  top: number,
): string[] {
  const what = `Without the ${top} rows that score highest, against ${top} at random, over ${seeds.length} seeds`;
  const differences = [
    `the final log-likelihood gap differs by ${estimate(final)} nats per token, where it rises by ${estimate(rise)} in whole trainings`,
    ...(half.values.length === 0
      ? []
      : [
          `half of that rise comes ${estimate(half)} steps later in ${half.values.length} of ${seeds.length} seeds`,
        ]),
    ...(neverHalf.top + neverHalf.random === 0
      ? []
      : [
          `it never comes in ${neverHalf.top} trainings without the top rows and ${neverHalf.random} without random ones`,
        ]),
    ...(Number.isNaN(emPercent.value)
      ? []
      : [`EM at the end differs by ${estimate(emPercent)} percent points`]),
  ].join("; ");
  const verdictWords = {
    moves: "So the rows move or remove the turn beyond random removal.",
    doesNotMove: `So the rows do not move the turn: the difference lies within ${100 * smallestEffect} % of the rise.`,
    cannotTell: "Whether the rows move the turn beyond random removal cannot be told: more seeds would tell.",
  };
  // With the interval's lower end at 0 or below, whole trainings may not turn at all.
  const doubt =
    rise.interval[0] > 0 ? [] : ["Over the seeds the gap of whole trainings does not surely rise."];
  return [`${what}: ${differences}.`, ...doubt, verdictWords[verdict]];
}

function estimate({ value, interval }: SeedMean): string {
  const written = (number: number): string =>
    Number.isFinite(number) ? String(Number(number.toPrecision(3))).replace("-", "−") : "–";
  return `${written(value)} [${interval.map(written).join(", ")}]`;
}
