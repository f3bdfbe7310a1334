import { defaultThresholds } from "./behavior/rates.js";
import { TurncoatError } from "../errors.js";
import { adapterTrajectories, analyzeAdapter } from "./geometry/adapterAnalysis.js";
import type { Analysis, AnalysisInput, AnalysisOptions, RunDistributionChange } from "./analysisRecord.js";
import type { NamedDirection } from "./geometry/adapterRecord.js";
import { behaviorByScale, usualScale, type ScaleBehavior } from "./behavior/behaviorCurve.js";
import { behavioralTransition, type BehavioralFit } from "./transitions/behavior/behavioralTransition.js";
import { distributionChangeVerdict } from "./transitions/behavior/distributionPeak.js";
import { compBend } from "./transitions/corner/compBend.js";
import { compRecord } from "./geometry/compRecord.js";
import { gradientNormPeak } from "./transitions/peak/gradientNormPeak.js";
import { localCosineSigns } from "./straightPositive.js";
import { localCosineWindows } from "./geometry/localCosineSimilarity.js";
import { normGrowth } from "./transitions/peak/normGrowth.js";
import { norms } from "./geometry/pathShape.js";
import { pcaCorner } from "./transitions/corner/pcaCorner.js";
import type { PhaseTransition, TransitionVerdict } from "./transitions/phaseTransition.js";
import { rotation } from "./transitions/rotation/rotation.js";
import { loggedSeries, stepSpacing } from "./series/stepSeries.js";
import type { Interval } from "./statistics/quantile.js";
import type { DirectionTrajectory } from "./geometry/trajectory.js";
import { jointResampling } from "./transitions/behavior/jointResampling.js";
import { timeline, type EventName } from "./transitions/timeline.js";

/** Principal components of A, B and ΔW that are kept. */
export const defaultComponents = 10;

/**
 * Everything about a run: the geometry of its adapters, the gradient norm, what it says, what turns and what
 * does not, and by how many steps one comes before another.
 *
 * Pure: the same input gives the same record.
 *
 * @throws TurncoatError when an adapter's steps and vectors do not fit together, or no adapter stores the
 *   reference step.
 */
export function analyze(input: AnalysisInput, options: AnalysisOptions = {}): Analysis {
  const frozenBelow = options.rotation?.frozenBelow ?? 0.02;
  const {
    gate = { relative: frozenBelow },
    pcaComponents = defaultComponents,
    referenceStep,
    directions,
  } = options;
  const maxPairwiseSteps = options.maxPairwiseSteps ?? pairwiseSteps(input.adapters.length);
  if (referenceStep !== undefined && !input.adapters.some(({ steps }) => steps.includes(referenceStep)))
    throw noSuchStep(input, referenceStep);
  const verdicts: TransitionVerdict[] = [];

  const gradient = loggedSeries(input.log, (entry) => entry.gradNorm);
  const peak = gradient === null ? null : gradientNormPeak(gradient, { window: options.gradientWindow });
  verdicts.push(peak === null ? unmeasured("gradientNorm", "no gradient norm was logged") : peak.verdict);

  const windowsUsed = new Set<number>();
  const outputs: DirectionTrajectory[] = [];
  const adapters = input.adapters.map((adapter) => {
    const trajectories = adapterTrajectories(adapter);
    const windows = options.rotation?.windows ?? localCosineWindows(stepSpacing(adapter.steps));
    for (const k of windows) windowsUsed.add(k);
    outputs.push(trajectories.B);
    const named = { ...trajectories.B, name: adapter.modulePath };
    verdicts.push(withAdapter(normGrowth(norms(named)), adapter.modulePath));
    verdicts.push(rotation(named, { ...options.rotation, windows, gate }).verdict);
    verdicts.push(withAdapter(pcaCorner(named), adapter.modulePath));
    return analyzeAdapter(adapter, trajectories, {
      windows,
      gate,
      frozenBelow,
      maxPairwiseSteps,
      pcaComponents,
      referenceStep,
      directions,
    });
  });
  if (adapters.length === 0) verdicts.push(unmeasured("rotation", "no adapter was kept"));
  const comp = compRecord(input.adapters, outputs);
  const compared = comp?.B?.perStep ?? comp?.deltaW?.perStep;
  if (compared !== undefined) verdicts.push(compBend(compared));

  const scales = behaviorByScale(input.answers, options.rates);
  const judged = behaviorVerdicts(scales);
  verdicts.push(...judged.verdicts);
  const change = input.distributionChange ?? null;
  if (change !== null && change.broad !== null)
    verdicts.push(
      distributionChangeVerdict(change.broad.peaks.totalVariation, change.broad.window, change.scale),
    );

  const transitions = verdicts.flatMap((verdict) =>
    verdict.transition === null ? [] : [verdict.transition],
  );
  const absent = verdicts.flatMap((verdict) => (verdict.absent === null ? [] : [verdict.absent]));
  const likelihood = input.logLikelihoodGap ?? null;
  const paired = pairedEvents(input, change, judged.broadFits, transitions, options);
  const events = timeline(transitions, absent, likelihood?.broad ?? likelihood?.narrow ?? null, paired);
  return {
    run: input.run,
    adapters,
    gradNorm:
      gradient === null || peak === null
        ? null
        : { ...gradient, smoothed: peak.smoothed, window: peak.window, method: peak.method, peak: peak.peak },
    loss: loggedSeries(input.log, (entry) => entry.loss),
    learningRate: loggedSeries(input.log, (entry) => entry.learningRate),
    behavior: scales.length === 0 ? null : { scales },
    comp,
    transitions,
    absent,
    timeline: events,
    lags: events.lags,
    distributionChange: change,
    logLikelihoodGap: likelihood,
    gaps: input.gaps,
    parameters: {
      localCosineWindows: [...windowsUsed].sort((left, right) => left - right),
      localCosineConvention: localCosineSigns.paper,
      frozenBelow,
      movementGate: "absolute" in gate ? gate.absolute : null,
      alignedBelow: options.rates?.alignedBelow ?? defaultThresholds.alignedBelow,
      coherentAbove: options.rates?.coherentAbove ?? defaultThresholds.coherentAbove,
      nullAlignment: options.rates?.nullAlignment ?? "exclude",
      rateInterval: "Wilson 95 %",
      gradientWindow: peak?.window ?? NaN,
      gradientSmoothing: peak?.method ?? null,
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
}

/** Directions that neither A nor B of any adapter can be compared with. */
function directionsLeftOut(
  { adapters }: AnalysisInput,
  directions: readonly NamedDirection[] = [],
): string[] {
  const known = new Set(adapters.flatMap(({ loraA, loraB }) => [loraA[0]?.length, loraB[0]?.length]));
  return directions
    .filter(({ vector }) => !known.has(vector.length))
    .map(
      ({ name, vector }) =>
        `direction ${name} has ${vector.length} entries, A and B have ${[...known].join(", ")}: it is compared with none`,
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

/** Verdicts on all factors, and the fits of broad behaviour by factor. */
function behaviorVerdicts(scales: readonly ScaleBehavior[]): {
  readonly verdicts: readonly TransitionVerdict[];
  readonly broadFits: ReadonlyMap<number, BehavioralFit | null>;
} {
  const broadFits = new Map<number, BehavioralFit | null>();
  if (scales.length === 0) return { verdicts: [unmeasured("behavior", "no answers were judged")], broadFits };
  const verdicts = scales.flatMap(({ scale, broad, narrow }) => {
    const ofScale: TransitionVerdict[] = [];
    if (narrow.steps.length > 0) {
      ofScale.push(behavioralTransition(narrow, { indicator: "narrowBehavior", scale }).verdict);
    }
    if (broad.steps.length > 0) {
      const { fit, verdict } = behavioralTransition(broad, { indicator: "behavior", scale });
      broadFits.set(scale, fit);
      ofScale.push(verdict);
    }
    return ofScale;
  });
  return { verdicts, broadFits };
}

/** Resampled together what was measured on the same questions at the factor that the time line shows. */
function pairedEvents(
  { answers }: AnalysisInput,
  change: RunDistributionChange | null,
  broadFits: ReadonlyMap<number, BehavioralFit | null>,
  transitions: readonly PhaseTransition[],
  { rates }: AnalysisOptions,
): ReadonlyMap<EventName, readonly Interval[]> | undefined {
  const scale = usualScale([...broadFits.keys()]);
  const fit = broadFits.get(scale) ?? null;
  const turned = (indicator: EventName): boolean =>
    transitions.some((each) => each.indicator === indicator && each.scale === scale);
  const broad = change?.broad ?? null;
  if (broad === null || change?.scale !== scale || fit === null) return undefined;
  if (!turned("behavior") || !turned("distributionChange")) return undefined;
  const own = answers.filter((answer) => answer.scale === scale && answer.breadth === "broad");
  return jointResampling(own, fit, broad, rates);
}

function unmeasured(indicator: "gradientNorm" | "rotation" | "behavior", reason: string): TransitionVerdict {
  return { transition: null, absent: { indicator, reason } };
}

function withAdapter(verdict: TransitionVerdict, adapter: string): TransitionVerdict {
  return verdict.transition === null
    ? { transition: null, absent: { ...verdict.absent, adapter } }
    : { transition: { ...verdict.transition, adapter }, absent: null };
}
