import type { ScaleBehavior } from "../behavior/behaviorCurve.js";
import type { DispositionCurve } from "../directions/disposition.js";
import type { DistributionChange } from "../distribution/distributionChange.js";
import { norms } from "../geometry/pathShape.js";
import type { DirectionTrajectory } from "../geometry/trajectory.js";
import type { StepSeries } from "../series/stepSeries.js";
import { behavioralTransition } from "./behavior/behavioralTransition.js";
import { dispositionRise } from "./behavior/dispositionRise.js";
import { distributionChangeVerdict } from "./behavior/distributionPeak.js";
import { compBend } from "./corner/compBend.js";
import { pcaCorner } from "./corner/pcaCorner.js";
import { gradientNormPeak } from "./peak/gradientNormPeak.js";
import { normGrowth } from "./peak/normGrowth.js";
import { cannotTell, ofAdapter, type VerdictOf } from "./phaseTransition.js";
import { rotation, type RotationOptions } from "./rotation/rotation.js";

/** The numbers of a run that detectors look at: of a finished one from `analyze`, of a growing one from `lookAt`. */
export interface DetectorContext {
  /** Null where none was logged. */
  readonly gradientNorm: StepSeries | null;
  /** B of every adapter, named by module path. */
  readonly directions: readonly DirectionTrajectory[];
  /** Comp score of every step but the last against the last; null with one adapter. */
  readonly comp: StepSeries | null;
  /** Rates of judged answers by factor. */
  readonly scales: readonly ScaleBehavior[];
  /** At one factor; null where it was not measured. */
  readonly distributionChange: { readonly scale: number; readonly broad: DistributionChange | null } | null;
  /** Where prompts lie along a direction; null where it was not read. */
  readonly disposition: DispositionCurve | null;
  readonly options: DetectorOptions;
}

/** Settings that detectors share. */
export interface DetectorOptions {
  /** Simulated series of every null model. @default each detector's own */
  readonly draws?: number;
  /** Resamples behind every interval. @default each detector's own */
  readonly resamples?: number;
  /** Full width in steps of the smoothing of the gradient norm. @default 7 × the spacing of the log */
  readonly gradientWindow?: number;
  readonly rotation?: RotationOptions;
}

/** Things that a detector can need of a run, in words. */
export const needWords = {
  gradientNorm: "a logged gradient norm",
  adapter: "an adapter of every checkpoint",
  severalAdapters: "several adapters of every checkpoint",
  answers: "judged answers of several checkpoints",
  distributionChange: "a measured change of the distribution of answers",
  disposition: "prompts read along a direction at several checkpoints",
} as const;

/** A thing that a detector needs of a run. */
export type Need = keyof typeof needWords;

/** An event as figures, tables and pages show it. */
export interface EventRow<Name extends string> {
  readonly name: Name;
  /** Marks it in every figure. */
  readonly letter: string;
  /** Says in a few words that it happens. */
  readonly words: string;
  /** Place on the time line and among the two ends of a lag, from mechanism to behaviour. */
  readonly order: number;
}

interface DetectorRow<Name extends string, Verdict> extends EventRow<Name> {
  readonly needs: Need;
  /** Whether it also looks at a run that is still being trained. */
  readonly isWatched: boolean;
  /** Ids of the figures that mark its transitions; "all" for every one over steps. */
  readonly figures: readonly string[] | "all";
  /** Verdicts on all that there is; none where the run lacks what is needed and nothing is to be said of it. */
  readonly detect: (context: DetectorContext) => readonly Verdict[];
}

const rows = [
  {
    name: "gradientNorm",
    letter: "G",
    words: "gradient norm peaks",
    order: 1,
    needs: "gradientNorm",
    isWatched: true,
    figures: ["gradient-norm", "comp", "learning-coefficient", "landscape-loss"],
    detect: ({ gradientNorm, options: { gradientWindow, draws, resamples } }) => [
      gradientNorm === null
        ? unmeasured("gradientNorm", "no gradient norm was logged", "log it at every step")
        : gradientNormPeak(gradientNorm, { window: gradientWindow, draws, resamples }),
    ],
  },
  {
    name: "normGrowth",
    letter: "W",
    words: "‖B‖ grows fastest",
    order: 2,
    needs: "adapter",
    isWatched: true,
    figures: ["norms"],
    detect: ({ directions, options: { draws, resamples } }) =>
      directions.map((each) => ofAdapter(normGrowth(norms(each), { draws, resamples }), each.name)),
  },
  {
    name: "rotation",
    letter: "R",
    words: "direction of B turns",
    order: 3,
    needs: "adapter",
    isWatched: true,
    figures: [
      ...["local-cosine", "cosine-to-final", "increment-rank", "learning-coefficient"],
      ...["path-shape", "pca-path", "probe-layers", "landscape-loss"],
    ],
    detect: ({ directions, options: { draws, resamples, rotation: limits } }) =>
      directions.length === 0
        ? [unmeasured("rotation", "no direction was kept", "keep what is trained at every checkpoint")]
        : directions.map((each) => rotation(each, { draws, resamples, ...limits }).verdict),
  },
  {
    name: "pcaCorner",
    letter: "P",
    words: "path of B has a corner",
    order: 4,
    needs: "adapter",
    isWatched: true,
    figures: ["path-shape", "pca-path"],
    detect: ({ directions, options: { draws, resamples } }) =>
      directions.map((each) => ofAdapter(pcaCorner(each, { draws, resamples }), each.name)),
  },
  {
    name: "compBend",
    letter: "C",
    words: "comp score bends",
    order: 5,
    needs: "severalAdapters",
    isWatched: true,
    figures: ["comp"],
    detect: ({ comp, options: { draws, resamples } }) =>
      comp === null ? [] : [compBend(comp, { draws, resamples })],
  },
  {
    name: "narrowBehavior",
    letter: "N",
    words: "narrow behaviour turns",
    order: 9,
    needs: "answers",
    isWatched: false,
    figures: ["behavior", "likelihood"],
    detect: ({ scales }) =>
      scales
        .filter(({ narrow }) => narrow.steps.length > 0)
        .map(
          ({ narrow, scale }) => behavioralTransition(narrow, { indicator: "narrowBehavior", scale }).verdict,
        ),
  },
  {
    name: "behavior",
    letter: "E",
    words: "broad behaviour turns",
    order: 10,
    needs: "answers",
    isWatched: false,
    figures: "all",
    detect: ({ scales }) =>
      scales.length === 0
        ? [unmeasured("behavior", "no answers were judged", "evaluate five checkpoints or more")]
        : scales
            .filter(({ broad }) => broad.steps.length > 0)
            .map(({ broad, scale }) => behavioralTransition(broad, { scale }).verdict),
  },
  {
    name: "distributionChange",
    letter: "D",
    words: "distribution of answers changes most",
    order: 8,
    needs: "distributionChange",
    isWatched: false,
    figures: ["change"],
    detect: ({ distributionChange: change }) =>
      change?.broad == null
        ? []
        : [distributionChangeVerdict(change.broad.peaks.totalVariation, change.broad.window, change.scale)],
  },
  {
    name: "disposition",
    letter: "S",
    words: "disposition turns",
    order: 7,
    needs: "disposition",
    isWatched: true,
    figures: ["disposition"],
    detect: ({ disposition }) => (disposition === null ? [] : [dispositionRise(disposition)]),
  },
] as const satisfies readonly DetectorRow<string, VerdictOf<string, object>>[];

/** Events of the time line that every curve has and that no test accepted. */
export const descriptions = [
  { name: "likelihood", letter: "L", words: "log-likelihood gap half way", order: 6 },
] as const satisfies readonly EventRow<string>[];

/** The name of what a detector looks at. */
export type TransitionIndicator = (typeof rows)[number]["name"];

/** A detector's answer about any indicator: it turns, it does not, or it cannot be told. */
export type TransitionVerdict = ReturnType<(typeof rows)[number]["detect"]>[number];

/** A step at which an indicator has a transition; its `indicator` says what its `evidence` is. */
export type PhaseTransition = NonNullable<TransitionVerdict["transition"]>;

/** A transition of one indicator, with its evidence. */
export type TransitionWith<Indicator extends TransitionIndicator> = PhaseTransition & {
  readonly indicator: Indicator;
};

/** An indicator that was tested and does not turn, or of which it cannot be told. */
export type AbsentTransition = NonNullable<TransitionVerdict["absent"]>;

/** The name of an event on a time line: every indicator, and what only describes a curve. */
export type EventName = TransitionIndicator | (typeof descriptions)[number]["name"];

/** The test of one indicator. */
export type Detector = DetectorRow<TransitionIndicator, TransitionVerdict>;

/**
 * Every detector, in the order in which an analysis gives its verdicts. Time line, figures, pages, live watching and the
 * comparison of runs take their indicators from here.
 */
export const detectors: readonly Detector[] = rows;

function unmeasured<Indicator extends string>(
  indicator: Indicator,
  reason: string,
  remedy: string,
): VerdictOf<Indicator, never> {
  return cannotTell({ indicator, reason, remedy });
}
