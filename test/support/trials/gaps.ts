import type { DetectorContext } from "../../../src/analysis/transitions/detectors.js";
import { Random } from "../../../src/tensor/random.js";
import type { SeededRun } from "./trial.js";

/** Ways in which checkpoints, entries of a log or evaluations are missing, by name. */
const gapKinds = {
  "one gap": (count: number, random: Random) => blocks(count, 1, Math.round(count / 8), random),
  "three gaps": (count: number, random: Random) => blocks(count, 3, Math.round(count / 16), random),
  "20 % missing": (count: number, random: Random) =>
    Array.from({ length: count }, () => random.uniform() < 0.2),
} as const;

/** Takes steps out of every run of a family; the first and the last step stay. */
function withGaps(run: SeededRun, kind: keyof typeof gapKinds): SeededRun {
  return (seed) => {
    const { gradientNorm, directions, comp, scales, ...rest } = run(seed);
    const kept = <Value>(values: readonly Value[]): Value[] => {
      const missing = gapKinds[kind](values.length, new Random(seed).fork(kind));
      return values.filter(
        (_, index) => index === 0 || index === values.length - 1 || missing[index] !== true,
      );
    };
    return {
      ...rest,
      ...(gradientNorm == null
        ? {}
        : { gradientNorm: { steps: kept(gradientNorm.steps), values: kept(gradientNorm.values) } }),
      ...(comp == null ? {} : { comp: { steps: kept(comp.steps), values: kept(comp.values) } }),
      ...(directions === undefined
        ? {}
        : {
            directions: directions.map(({ name, steps, vectors }) => ({
              name,
              steps: kept(steps),
              vectors: kept(vectors),
            })),
          }),
      ...(scales === undefined ? {} : { scales: scales.map((each) => thinned(each, kept)) }),
    };
  };
}

/**
 * Families with steps missing in every way.
 *
 * @param names of the families wanted. @default all
 */
export function gapped(
  families: Readonly<Record<string, SeededRun>>,
  names: readonly string[] = Object.keys(families),
): Record<string, SeededRun> {
  const kinds = ["one gap", "three gaps", "20 % missing"] as const;
  return Object.fromEntries(
    Object.entries(families)
      .filter(([name]) => names.includes(name))
      .flatMap(([name, run]) => kinds.map((kind) => [`${name}; ${kind}`, withGaps(run, kind)])),
  );
}

type Scale = DetectorContext["scales"][number];

function thinned(scale: Scale, kept: <Value>(values: readonly Value[]) => Value[]): Scale {
  const { broad } = scale;
  return {
    ...scale,
    broad: { ...broad, steps: kept(broad.steps), misaligned: kept(broad.misaligned), n: kept(broad.n) },
  };
}

/** Blocks of a length that is missing, somewhere between the first and the last eighth. */
function blocks(count: number, number: number, length: number, random: Random): boolean[] {
  const missing = Array.from({ length: count }, () => false);
  const margin = Math.round(count / 8);
  for (let block = 0; block < number; block++) {
    const from = margin + Math.floor(random.uniform() * (count - 2 * margin - length));
    missing.fill(true, from, from + length);
  }
  return missing;
}
