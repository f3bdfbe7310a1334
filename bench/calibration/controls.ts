/** How often the control test is right: planted pairs of a run that turns and a control, in every noise. */
import { wilsonInterval } from "../../src/analysis/statistics/wilson.js";
import {
  pairNoises,
  pairVerdict,
  plantedPairs,
  plantedRun,
  type PlantedPair,
} from "../../test/support/trials/controlTrials.js";

/** Verdicts on one planted pair. */
export interface PairRates {
  readonly pair: string;
  readonly noise: string;
  readonly expected: string;
  /** Trials in which the run's turn was found, so that there was something to judge. */
  readonly trials: number;
  /** Number of trials by verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Share of right verdicts in percent, with its 95 % Wilson interval. */
  readonly rightPercent: number;
  readonly interval: readonly [number, number];
}

/** @param options trials of every pair, and the noises that are tried. @default all */
export function controlsBench(
  options: { readonly trials?: number | undefined; readonly noises?: readonly string[] | undefined } = {},
): PairRates[] {
  const { trials = 500, noises = Object.keys(pairNoises) } = options;
  return Object.entries(pairNoises)
    .filter(([name]) => noises.includes(name))
    .flatMap(([noise, amount]) => {
      const counts = plantedPairs.map(() => new Map<string, number>());
      for (let seed = 0, judged = 0; judged < trials && seed < 4 * trials; seed++) {
        const run = plantedRun(amount, seed);
        if (run === null) continue;
        judged++;
        for (const [index, pair] of plantedPairs.entries()) {
          const verdict = pairVerdict(run, pair);
          counts[index]?.set(verdict, (counts[index].get(verdict) ?? 0) + 1);
        }
        if (judged % 50 === 0) {
          const right = plantedPairs.map(({ expected }, index) => counts[index]?.get(expected) ?? 0);
          console.error(`  ${noise}: ${judged} of ${trials}, right ${right.join(", ")}`);
        }
      }
      return plantedPairs.map((pair, index) => ratesOf(pair, noise, counts[index] ?? new Map()));
    });
}

function ratesOf(
  { name, expected }: PlantedPair,
  noise: string,
  counts: ReadonlyMap<string, number>,
): PairRates {
  const trials = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const right = counts.get(expected) ?? 0;
  const [low, high] = wilsonInterval(right, trials);
  return {
    pair: name,
    noise,
    expected,
    trials,
    verdicts: Object.fromEntries(counts),
    rightPercent: rounded((100 * right) / trials),
    interval: [rounded(100 * low), rounded(100 * high)],
  };
}

/** The result as a table in Markdown. */
export function controlsText(rates: readonly PairRates[]): string {
  return [
    "| noise | pair | right verdict | given | of | % | interval |",
    "| --- | --- | --- | --: | --: | --: | --: |",
    ...rates.map(
      ({ noise, pair, expected, verdicts, trials, rightPercent, interval }) =>
        `| ${noise} | ${pair} | ${expected} | ${verdicts[expected] ?? 0} | ${trials} | ${rightPercent} | [${interval.join(", ")}] |`,
    ),
  ].join("\n");
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}
