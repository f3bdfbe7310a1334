import { analyzeInTwo, defaultComponents, judgedPaths } from "../../analysis/analyze.js";
import type { DirectionTrajectory } from "../../analysis/geometry/trajectory.js";
import type { Analysis, AnalysisOptions } from "../../analysis/analysisRecord.js";
import { TurncoatError } from "../../errors.js";
import { readableEvaluations, type Evaluation } from "../../runs/evaluations.js";
import { type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { gapWarnings } from "../results/gapWarnings.js";
import { runProvenance } from "./runProvenance.js";
import { withLongTrajectoryComponents } from "./longTrajectoryComponents.js";
import { keptResults, type KeptResults } from "../results/keptResults.js";
import { keepGeometry } from "./keptGeometry.js";
import { readGeometry, type GeometryReading } from "./runGeometry.js";
import { curveEvaluation, evaluationNamed, nullAlignmentOf } from "../evaluation/curveEvaluation.js";

/** A run read from disk, with its analysis. */
export interface AnalyzedRun {
  readonly run: Run;
  readonly analysis: Analysis;
  readonly evaluations: readonly Evaluation[];
  /** The one that behaviour is taken from; undefined where none was judged. */
  readonly evaluation: Evaluation | undefined;
  readonly warnings: readonly string[];
  /** Measurements kept beside it. */
  readonly kept: KeptResults;
  /** The paths that its transitions were looked for in. */
  readonly paths: () => readonly DirectionTrajectory[];
}

/** Options of an analysis, and the evaluation whose answers are analysed. */
export interface AnalyzeRunOptions extends AnalysisOptions, GeometryReading {
  /** @default the one that `curveEvaluation` chooses */
  readonly evaluation?: string | undefined;
  /** Hears the run as soon as its curves are there, before what turns is looked for, which waits for it. @default nobody does */
  readonly onCurves?: (curves: AnalyzedRun) => void | Promise<void>;
}

/**
 * Reads a run directory and analyses it: the run of any PEFT training, or one made here.
 *
 * Where a run holds several evaluations, behaviour is taken from one of them, so that answers produced in different
 * ways are never pooled.
 * @throws TurncoatError where there is no run, nothing in it can be read, or it has no judged evaluation of that name
 */
export async function analyzeRun(
  source: RunSource,
  {
    evaluation: wanted,
    adapters: chosen,
    products,
    onProgress,
    onCurves,
    ...options
  }: AnalyzeRunOptions = {},
): Promise<AnalyzedRun> {
  const run = runOf(source);
  const { directory } = run;
  const {
    adapters,
    gaps,
    warnings: besides,
    whole,
    projection,
    kept: geometry,
  } = await readGeometry(run, { adapters: chosen, products, onProgress }, options);
  const { evaluations, faults } = readableEvaluations(run);
  const fault = wanted === undefined ? undefined : faults.get(wanted);
  if (fault !== undefined) throw new TurncoatError(fault);
  const curve =
    wanted === undefined ? curveEvaluation(evaluations) : evaluationNamed(evaluations, wanted, directory);
  const truncated = evaluations
    .filter(({ truncatedTail }) => truncatedTail)
    .map(({ name }) => `evaluations/${name}.jsonl: the last line is half written and was left out`);
  const unreadable = [...faults.values()].map((line) => `${line}; this evaluation was left out`);
  const kept = keptResults(directory);
  const warnings = [
    ...run.warnings,
    ...besides,
    ...truncated,
    ...unreadable,
    ...kept.faults,
    ...gapWarnings(gaps),
  ];
  const { likelihood, disposition, change } = kept;
  const { curves, judged } = analyzeInTwo(
    {
      run: run.runId,
      adapters: await withLongTrajectoryComponents(adapters, options.pcaComponents ?? defaultComponents),
      whole,
      projection,
      known: geometry?.known ?? null,
      log: run.log,
      answers: curve?.answers ?? [],
      gaps,
      provenance: runProvenance(run, curve),
      distributionChange: change,
      logLikelihoodGap: likelihood && { broad: likelihood.broad, narrow: likelihood.narrow },
      disposition,
      warnings,
    },
    {
      ...options,
      rates: { nullAlignment: nullAlignmentOf(curve), ...options.rates },
    },
  );
  const paths = (): DirectionTrajectory[] => judgedPaths({ adapters, whole });
  const read = { run, evaluations, evaluation: curve, warnings, kept, paths };
  await onCurves?.({ ...read, analysis: curves });
  const analysis = judged();
  if (geometry?.known === null) keepGeometry(run, geometry.key, analysis);
  return { ...read, analysis };
}
