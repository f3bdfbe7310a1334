import { unchanged, type Branch, type BranchRecord } from "../../../src/analysis/branches/branchRecord.js";
import { Random } from "../../../src/tensor/random.js";

/** Steps of the planted branches. */
export const plantedSteps = [0, 20, 40, 60];

/** What is planted: how many runs and orders, and the EM in percent by change and step. */
export interface Planted {
  readonly runs: number;
  readonly orders?: number;
  readonly em: Readonly<Record<string, readonly number[]>>;
  /** Percent points by which runs differ from each other. @default 2 */
  readonly spread?: number;
  readonly questions?: number;
}

/** A study of branches whose rates are planted, with answers drawn for each question. */
export function plantedBranches({
  runs,
  orders = 1,
  em,
  spread = 2,
  questions: count = 100,
}: Planted): BranchRecord {
  const random = new Random(7).fork("planted branches");
  const names = Array.from({ length: runs }, (_, run) => `run${run}`);
  const questions = Array.from({ length: count }, (_, index) => ({
    id: `q${index}`,
    breadth: index % 10 === 0 ? ("narrow" as const) : ("broad" as const),
  }));
  const branches = names.flatMap((run, place) =>
    Object.entries(em).flatMap(([intervention, rates]) =>
      plantedSteps.flatMap((from, index) =>
        Array.from({ length: orders }, (_, order): Branch => {
          const stream = random.fork(
            `${run} ${intervention} ${intervention === unchanged ? 0 : from} ${order}`,
          );
          const shift = spread * (place + order - (runs + orders - 2) / 2);
          const rate = (rates[index] ?? NaN) === 0 ? 0 : (rates[index] ?? NaN) + shift;
          return {
            ...{ run, intervention, from, order },
            em: questions.map(() => (100 * stream.uniform() < rate ? 100 : 0)),
            coherent: questions.map(() => 100),
          };
        }),
      ),
    ),
  );
  return {
    questions,
    samples: 1,
    last: 100,
    interventions: Object.keys(em).map((name) => ({ name, words: `words of ${name}` })),
    runs: names.map((name) => ({
      name,
      transition: { step: 45, interval: [40, 50] },
      repeat: { from: 60, isEqual: true },
    })),
    branches,
  };
}
