import type { LandscapeNorm, TrainedKind } from "./landscapeSettings.js";
import type {
  LandscapeComparison,
  LandscapeReport,
  LandscapeVerdict,
  RunLandscape,
} from "./compareLandscapes.js";
import type { Estimate } from "./measuredLandscape.js";

/** Verdicts in words. */
export const efficiencyVerdictWords: Readonly<Record<LandscapeVerdict, string>> = {
  more: "more efficient",
  less: "less efficient",
  cannotTell: "cannot be told",
};
export const stabilityVerdictWords: Readonly<Record<LandscapeVerdict, string>> = {
  more: "more stable",
  less: "less stable",
  cannotTell: "cannot be told",
};

/** The norms in words. */
export const landscapeNormWords: Readonly<Record<TrainedKind, Readonly<Record<LandscapeNorm, string>>>> = {
  adapters: { update: "‖ΔW‖ (Frobenius, all modules)", parameters: "‖θ‖ (A and B)" },
  vectors: { update: "‖α·v‖", parameters: "‖v‖" },
};

/** Says in sentences what the loss and the noise say of each run, and of the first beside each other one. */
export function landscapeSentences({
  runs,
  comparisons,
  norm,
  trained,
  coverage,
}: LandscapeReport): string[] {
  const held = landscapeNormWords[trained][norm];
  return [
    ...runs.flatMap(runSentences),
    ...comparisons.flatMap((each) => comparisonSentences(each, held, coverage)),
    ...(comparisons.length === 0
      ? []
      : [
          "One run each: intervals are over conversations and noise, and say nothing of other seeds of training.",
        ]),
  ];
}

function runSentences({ name, step, fall, loss, base, own, meanDegradation, seeds }: RunLandscape): string[] {
  const lowest = own.reduce<(typeof own)[number] | null>(
    (best, point) => (best !== null && best.loss.value <= point.loss.value ? best : point),
    null,
  );
  const isSure = fall.interval[0] > 0;
  return [
    `${name}, step ${step}: ${nats(loss)} nats per answer token where the base has ${nats(base)}; ` +
      (isSure
        ? `training took ${nats(fall)} off`
        : `that training took anything off cannot be told (${nats(fall)})`) +
      (lowest === null ? "." : `; the loss is lowest at ${lowest.multiple} times its norm.`),
    ...(meanDegradation === null || !isSure
      ? []
      : [
          `Noise on its parameters takes ${percent(meanDegradation)} % of that away, the mean over the sizes of the noise and ${seeds} seeds.`,
        ]),
  ];
}

function comparisonSentences(
  { run, other, isPaired, commonLength, efficiency, stability }: LandscapeComparison,
  held: string,
  coverage: number,
): string[] {
  const { mean, points, verdict, reason } = efficiency;
  const on = isPaired ? "on the same conversations" : "each on conversations of its own data";
  const level = `${significantPercent(coverage)} %`;
  const places = [
    ...multiplesWords(
      "more",
      points.filter(({ difference }) => difference.interval[0] > 0),
    ),
    ...multiplesWords(
      "less",
      points.filter(({ difference }) => difference.interval[1] < 0),
    ),
  ];
  return [
    `${run} beside ${other}, ${on}: ${verdictSentence("efficient", verdict, reason)}. ` +
      `At equal ${held}, up to ${rounded(commonLength)}, it takes ${moreWords(mean, nats, "nats per answer token")} off the loss of the base (${level})` +
      `${places.length === 0 ? "" : `; ${places.join(", ")}`}.`,
    ...(stability === null
      ? []
      : [
          capitalized(verdictSentence("stable", stability.verdict, stability.reason)) +
            (Number.isFinite(stability.difference.value)
              ? `: noise takes ${moreWords(stability.difference, percent, "percent points")} of that away (${level}).`
              : "."),
        ]),
  ];
}

/** A difference in words, such as "0.012 [0.010, 0.014] nats less". */
function moreWords(difference: Estimate, words: (each: Estimate) => string, unit: string): string {
  const { value, interval } = difference;
  const [low, high] = interval;
  return value < 0
    ? `${words({ value: -value, interval: [-high, -low] })} ${unit} less`
    : `${words(difference)} ${unit} more`;
}

function verdictSentence(
  what: "efficient" | "stable",
  verdict: LandscapeVerdict,
  reason: string | null,
): string {
  const why = reason === null ? "" : ` (${reason})`;
  return verdict === "cannotTell" ? `which is more ${what} cannot be told${why}` : `it is ${verdict} ${what}`;
}

/** Multiples of the norm at which a difference is sure. */
function multiplesWords(
  which: "more" | "less",
  points: readonly { readonly multiple: number }[],
): readonly string[] {
  const [first, last] = [points[0]?.multiple, points.at(-1)?.multiple];
  if (points.length === 0) return [];
  if (points.length === 1) return [`surely ${which} at ${first} times that norm`];
  return [`surely ${which} at ${points.length} multiples of it from ${first} to ${last}`];
}

function capitalized(text: string): string {
  return text.replace(/^./, (letter) => letter.toUpperCase());
}

function significantPercent(coverage: number): string {
  return String(Number((100 * coverage).toFixed(2)));
}

/** A number of nats with its interval. */
export function nats({ value, interval: [low, high] }: Estimate): string {
  return `${rounded(value)} [${rounded(low)}, ${rounded(high)}]`;
}

/** A percentage with its interval. */
export function percent({ value, interval: [low, high] }: Estimate): string {
  return `${fixed(value, 1)} [${fixed(low, 1)}, ${fixed(high, 1)}]`;
}

/** Three decimals; of small numbers two digits that say something. */
function rounded(value: number): string {
  if (Math.abs(value) >= 0.01 || value === 0 || !Number.isFinite(value)) return fixed(value, 3);
  return String(Number(value.toPrecision(2))).replace(/-/g, "−");
}

function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}
