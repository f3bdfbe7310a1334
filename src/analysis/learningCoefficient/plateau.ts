import type { Interval } from "../statistics/quantile.js";
import type { CoefficientRecord, CoefficientStep, SizedEstimate } from "./coefficientRecord.js";
import { meanOf, studentMean, type MeanEstimate } from "../statistics/studentMean.js";

/** Times that a chain relaxes where only the tether holds it, 2/(εγ) draws each, before it counts as long enough. */
const relaxations = 2;

/** Reasons why a learning coefficient cannot be told, in one word. */
export type UntoldCause = "notFinite" | "falls" | "disagree" | "short" | "unsettled" | "oneSize";

/** What estimates at several sizes of the sampler's step come to. */
export type CoefficientVerdict =
  | {
      readonly kind: "told";
      /** Mean over the sizes that agree, and the interval that holds those of all of them. */
      readonly value: number;
      readonly interval: Interval;
      /** Sizes that agree, as shares of 1/p. */
      readonly shares: readonly number[];
    }
  | { readonly kind: "cannotTell"; readonly cause: UntoldCause; readonly reason: string };

/** Facts about the chains of one size that say how far to trust it. */
export interface SizeDiagnostics {
  /** Chains whose λ̂ is negative or not finite. */
  readonly failed: number;
  /** Share of the draws that count whose loss is below that of w*. */
  readonly below: number;
  /** λ̂ of the second half of the draws less that of the first, mean over chains with its 95 % interval. */
  readonly drift: MeanEstimate;
}

type Sampled = Pick<CoefficientRecord, "settings" | "temperature">;

/**
 * Says what the learning coefficient at a checkpoint is, or why that cannot be told.
 *
 * Sizes agree where their 95 % intervals have something in common. Counted from the smallest one up, at least two have to,
 * with finite chains: a larger one that does not is too large, and is left out. Where λ̂ is surely negative,
 * w* is no minimum at this scale. The chains must be long enough to go where the tether lets them, and the loss have settled.
 */
export function coefficientVerdict(
  { sizes, centerLoss }: Pick<CoefficientStep, "sizes" | "centerLoss">,
  sampled: Sampled,
): CoefficientVerdict {
  const { settings } = sampled;
  const ascending = sizes.toSorted((one, other) => one.stepSize - other.stepSize);
  const [smallest, next] = ascending;
  if (smallest === undefined || next === undefined)
    return cannotTell("oneSize", "one size of the step has nothing to agree with");
  for (const { share, chains } of [smallest, next]) {
    const lost = chains.filter(({ value }) => !Number.isFinite(value)).length;
    if (lost > 0) {
      return cannotTell(
        "notFinite",
        `${lost} of ${chains.length} chains left the finite numbers at a step of ${share}/p`,
      );
    }
  }
  const both = [smallest, next].flatMap(({ chains }) => chains.map((chain) => chain.value));
  if (studentMean(both).interval[1] < 0) {
    return cannotTell(
      "falls",
      `λ̂ is negative, as where the loss falls away from w*: ${[smallest, next].map(sizeWords).join(", ")}`,
    );
  }
  const plateau = agreeing(ascending);
  if (plateau.length < 2) {
    return cannotTell(
      "disagree",
      `the two smallest steps disagree: ${[smallest, next].map(sizeWords).join(", ")}`,
    );
  }
  const value = meanOf(plateau.map((size) => size.value));
  const largest = plateau.at(-1) ?? next;
  const draws = settings.burnIn + settings.draws;
  const needed = Math.ceil((2 * relaxations) / (largest.stepSize * settings.localization));
  if (draws < needed) {
    return cannotTell(
      "short",
      `chains of ${draws} draws are too short to go where the tether lets them: it takes ${needed} at ${largest.share}/p`,
    );
  }
  const interval = hullOf(plateau);
  const drift = driftOf(plateau, centerLoss, sampled);
  const half = (interval[1] - interval[0]) / 2;
  if ((drift.interval[0] > 0 || drift.interval[1] < 0) && Math.abs(drift.value) > half) {
    return cannotTell(
      "unsettled",
      `the loss has not settled: ${drift.value > 0 ? "+" : ""}${decimal(drift.value)} from the first half of the draws to the second`,
    );
  }
  return { kind: "told", value, interval, shares: plateau.map(({ share }) => share) };
}

/**
 * Tells whether a larger size of the sampler's step may still tell what smaller ones leave open: its chains go further in as many
 * draws. What they tell already, or show to have no coefficient, it cannot change.
 */
export function leavesOpen(verdict: CoefficientVerdict): boolean {
  return verdict.kind === "cannotTell" && ["oneSize", "short", "unsettled"].includes(verdict.cause);
}

function cannotTell(cause: UntoldCause, reason: string): CoefficientVerdict {
  return { kind: "cannotTell", cause, reason };
}

/** Says of one size how many chains failed, how many draws lie below w*, and whether the loss has settled. */
export function sizeDiagnostics(
  size: SizedEstimate,
  { centerLoss }: Pick<CoefficientStep, "centerLoss">,
  sampled: Sampled,
): SizeDiagnostics {
  const counted = size.chains.flatMap(({ losses }) => losses.slice(sampled.settings.burnIn));
  return {
    failed: size.chains.filter(({ isFailed }) => isFailed).length,
    below: counted.filter((loss) => loss < centerLoss).length / counted.length,
    drift: driftOf([size], centerLoss, sampled),
  };
}

/** The smallest sizes, as many as have something in common. */
function agreeing(ascending: readonly SizedEstimate[]): SizedEstimate[] {
  const plateau: SizedEstimate[] = [];
  let [low, high] = [-Infinity, Infinity];
  for (const size of ascending) {
    low = Math.max(low, size.interval[0]);
    high = Math.min(high, size.interval[1]);
    // NaN, of a chain that left the finite numbers, is no agreement.
    if (!(low <= high)) break;
    plateau.push(size);
  }
  return plateau;
}

function hullOf(sizes: readonly SizedEstimate[]): Interval {
  return [
    Math.min(...sizes.map(({ interval }) => interval[0])),
    Math.max(...sizes.map(({ interval }) => interval[1])),
  ];
}

function driftOf(
  sizes: readonly SizedEstimate[],
  centerLoss: number,
  { settings, temperature }: Sampled,
): MeanEstimate {
  const moves = sizes.flatMap(({ chains }) =>
    chains.map(({ losses }) => {
      const counted = losses.slice(settings.burnIn).map((loss) => loss - centerLoss);
      const half = Math.floor(counted.length / 2);
      return temperature * (meanOf(counted.slice(half)) - meanOf(counted.slice(0, half)));
    }),
  );
  return studentMean(moves);
}

function sizeWords({ share, value, interval }: SizedEstimate): string {
  return `${decimal(value)} [${interval.map(decimal).join(", ")}] at ${share}/p`;
}

function decimal(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
