import { aggregateRuns } from "../../analysis/comparison/aggregateRuns.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import type { TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { withStraightPositive } from "../../analysis/straightPositive.js";
import { summary } from "../../pipeline/report/summary.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { analyzeRun, type AnalyzedRun, type AnalyzeRunOptions } from "../../pipeline/report/analyzeRun.js";
import {
  heldAgainstControls,
  heldAgainstNamed,
  pairingWarnings,
  type ControlledRun,
} from "../../pipeline/report/controlledRun.js";
import { controlCurveTable, controlTable } from "../output/tables/controlTable.js";
import { evaluationEntries, evaluationSentence } from "../../pipeline/evaluation/evaluationEntries.js";
import { readDirections } from "../../pipeline/directions/readDirections.js";
import { controlSentences, controlsOf } from "../../pipeline/evaluation/controlsOf.js";
import { aggregateTable } from "../output/tables/aggregateTable.js";
import { analysisTable, angleTable, geometryTable, wholeTable } from "../output/tables/analysisTable.js";
import type { productKinds } from "../../pipeline/results/productKinds.js";
import type { cosineSigns, runAlignments } from "../flags/choices.js";
import { startProgress } from "../output/progress.js";
import { timelineTable } from "../output/tables/timelineTable.js";
import { print, tell } from "../output/terminal.js";

interface Flags {
  readonly json?: boolean;
  readonly evaluation?: string;
  readonly adapter?: string[];
  readonly products?: (typeof productKinds)[number];
  readonly referenceStep?: number;
  readonly components?: number;
  readonly direction?: string;
  readonly sign: (typeof cosineSigns)[number];
  readonly k?: readonly number[];
  readonly gate?: number;
  readonly normalized?: boolean;
  readonly alignBy: (typeof runAlignments)[number];
  readonly transition: string;
  readonly control: readonly string[];
}

/** Runs `turncoat analyze`. */
export async function analyzeAction(directories: readonly string[], flags: Flags): Promise<void> {
  const options: AnalyzeRunOptions = {
    evaluation: flags.evaluation,
    adapters: flags.adapter,
    products: flags.products,
    ...(flags.referenceStep === undefined ? {} : { referenceStep: flags.referenceStep }),
    ...(flags.components === undefined ? {} : { pcaComponents: flags.components }),
    ...(flags.k === undefined
      ? {}
      : { rotation: { windows: [...flags.k].sort((one, other) => one - other) } }),
    ...(flags.gate === undefined ? {} : { gate: { absolute: flags.gate } }),
    ...(flags.direction === undefined ? {} : { directions: readDirections(flags.direction) }),
  };
  if (directories.length > 1 && flags.control.length > 0) {
    throw new TurncoatError(
      `--control: expected one run to hold against controls, found ${directories.length}`,
      {
        hint: "Analyse each run with its own control.",
      },
    );
  }
  const runs: AnalyzedRun[] = [];
  for (const directory of directories) {
    const run = await analyzed(directory, options);
    runs.push(flags.sign === "cosine" ? { ...run, analysis: withStraightPositive(run.analysis) } : run);
  }
  const [only] = runs;
  if (only !== undefined && runs.length === 1)
    printAnalysis(only, await controlled(only, flags, options), flags);
  else
    printTogether(
      distinctlyNamed(
        runs.map(({ analysis }) => analysis),
        directories,
      ),
      flags,
    );
}

async function analyzed(directory: string, options: AnalyzeRunOptions): Promise<AnalyzedRun> {
  const progress = startProgress("reading", { quiet: false });
  const run = await analyzeRun(directory, {
    ...options,
    onProgress: (done, adapters) => progress.update(done, adapters),
  }).finally(() => progress.stop());
  for (const warning of new Set([...run.warnings, ...run.analysis.warnings])) tell(`warning: ${warning}`);
  return run;
}

/** The run held against the controls that are named, or else the one that it names; null where there is none. */
async function controlled(
  analyzed: AnalyzedRun,
  { control: named }: Flags,
  options: AnalyzeRunOptions,
): Promise<ControlledRun | null> {
  if (named.length === 0) {
    const { control, warnings } = await heldAgainstNamed(analyzed, options);
    for (const warning of warnings) tell(`warning: ${warning}`);
    return control;
  }
  const control = await heldAgainstControls(analyzed, named, options);
  for (const warning of pairingWarnings(control)) tell(`warning: ${warning}`);
  return control;
}

function printAnalysis(
  { run, analysis, evaluation, evaluations: all }: AnalyzedRun,
  control: ControlledRun | null,
  flags: Flags,
): void {
  const controls = controlsOf(run.directory, evaluation?.name);
  const evaluations = evaluationEntries(all, evaluation);
  if (flags.json === true) {
    print(JSON.stringify(toJson({ ...analysis, evaluations, controls, control })));
    return;
  }
  const which = evaluationSentence(evaluations);
  print(
    [...summary(analysis, control), ...(which === null ? [] : [which]), ...controlSentences(controls)].join(
      "\n",
    ),
  );
  print(`\n${analysisTable(analysis)}`);
  if (control !== null) {
    for (const table of [controlTable(control), controlCurveTable(control)])
      if (table !== "") print(`\n${table}`);
  }
  const events = timelineTable(analysis.timeline);
  if (events !== "") print(`\n${events}`);
  const whole = wholeTable(analysis);
  if (whole !== "") print(`\n${whole}`);
  const geometry = geometryTable(analysis, { isNormalized: flags.normalized === true });
  for (const table of [geometry, angleTable(analysis)]) if (table !== "") print(`\n${table}`);
}

function printTogether(analyses: readonly Analysis[], flags: Flags): void {
  const aggregate = aggregateRuns(analyses, {
    alignment: flags.alignBy === "relative-step" ? "relativeStep" : flags.alignBy,
    indicator: indicatorNamed(flags.transition, analyses),
  });
  print(flags.json === true ? JSON.stringify(toJson(aggregate)) : aggregateTable(aggregate));
}

/** The indicator of that name, among those the runs were judged by. */
function indicatorNamed(name: string, analyses: readonly Analysis[]): TransitionIndicator {
  const known = new Set(
    analyses.flatMap(({ transitions, absent }) => [...transitions, ...absent].map((each) => each.indicator)),
  );
  for (const indicator of known) if (indicator === name) return indicator;
  throw new TurncoatError(`--transition: none of the runs was judged by "${name}"`, {
    hint: `They were by ${[...known].join(", ")}.`,
  });
}

/** Runs that carry the same name are told apart by their folders. */
function distinctlyNamed(analyses: readonly Analysis[], directories: readonly string[]): Analysis[] {
  const isUnique = new Set(analyses.map(({ run }) => run)).size === analyses.length;
  if (isUnique) return [...analyses];
  return analyses.map((analysis, index) => ({ ...analysis, run: directories[index] ?? analysis.run }));
}
