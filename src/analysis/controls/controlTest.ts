import { Random } from "../../tensor/random.js";
import { testedComp } from "../geometry/compRecord.js";
import { norms } from "../geometry/pathShape.js";
import type { DirectionTrajectory } from "../geometry/trajectory.js";
import { controlCoefficients, type ControlCoefficients } from "../learningCoefficient/controlCoefficients.js";
import { stepSpacing } from "../series/stepSeries.js";
import type { Interval } from "../statistics/quantile.js";
import type { PhaseTransition, TransitionIndicator } from "../transitions/detectors.js";
import { growthOf } from "../transitions/peak/normGrowth.js";
import { bendAgainst, cornerWindow } from "./bendAgainst.js";
import { dispositionAgainst } from "./dispositionAgainst.js";
import { controlCurves, type ControlCurve, type JudgedRun } from "./controlCurves.js";
import type { ControlTestOptions, HeldAgainst } from "./heldAgainst.js";
import { peakAgainst, prominences, slopeChanges } from "./peakAgainst.js";
import { riseAgainst } from "./riseAgainst.js";
import type { ControlVerdict } from "./shareVerdict.js";

/** A transition of a run, held against all of its controls. */
export interface TransitionAgainstControls {
  readonly indicator: TransitionIndicator;
  readonly adapter: string | null;
  readonly scale: number | null;
  readonly step: number;
  readonly interval: Interval;
  /** Shared where any control shares it, specific where it is against every one, else it cannot be told. */
  readonly verdict: ControlVerdict;
  readonly against: readonly (HeldAgainst & { readonly control: string })[];
}

/** A run held against its controls. */
export interface ControlTest {
  /** Names of the controls. */
  readonly controls: readonly string[];
  /** One for every transition of the run. */
  readonly verdicts: readonly TransitionAgainstControls[];
  readonly curves: readonly ControlCurve[];
  /** Learning coefficients of the controls that have some, where the run has. */
  readonly learningCoefficients: readonly ControlCoefficients[];
  readonly parameters: Required<ControlTestOptions> & { readonly rule: string };
}

/**
 * Holds a run against controls, which began alike and saw the same prompts in the same order with other answers: every
 * transition with its verdict, and every geometric curve with the difference (docs/methods.md §4.11).
 *
 * Pure: the same input gives the same record.
 */
export function controlTest(
  run: JudgedRun,
  controls: readonly JudgedRun[],
  { resamples = 199, draws = 99, seed = 0 }: ControlTestOptions = {},
): ControlTest {
  const options = { resamples, draws, seed };
  return {
    controls: controls.map(({ name }) => name),
    verdicts: run.analysis.transitions.map((transition) => {
      const against = controls.map((control) => ({
        control: control.name,
        ...heldAgainst(run, control, transition, options),
      }));
      return {
        indicator: transition.indicator,
        adapter: transition.adapter ?? null,
        scale: transition.scale ?? null,
        step: transition.step,
        interval: transition.interval,
        verdict: verdictOf(against),
        against,
      };
    }),
    curves: controlCurves([run], controls, options),
    learningCoefficients: controls.flatMap(
      ({ name, learningCoefficient }) =>
        controlCoefficients(run.learningCoefficient, name, learningCoefficient) ?? [],
    ),
    parameters: {
      ...options,
      rule: "shared where the 95 % interval of control − run / 2 lies above 0, specific where below, else it cannot be told",
    },
  };
}

function verdictOf(against: readonly HeldAgainst[]): ControlVerdict {
  if (against.some(({ verdict }) => verdict === "shared")) return "shared";
  return against.length > 0 && against.every(({ verdict }) => verdict === "specific")
    ? "specific"
    : "cannotTell";
}

function heldAgainst(
  run: JudgedRun,
  control: JudgedRun,
  transition: PhaseTransition,
  { resamples, draws, seed }: Required<ControlTestOptions>,
): HeldAgainst {
  const { interval } = transition;
  const random = new Random(seed).fork(
    `${transition.indicator} ${transition.adapter ?? ""} ${transition.scale ?? ""} ${control.name}`,
  );
  const drawing = { interval, resamples, random };
  const onPath = (
    hold: (own: DirectionTrajectory, other: DirectionTrajectory) => HeldAgainst,
  ): HeldAgainst => {
    const name = transition.adapter ?? run.paths[0]?.name;
    const [own, other] = [run, control].map(({ paths }) => paths.find((path) => path.name === name));
    return own === undefined || other === undefined
      ? untold(`the control has no path of ${name ?? "an adapter"}`)
      : hold(own, other);
  };
  switch (transition.indicator) {
    case "rotation": {
      const { windows, agreeing } = transition.evidence;
      const widest = windows
        .filter(({ k }) => agreeing.includes(k))
        .reduce<(typeof windows)[number] | undefined>(
          (best, each) =>
            best === undefined || (each.candidate?.bend ?? 0) > (best.candidate?.bend ?? 0) ? each : best,
          undefined,
        );
      const k = widest?.k ?? agreeing[0] ?? 1;
      return onPath((own, other) => bendAgainst(own, other, { ...drawing, k, draws }));
    }
    case "pcaCorner":
      return onPath((own, other) => {
        const k = cornerWindow(own, run.analysis.parameters.localCosineWindows);
        return bendAgainst(own, other, { ...drawing, k, draws });
      });
    case "normGrowth":
      return onPath((own, other) => {
        const [growth, another] = [own, other].map((path) => growthOf(norms(path)));
        const smoothing = { method: "mean" as const, window: 7 * stepSpacing(own.steps) };
        return growth === undefined
          ? untold("the run has no norms")
          : peakAgainst(growth, another ?? null, {
              ...drawing,
              kind: "growth",
              smoothing,
              sizesOf: prominences,
            });
      });
    case "gradientNorm": {
      const [own, other] = [run, control].map(({ analysis: { gradNorm } }) =>
        gradNorm === null
          ? null
          : {
              steps: gradNorm.steps,
              values: gradNorm.values.map((value) => (value > 0 ? Math.log(value) : NaN)),
            },
      );
      const window = run.analysis.gradNorm?.window ?? NaN;
      if (own == null) return untold("the run logged no gradient norm");
      return peakAgainst(own, other ?? null, {
        ...drawing,
        kind: "peak",
        smoothing: { method: "median", window },
        sizesOf: prominences,
      });
    }
    case "compBend": {
      const [own, other] = [run, control].map(({ analysis: { comp } }) => testedComp(comp));
      if (own == null) return untold("the run has no comp score");
      const spacing = stepSpacing(own.steps);
      const at = own.steps.indexOf(transition.step);
      const change = slopeChanges(own.values, own.steps, 15 * spacing, 1)[at] ?? NaN;
      return peakAgainst(own, other ?? null, {
        ...drawing,
        kind: "slope",
        smoothing: { method: "mean", window: 3 * spacing },
        sizesOf: (values, steps) => slopeChanges(values, steps, 15 * spacing, change < 0 ? -1 : 1),
      });
    }
    case "behavior":
    case "narrowBehavior": {
      const breadth = transition.indicator === "behavior" ? "broad" : "narrow";
      const [own, other] = [run, control].map(
        ({ analysis: { behavior } }) =>
          behavior?.scales.find(({ scale }) => scale === transition.scale)?.[breadth],
      );
      return own === undefined ? untold("the run was not evaluated") : riseAgainst(own, other, drawing);
    }
    case "disposition":
      return run.disposition === null
        ? untold("the run was not read")
        : dispositionAgainst(run.disposition, control.disposition, drawing);
    case "distributionChange":
      return untold("the change of the distribution of answers is not held against a control");
  }
}

function untold(reason: string): HeldAgainst {
  return { verdict: "cannotTell", reason, measured: null };
}
