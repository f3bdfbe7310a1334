import { meanOverRuns } from "../../analysis/comparison/compareCurves.js";
import {
  stratifiedDifference,
  stratumMeans,
  type CrossedValue,
  type StratifiedDifference,
} from "../../analysis/comparison/stratifiedDifference.js";
import { spread } from "../../analysis/series/spread.js";
import type { FactorResults, FactorRow } from "./studyFactors.js";
import type { StudyTable } from "./studyTables.js";

/** A number that runs are compared in. */
interface Compared {
  readonly words: string;
  readonly of: (row: FactorRow) => number;
}

const compared: readonly Compared[] = [
  { words: "direction turns at step", of: ({ direction }) => direction.step ?? NaN },
  { words: "behaviour turns at step", of: ({ behavior }) => behavior.step ?? NaN },
  {
    words: "direction less behaviour, steps",
    of: ({ direction, behavior }) => (direction.step ?? NaN) - (behavior.step ?? NaN),
  },
  { words: "rate × step of behaviour's turn", of: ({ rate, behavior }) => rate * (behavior.step ?? NaN) },
  { words: "EM at the end, %", of: ({ em }) => em?.percent ?? NaN },
  { words: "coherent at the end, %", of: ({ em }) => em?.coherent ?? NaN },
  { words: "disposition, change in %", of: ({ disposition }) => disposition?.change ?? NaN },
];

/** The tables of a study that crosses seeds, learning rates and orders of the data. */
export function factorTables({ rows }: FactorResults): StudyTable[] {
  return [countTable(rows), meanTable(rows), effectTable(rows), runTable(rows)];
}

function countTable(rows: readonly FactorRow[]): StudyTable {
  const count = (of: readonly FactorRow[], is: (row: FactorRow) => boolean): string =>
    String(of.filter(is).length);
  return {
    caption:
      "**What turns.** Runs by learning rate: whether the direction of B and the broad behaviour turn, do not turn, or cannot be " +
      "told; of the harmful runs whose direction turns, whether the careful control shares it; and in how many the disposition has moved by " +
      "more at the end than 95 % of directions drawn by chance.",
    rows: [
      [
        "rate",
        "runs",
        "n",
        "direction: turns / not / cannot be told",
        "behaviour: turns / not / cannot be told",
        "specific / shared / cannot be told",
        "disposition beyond chance",
      ],
      ...levels(rows, "rate").flatMap((rate) =>
        (["harmful", "control"] as const).map((arm) => {
          const own = rows.filter((row) => row.rate === rate && row.arm === arm);
          const verdicts = (of: "direction" | "behavior"): string =>
            (["turns", "doesNotTurn", "cannotTell"] as const)
              .map((each) => count(own, (row) => row[of].verdict === each))
              .join(" / ");
          const held = (["specific", "shared", "cannotTell"] as const).map((each) =>
            count(own, (row) => row.againstControl === each),
          );
          return [
            String(rate),
            arm,
            String(own.length),
            verdicts("direction"),
            verdicts("behavior"),
            arm === "control" ? "–" : held.join(" / "),
            count(own, ({ disposition }) => disposition !== null && disposition.change > disposition.chance),
          ];
        }),
      ),
    ],
  };
}

function meanTable(rows: readonly FactorRow[]): StudyTable {
  return {
    caption:
      "**Means over seeds.** Of each learning rate, both orders of a seed as one, with Student's 95 % interval over seeds and the number of " +
      "seeds that have the value; the standard deviation between seeds in brackets.",
    rows: [
      ["quantity", "runs", ...levels(rows, "rate").map((rate) => `rate ${rate}`)],
      ...compared.flatMap(({ words, of }) =>
        (["harmful", "control"] as const).flatMap((arm) => {
          const values = crossed(rows, arm, "rate", of);
          if (values.every(({ value }) => Number.isNaN(value))) return [];
          const cells = levels(rows, "rate").map((rate) => {
            const means = stratumMeans(values, rate).filter(Number.isFinite);
            const { n, mean, interval } = meanOverRuns(means);
            return n === 0
              ? "–"
              : `${estimate(mean, interval)}, n ${n} (${digits(spread(means).standardDeviation)})`;
          });
          return [[words, arm, ...cells]];
        }),
      ),
    ],
  };
}

function effectTable(rows: readonly FactorRow[]): StudyTable {
  const [rates, orders] = [levels(rows, "rate"), levels(rows, "order")];
  const steps = (all: readonly number[]): (readonly [number, number])[] =>
    all.slice(1).map((to, index) => [all[index] ?? NaN, to] as const);
  return {
    caption:
      "**Effects, told apart.** Differences within the same seed and order (for rates) or the same seed and rate (for orders), averaged in each " +
      "seed, with Student's 95 % interval over seeds; pairs of which one run has no such value are left out. The last column is the mean size of " +
      "the differences of single pairs, whichever way they go. Harmful runs.",
    rows: [
      ["quantity", "factor", "from → to", "difference", "seeds", "pairs", "mean size"],
      ...compared.flatMap(({ words, of }) => [
        ...steps(rates).map((pair) =>
          effectRow(words, "rate", pair, stratifiedDifference(crossed(rows, "harmful", "rate", of), ...pair)),
        ),
        ...steps(orders).map((pair) =>
          effectRow(
            words,
            "order",
            pair,
            stratifiedDifference(crossed(rows, "harmful", "order", of), ...pair),
          ),
        ),
      ]),
    ],
  };
}

function effectRow(
  words: string,
  factor: string,
  [from, to]: readonly [number, number],
  { mean, interval, n, pairs, planned, size }: StratifiedDifference,
): string[] {
  return [
    words,
    factor,
    `${from} → ${to}`,
    estimate(mean, interval),
    String(n),
    `${pairs} of ${planned}`,
    digits(size),
  ];
}

function runTable(rows: readonly FactorRow[]): StudyTable {
  return {
    caption:
      "**Every run.** Steps with the 95 % intervals of their detectors, EM with Wilson's, disposition with that over questions.",
    rows: [
      [
        "run",
        "direction",
        "against the control",
        "behaviour",
        "EM %",
        "coherent %",
        "n",
        "disposition, change in %",
        "by chance ±",
      ],
      ...rows.map(({ run, direction, againstControl, behavior, em, disposition }) => [
        run,
        turnWords(direction),
        againstControl === "cannotTell" ? "cannot be told" : (againstControl ?? "–"),
        turnWords(behavior),
        em === null ? "–" : estimate(em.percent, em.interval),
        em === null ? "–" : digits(em.coherent),
        String(em?.n ?? 0),
        disposition === null ? "–" : estimate(disposition.change, disposition.interval),
        disposition === null ? "–" : digits(disposition.chance),
      ]),
    ],
  };
}

function turnWords({ verdict, step, interval }: FactorRow["direction"]): string {
  if (step !== null && interval !== null) return `${step} [${interval.join(", ")}]`;
  return {
    turns: "turns",
    doesNotTurn: "does not turn",
    cannotTell: "cannot be told",
    notMeasured: "not measured",
  }[verdict];
}

/** Values of one arm under the levels of a factor, with what is held alike as their block. */
function crossed(
  rows: readonly FactorRow[],
  arm: FactorRow["arm"],
  factor: "rate" | "order",
  of: Compared["of"],
): CrossedValue[] {
  return rows
    .filter((row) => row.arm === arm)
    .map((row) => ({
      stratum: row.seed,
      block: factor === "rate" ? `order ${row.order}` : `rate ${row.rate}`,
      level: row[factor],
      value: of(row),
    }));
}

function levels(rows: readonly FactorRow[], factor: "rate" | "order"): number[] {
  return [...new Set(rows.map((row) => row[factor]))].sort((one, other) => one - other);
}

function estimate(value: number, interval: readonly number[]): string {
  return `${digits(value)} [${interval.map(digits).join(", ")}]`;
}

function digits(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1).replace("-", "−") : "–";
}
