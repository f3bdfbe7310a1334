import type { AdapterGram } from "../../analysis/geometry/whole/wholeUpdate.js";
import { analyze, defaultComponents } from "../../analysis/analyze.js";
import type { AdapterInput } from "../../analysis/geometry/adapterRecord.js";
import type { Analysis, AnalysisOptions } from "../../analysis/analysisRecord.js";
import { TurncoatError } from "../../errors.js";
import { readableEvaluations, type Evaluation } from "../../runs/evaluations.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { readTrajectories, type Trajectories } from "../../runs/trajectories.js";
import { runProvenance } from "./runProvenance.js";
import { readChange } from "../results/changeResult.js";
import { withLongTrajectoryComponents } from "./longTrajectoryComponents.js";
import { readLikelihood } from "../results/likelihoodResult.js";
import { keepGrams, storedGrams } from "./keptGrams.js";
import { adapterSizes, readGrams, type RunGrams } from "./wholeUpdateOf.js";
import { curveEvaluation, evaluationNamed, nullAlignmentOf } from "../evaluation/curveEvaluation.js";

/** A run read from disk, with its analysis. */
export interface AnalyzedRun {
  readonly run: Run;
  readonly analysis: Analysis;
  readonly evaluations: readonly Evaluation[];
  /** The one that behaviour is taken from; undefined where none was judged. */
  readonly evaluation: Evaluation | undefined;
  readonly warnings: readonly string[];
}

/** Options of an analysis, and the evaluation whose answers are analysed. */
export interface AnalyzeRunOptions extends AnalysisOptions {
  /** @default the one that `curveEvaluation` chooses */
  readonly evaluation?: string | undefined;
  /** Module paths of the adapters that are measured. @default all, or of many those that carry most of the update */
  readonly adapters?: readonly string[] | undefined;
  /** Called with the number of adapters read, where there are many. */
  readonly onProgress?: (done: number, adapters: number) => void;
}

/** Most adapters that are analysed one by one; of more, the update of the whole model is. */
export const mostSeparateAdapters = 12;
/** Number of adapters of many that are measured beside the whole: those that carry most of it. */
const measuredBeside = 3;

/**
 * Reads a run directory and analyses it: the run of any PEFT training, or one made here.
 *
 * Where a run holds several evaluations, behaviour is taken from one of them, so that answers produced in different
 * ways are never pooled.
 * @throws TurncoatError where there is no run, nothing in it can be read, or it has no judged evaluation of that name
 */
export async function analyzeRun(
  directory: string,
  { evaluation: wanted, adapters: chosen, onProgress, ...options }: AnalyzeRunOptions = {},
): Promise<AnalyzedRun> {
  const run = openRun(directory);
  const { adapters, gaps, warnings: besides, whole } = await readGeometry(run, chosen, onProgress);
  const { evaluations, faults } = readableEvaluations(run);
  const fault = wanted === undefined ? undefined : faults.get(wanted);
  if (fault !== undefined) throw new TurncoatError(fault);
  const curve =
    wanted === undefined ? curveEvaluation(evaluations) : evaluationNamed(evaluations, wanted, directory);
  const truncated = evaluations
    .filter(({ truncatedTail }) => truncatedTail)
    .map(({ name }) => `evaluations/${name}.jsonl: the last line is half written and was left out`);
  const unreadable = [...faults.values()].map((line) => `${line}; this evaluation was left out`);
  const warnings = [...run.warnings, ...besides, ...truncated, ...unreadable];
  const analysis = analyze(
    {
      run: run.runId,
      adapters: await withLongTrajectoryComponents(adapters, options.pcaComponents ?? defaultComponents),
      whole,
      log: run.log,
      answers: curve?.answers ?? [],
      gaps,
      provenance: runProvenance(run, curve),
      distributionChange: readChange(directory),
      logLikelihoodGap: readLikelihood(directory),
      warnings,
    },
    {
      ...options,
      rates: { nullAlignment: nullAlignmentOf(curve), ...options.rates },
    },
  );
  return { run, analysis, evaluations, evaluation: curve, warnings };
}

/** What a run's adapters are analysed from. */
interface RunGeometry extends Omit<Trajectories, "adapters"> {
  readonly adapters: readonly AdapterInput[];
  /** Inner products of all adapters; null where they are analysed one by one. */
  readonly whole: readonly AdapterGram[] | null;
}

async function readGeometry(
  run: Run,
  chosen: readonly string[] | undefined,
  onProgress: AnalyzeRunOptions["onProgress"],
): Promise<RunGeometry> {
  const grams = storedGrams(run) ?? (await gramsOf(run, onProgress));
  if (grams === null) return { ...readTrajectories(run, { modulePaths: chosen }), whole: null };
  const read = readTrajectories(run, { modulePaths: chosen ?? largestOf(grams.adapters) });
  const known = new Map(grams.adapters.map((each) => [each.modulePath, each]));
  const adapters = read.adapters.map((adapter) => ({
    ...adapter,
    gram: known.get(adapter.modulePath)?.gram,
  }));
  return { ...grams, adapters, whole: grams.adapters };
}

/** Reads the inner products of a run with many adapters and keeps them; null for a run with few. */
async function gramsOf(run: Run, onProgress: AnalyzeRunOptions["onProgress"]): Promise<RunGrams | null> {
  const sizes = adapterSizes(run);
  if (sizes.length <= mostSeparateAdapters) return null;
  const grams = await readGrams(run, sizes, (done) => onProgress?.(done, sizes.length));
  keepGrams(run, grams);
  return grams;
}

/** Names the adapters with the longest updates at the end, in the order of the layers. */
function largestOf(adapters: readonly AdapterGram[]): string[] {
  const squared = ({ gram }: AdapterGram): number => gram.at(-1)?.at(-1) ?? 0;
  const kept = new Set(
    adapters.toSorted((one, other) => squared(other) - squared(one)).slice(0, measuredBeside),
  );
  return adapters.filter((adapter) => kept.has(adapter)).map(({ modulePath }) => modulePath);
}
