import { TurncoatError } from "../errors.js";
import type {
  Analysis,
  AnalysisInput,
  AnalysisOptions,
  ProjectionInput,
  ProjectionRecord,
  RunDistributionChange,
  WholeAnalysis,
} from "./analysisRecord.js";
import { runBehavior } from "./behavior/behaviorCurve.js";
import { defaultThresholds } from "./behavior/rates.js";
import { adapterTrajectories, analyzeAdapter } from "./geometry/adapterAnalysis.js";
import { dispositionCurve } from "./directions/disposition.js";
import type { DirectionAnalysis, GeometryOptions, NamedDirection } from "./geometry/adapterRecord.js";
import { compRecord, testedComp } from "./geometry/compRecord.js";
import { localCosineWindows } from "./geometry/localCosineSimilarity.js";
import { projectionBounds, projectionVariance } from "./geometry/projectionError.js";
import type { DirectionTrajectory } from "./geometry/trajectory.js";
import { embedding } from "./geometry/whole/embedding.js";
import { analyzeWhole, wholePaths, type WholePaths } from "./geometry/whole/wholeUpdate.js";
import { loggedSeries, stepSpacing } from "./series/stepSeries.js";
import type { Interval } from "./statistics/quantile.js";
import { isLayerPath } from "../tensor/names/layerPath.js";
import { localCosineSigns } from "./straightPositive.js";
import { jointResampling } from "./transitions/behavior/jointResampling.js";
import type { AbsentTransition, EventName, PhaseTransition } from "./transitions/detectors.js";
import { isOf } from "./transitions/events.js";
import { gradientNormCurve } from "./transitions/peak/gradientNormPeak.js";
import { timeline } from "./transitions/timeline.js";
import { turningParts } from "./transitions/rotation/turningParts.js";
import { verdictsOf } from "./transitions/verdictsOf.js";
import { atScale } from "./usualTransitions.js";

/** Principal components of A, B and ΔW that are kept. */
export const defaultComponents = 10;

/**
 * Analyses a run: the geometry of its adapters, the gradient norm, what it says, what turns and what does not, and by
 * how many steps one comes before another.
 *
 * Pure: the same input gives the same record.
 *
 * @throws TurncoatError when an adapter's steps and vectors do not fit together, or no adapter stores the
 *   reference step.
 */
export function analyze(input: AnalysisInput, options: AnalysisOptions = {}): Analysis {
  return analyzeInTwo(input, options).judged();
}

/** An analysis in two parts: the curves of a run, which are soon there, and what of them turns, which takes longer. */
export interface AnalysisInTwo {
  /** Everything but what turns: no transition, none absent, nothing on the time line but what describes a curve. */
  readonly curves: Analysis;
  /** Looks for what turns: the whole analysis. */
  readonly judged: () => Analysis;
}

/** Analyses a run as `analyze` does, in two parts. @throws TurncoatError as it does */
export function analyzeInTwo(input: AnalysisInput, options: AnalysisOptions = {}): AnalysisInTwo {
  const frozenBelow = options.rotation?.frozenBelow ?? 0.02;
  const {
    gate = { relative: frozenBelow },
    pcaComponents = defaultComponents,
    referenceStep,
    directions,
  } = options;
  const maxPairwiseSteps = options.maxPairwiseSteps ?? pairwiseSteps(input.adapters.length);
  const known = input.known ?? null;
  if (
    known === null &&
    referenceStep !== undefined &&
    !input.adapters.some(({ steps }) => steps.includes(referenceStep))
  )
    throw noSuchStep(input, referenceStep);
  const gradient = loggedSeries(input.log, (entry) => entry.gradNorm);
  const curve = gradient === null ? null : gradientNormCurve(gradient, { window: options.gradientWindow });

  const outputs: DirectionTrajectory[] = [];
  const geometryOf = (steps: readonly number[]): GeometryOptions => {
    const windows = options.rotation?.windows ?? localCosineWindows(stepSpacing(steps));
    return { windows, gate, frozenBelow, maxPairwiseSteps, pcaComponents, referenceStep, directions };
  };
  const adapters =
    known?.adapters ??
    input.adapters.map((adapter) => {
      const trajectories = adapterTrajectories(adapter);
      outputs.push(trajectories.B);
      return analyzeAdapter(adapter, trajectories, geometryOf(adapter.steps));
    });
  const paths = input.whole == null ? null : wholePaths(input.whole);
  // Projections of different modules cannot be compared with each other.
  const comp = paths === null && input.projection == null ? compRecord(input.adapters, outputs) : null;
  const behavior = runBehavior(input.answers, options.rates);
  const change = input.distributionChange ?? null;
  const disposition = input.disposition == null ? null : dispositionCurve(input.disposition);
  const likelihood = input.logLikelihoodGap ?? null;
  const scale = behavior?.usualScale;
  const timelineOf = (
    transitions: readonly PhaseTransition[],
    absent: readonly AbsentTransition[],
  ): Pick<Analysis, "transitions" | "absent" | "timeline" | "lags"> => {
    const events = timeline(
      atScale(transitions, scale),
      atScale(absent, scale),
      likelihood?.broad ?? likelihood?.narrow ?? null,
      pairedEvents(input, change, atScale(transitions, scale), options, scale),
    );
    return { transitions, absent, timeline: events, lags: events.lags };
  };
  const whole = paths === null ? null : wholeAnalysis(paths, geometryOf(paths.whole.steps), input, options);
  const curves: Analysis = {
    run: input.run,
    adapters,
    whole,
    projection: input.projection == null ? null : projectionRecord(input.projection, paths),
    gradNorm: gradient === null || curve === null ? null : { ...gradient, ...curve },
    loss: loggedSeries(input.log, (entry) => entry.loss),
    learningRate: loggedSeries(input.log, (entry) => entry.learningRate),
    behavior,
    comp,
    ...timelineOf([], []),
    distributionChange: change,
    logLikelihoodGap: likelihood,
    disposition,
    gaps: input.gaps,
    parameters: {
      localCosineWindows: windowsOf([...adapters.map(({ B }) => B), ...(whole === null ? [] : [whole.path])]),
      localCosineConvention: localCosineSigns.paper,
      frozenBelow,
      movementGate: "absolute" in gate ? gate.absolute : null,
      alignedBelow: options.rates?.alignedBelow ?? defaultThresholds.alignedBelow,
      coherentAbove: options.rates?.coherentAbove ?? defaultThresholds.coherentAbove,
      nullAlignment: options.rates?.nullAlignment ?? "exclude",
      rateInterval: "Wilson 95 %",
      gradientWindow: curve?.window ?? NaN,
      gradientSmoothing: curve?.method ?? null,
      pairwiseCosineEvery: adapters[0]?.B.pairwiseCosine.every ?? NaN,
      pcaCentered: true,
      pcaComponents,
      referenceStep: referenceStep ?? null,
      comp: "‖XᵀY‖_F / (‖X‖_F ‖Y‖_F), one row a module, Y at the last step; perStep is the paper's de-meaning",
      incrementRankWindow: "10 increments between neighbouring stored steps",
      rotationSeed: options.rotation?.seed ?? 0,
    },
    provenance: input.provenance ?? null,
    warnings: [...(input.warnings ?? []), ...directionsLeftOut(input, directions)],
  };
  const judged = (): Analysis => {
    const verdicts = verdictsOf({
      gradientNorm: gradient,
      directions: paths === null ? namedOutputs(input, outputs) : [paths.whole],
      comp: testedComp(comp),
      scales: behavior?.scales ?? [],
      distributionChange: change,
      disposition,
      options: { gradientWindow: options.gradientWindow, rotation: { ...options.rotation, gate } },
    });
    const transitions = verdicts.flatMap(({ transition }) => transition ?? []);
    const absent = verdicts.flatMap((verdict) => verdict.absent ?? []);
    return { ...curves, ...timelineOf(transitions, absent) };
  };
  return { curves, judged };
}

function wholeAnalysis(
  paths: WholePaths,
  geometry: GeometryOptions,
  { projection, known }: AnalysisInput,
  { rotation }: AnalysisOptions,
): WholeAnalysis {
  const update = analyzeWhole(paths, geometry, projection?.numbers);
  const { windows, frozenBelow } = geometry;
  const tested = {
    windows: windows.slice(0, 2),
    frozenBelow,
    minimumBend: rotation?.minimumBend,
    seed: rotation?.seed,
  };
  return {
    ...update,
    turning:
      known?.turning ??
      turningParts(
        paths.adapters.map(({ modulePath, gram }) => embedding(modulePath, paths.whole.steps, gram)),
        tested,
      ),
  };
}

/** The half-windows of local cosines in which paths were measured, in steps. */
function windowsOf(paths: readonly Pick<DirectionAnalysis, "localCosine">[]): number[] {
  const windows = new Set(paths.flatMap(({ localCosine }) => Object.keys(localCosine)));
  return [...windows].map(Number).sort((left, right) => left - right);
}

/** States the error of what was computed from random projections. */
function projectionRecord(projection: ProjectionInput, paths: WholePaths | null): ProjectionRecord {
  const { numbers } = projection;
  const { factor, update } = projectionVariance;
  const squares = paths?.adapters.map(({ gram }) => gram.at(-1)?.at(-1) ?? NaN);
  return {
    ...projection,
    method: "count sketch",
    factor: projection.hasFactors ? projectionBounds([1], { numbers, variance: factor }) : null,
    update: projectionBounds([1], { numbers, variance: update }),
    whole: squares === undefined ? null : projectionBounds(squares, { numbers, variance: update }),
  };
}

/** The paths whose transitions `analyze` tests: B of every adapter, or the whole update of a run with many. */
export function judgedPaths(input: Pick<AnalysisInput, "adapters" | "whole">): DirectionTrajectory[] {
  if (input.whole != null) return [wholePaths(input.whole).whole];
  return namedOutputs(
    input,
    input.adapters.map((adapter) => adapterTrajectories(adapter).B),
  );
}

function namedOutputs(
  { adapters }: Pick<AnalysisInput, "adapters">,
  outputs: readonly DirectionTrajectory[],
): DirectionTrajectory[] {
  return outputs.map((output, index) => ({ ...output, name: adapters[index]?.modulePath ?? "" }));
}

/** Directions that neither A nor B of any adapter can be compared with. */
function directionsLeftOut(
  { adapters, projection }: AnalysisInput,
  directions: readonly NamedDirection[] = [],
): string[] {
  if (projection != null)
    return directions.map(
      ({ name }) =>
        `direction ${name}: only random projections of A and B were kept: it is compared with none`,
    );
  const areVectors = adapters.length > 0 && adapters.every(({ modulePath }) => isLayerPath(modulePath));
  const known = new Set(
    adapters.flatMap(({ loraA, loraB }) => [...(areVectors ? [] : [loraA[0]?.length]), loraB[0]?.length]),
  );
  return directions
    .filter(({ vector }) => !known.has(vector.length))
    .map(
      ({ name, vector }) =>
        `direction ${name} has ${vector.length} entries, ${areVectors ? "v has" : "A and B have"} ${[...known].join(", ")}: it is compared with none`,
    );
}

/** Square matrices of hundreds of adapters would be most of the record. */
function pairwiseSteps(adapters: number): number {
  return Math.min(100, Math.max(20, Math.round(300 / Math.sqrt(Math.max(1, adapters)))));
}

function noSuchStep({ run, adapters }: AnalysisInput, step: number): TurncoatError {
  const stored = adapters[0]?.steps ?? [];
  return new TurncoatError(`${run}: step ${step} is in no adapter's trajectory`, {
    hint: `Stored are ${stored.length} steps from ${stored[0] ?? NaN} to ${stored.at(-1) ?? NaN}.`,
  });
}

/** Resampled together what was measured on the same questions at the factor that the time line shows, `scale`. */
function pairedEvents(
  { answers }: AnalysisInput,
  change: RunDistributionChange | null,
  transitions: readonly PhaseTransition[],
  { rates }: AnalysisOptions,
  scale: number | undefined,
): ReadonlyMap<EventName, readonly Interval[]> | undefined {
  const broad = answers.filter(({ breadth }) => breadth === "broad");
  const peak = transitions.find(isOf("distributionChange"));
  const behavior = transitions.find(isOf("behavior"));
  if (change?.broad == null || change.scale !== scale) return undefined;
  if (peak === undefined || behavior === undefined) return undefined;
  const own = broad.filter((answer) => answer.scale === scale);
  return jointResampling(own, behavior.evidence, change.broad, rates);
}
