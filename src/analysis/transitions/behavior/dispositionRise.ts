import { highest, type DispositionCurve } from "../../directions/disposition.js";
import { crossingStep } from "../../series/crossing.js";
import { nearestStep } from "../../series/stepSeries.js";
import { monteCarloTest } from "../../statistics/monteCarloTest.js";
import { Random } from "../../../tensor/random.js";
import { cannotTell, doesNotTurn, found, type VerdictOf } from "../phaseTransition.js";

/** The numbers behind the turn of a disposition. */
export interface DispositionEvidence {
  readonly direction: string;
  readonly layer: number;
  /** Change of the mean from the first to the highest value, as a share of the direction's length. */
  readonly change: number;
  /** The same to the last step. */
  readonly lastChange: number;
  /** The furthest change along any direction drawn by chance, at the step of the largest change. */
  readonly chance: number;
  /** Steps that the middle half of the way takes. */
  readonly width: number;
  /** Chance that a walk to the same end covers it so fast; NaN where it was not tested, as is the width. */
  readonly pValue: number;
}

/** Fewest checkpoints that are judged. */
const fewest = 5;
/** Fewest checkpoints among which a rise in one turn can be told from a gradual one. */
const fewestForPace = 20;
/** Least change that counts, as a share of the direction's length. */
const leastChange = 0.05;
const level = 0.05;
const draws = 999;

/**
 * Judges whether a disposition turns: whether the prompts move up the direction further than along any of the directions
 * drawn by chance, and in one turn: the middle half of the way up takes fewer steps than in 95 % of random walks that lead to
 * the same height in increments of the same size.
 */
export function dispositionRise(curve: DispositionCurve): VerdictOf<"disposition", DispositionEvidence> {
  const { steps, values, direction, layer, rise, chance } = curve;
  const indicator = "disposition";
  if (steps.length < fewest) {
    return cannotTell({
      indicator,
      reason: `it was read at ${steps.length} checkpoints`,
      remedy: `read ${fewest} checkpoints or more`,
    });
  }
  const first = values[0] ?? NaN;
  const changes = values.map((value) => value - first);
  const top = highest(values);
  const furthest = chance[top]?.furthest ?? NaN;
  const needed = Math.max(leastChange, furthest);
  const [low = NaN] = curve.intervals[top] ?? [];
  const change = changes[top] ?? NaN;
  const lastChange = changes.at(-1) ?? NaN;
  const evidence = { direction, layer, change, lastChange, chance: furthest, width: NaN, pValue: NaN };
  if (!(change > needed && low > first)) {
    const percent = Math.round(100 * needed);
    const reason = `along ${direction} after layer ${layer} prompts move no further than along directions drawn by chance`;
    const event = `a rise of ${percent} % of the direction`;
    if (needed > 1) {
      return cannotTell({
        ...{ indicator, evidence, reason },
        remedy: `only ${event} would stand out: read an earlier layer, or a direction that tells more apart`,
      });
    }
    return doesNotTurn({
      ...{ indicator, evidence, reason },
      sensitivity: { event, size: needed, percent: null },
    });
  }
  if (rise === null || lastChange < change / 2) {
    return cannotTell({
      ...{ indicator, evidence },
      reason: `prompts move up ${direction} until step ${steps[top] ?? NaN} and fall back by more than half`,
      remedy: "end the run earlier, or train on",
    });
  }
  const width = rise.to - rise.from;
  const { isExceptional, pValue } = paceTest(steps.slice(0, top + 1), changes.slice(0, top + 1), width);
  const full = { ...evidence, width, pValue };
  if (!isExceptional) {
    const reason = `prompts move up ${direction} by ${Math.round(100 * change)} % of it, but not in one turn: the middle half of the way takes ${width.toFixed(1)} steps`;
    const range = (steps.at(-1) ?? NaN) - (steps[0] ?? NaN);
    if (steps.length < fewestForPace) {
      return cannotTell({
        ...{ indicator, reason, evidence: full },
        remedy: `read ${fewestForPace} checkpoints or more, near step ${Math.round(rise.step)} above all`,
      });
    }
    const size = range / 20;
    return doesNotTurn({
      ...{ indicator, reason, evidence: full },
      sensitivity: {
        event: `a rise whose middle half takes ${size.toFixed(1)} steps`,
        size,
        percent: null,
      },
    });
  }
  const [from, to] = rise.interval;
  return found({
    indicator,
    step: nearestStep(steps, rise.step),
    // Between two checkpoints the curve is taken as straight, which no resample of questions answers for.
    interval: [
      steps.findLast((step) => step <= Math.min(from, rise.step)) ?? NaN,
      steps.find((step) => step >= Math.max(to, rise.step)) ?? NaN,
    ],
    method:
      `half way from the first to the highest value of the ${placeWords[curve.place]} on ${direction} after layer ${layer}; ` +
      "further than along any direction drawn by chance, and faster than a random walk to the same end (5 %); interval: 95 % of " +
      "resampled questions, out to the checkpoints around; prominence: the change as a share of the direction's length",
    prominence: change,
    evidence: full,
  });
}

const placeWords = {
  last: "projection of the last prompt token",
  prompt: "projection of the mean over the prompt",
} as const;

/** Tests whether the middle half of the way is covered faster than by walks to the same end with increments as large. */
function paceTest(
  steps: readonly number[],
  changes: readonly number[],
  width: number,
): { readonly isExceptional: boolean; readonly pValue: number } {
  const end = changes.at(-1) ?? NaN;
  const spans = steps.slice(1).map((step, index) => step - (steps[index] ?? NaN));
  const total = spans.reduce((sum, span) => sum + span, 0);
  const squared = changes
    .slice(1)
    .reduce((sum, change, index) => sum + (change - (changes[index] ?? NaN)) ** 2, 0);
  const variance = squared / total;
  const random = new Random(0).fork("pace of a disposition");
  const walk = (): number => {
    let value = 0;
    const path = [0];
    for (const span of spans) path.push((value += Math.sqrt(variance * span) * random.normal()));
    const tilted = path.map((at, index) => {
      const passed = ((steps[index] ?? NaN) - (steps[0] ?? NaN)) / total;
      return at + passed * (end - value);
    });
    const [from, to] = [0.25, 0.75].map((share) => crossingStep(steps, tilted, share));
    return from == null || to == null ? Infinity : to - from;
  };
  const { isExceptional, pValue } = monteCarloTest(-width, () => -walk(), { draws, level });
  return { isExceptional, pValue };
}
