import { trainedWord } from "../../figures/run/chooseAdapter.js";
import { basename } from "node:path";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { removalTest } from "../../analysis/attribution/removalTest.js";
import { unchanged } from "../../analysis/branches/branchRecord.js";
import { pointOfNoReturn, pointWords } from "../../analysis/branches/pointOfNoReturn.js";
import { quadrants } from "../../analysis/behavior/quadrants.js";
import { groupedDigits } from "../../analysis/statistics/groupedDigits.js";
import { summary } from "./summary.js";
import type { ComparedRates } from "./sentences/evidence.js";
import { headlineOf } from "./sentences/headline.js";
import { spelledOut } from "./sentences/spelledOut.js";
import type { FigureOptions } from "../../figures/figure.js";
import type { PlacedAnswers } from "../../figures/run/runFigure.js";
import { drawFigures, runFigures, type PlacedFigure } from "../../figures/run/runFigures.js";
import type { Attributed } from "../../figures/run/attribution/attributionInput.js";
import type { RunManifest } from "../../runs/manifest.js";
import { presetNames, presetSummaries, type PresetName } from "../../train/recipes/presetNames.js";
import { analyzeRun, type AnalyzedRun, type AnalyzeRunOptions } from "./analyzeRun.js";
import {
  heldAgainstControls,
  heldAgainstNamed,
  pairingWarnings,
  type ControlledRun,
} from "./controlledRun.js";
import type { BranchRecord } from "../../analysis/branches/branchRecord.js";
import type { LandscapeAtStep } from "../../analysis/landscape/landscapeAlong.js";
import type { CoefficientRecord } from "../../analysis/learningCoefficient/coefficientRecord.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import {
  evaluationEntries,
  evaluationSentence,
  type EvaluationEntry,
} from "../evaluation/evaluationEntries.js";
import { selectAnswers } from "../evaluation/judgedAnswers.js";
import { kindSentences, kindsOfEvaluation, type SelectedKinds } from "../evaluation/answerKinds.js";
import type { RunProbes } from "../results/probeResult.js";
import { controlSentences, controlsOf, type RunControls } from "../evaluation/controlsOf.js";
import type { RunSource } from "../../runs/openRun.js";

/** Report of a run: everything that a page shows of it. */
export interface RunReport {
  readonly runId: string;
  readonly directory: string;
  /** `running`, `finished`, `interrupted`, or `imported` for a run made elsewhere. */
  readonly status: string;
  /** Recipe in a few words. */
  readonly recipe: string;
  /** One sentence: what turned, when, how sure, and whether the control shares it; or that it cannot be told. */
  readonly headline: string;
  /** Numbers that the headline rests on, in a line. */
  readonly evidence: string;
  /** Findings: which transitions there are, at which step, with which interval, and which there are not. */
  readonly sentences: readonly string[];
  /** Number of sentences, from the first, that are findings; the others say what to compare them with. */
  readonly findings: number;
  readonly analysis: Analysis;
  readonly probes: RunProbes | null;
  /** Evaluations of the run, with the one that behaviour is taken from. */
  readonly evaluations: readonly EvaluationEntry[];
  /** Kinds of the answers that stand for the run, as their words tell them; null where none was sampled. */
  readonly answerKinds: SelectedKinds | null;
  /** Base and aligned control beside the run itself. */
  readonly controls: RunControls;
  /** The run held against the controls that were named, or that it names; null where there is none. */
  readonly control: ControlledRun | null;
  readonly figures: readonly PlacedFigure[];
  readonly warnings: readonly string[];
}

/** Options of a report. */
export interface RunReportOptions extends FigureOptions, Pick<AnalyzeRunOptions, "evaluation" | "onCurves"> {
  /** Controls that the run is held against, as paths or opened; none for no control. @default the one that it names, where that is there */
  readonly controls?: readonly RunSource[] | undefined;
}

/**
 * Reads, analyses and draws a run.
 * @throws TurncoatError where there is no run, or nothing in it can be read
 */
export async function buildRunReport(
  source: RunSource,
  { evaluation, onCurves, controls, ...options }: RunReportOptions = {},
): Promise<RunReport> {
  const analyzed = await analyzeRun(source, { evaluation, onCurves });
  if (controls === undefined) {
    const { control, warnings } = await heldAgainstNamed(analyzed);
    return drawReport(
      { ...analyzed, warnings: [...analyzed.warnings, ...warnings] },
      { ...options, control },
    );
  }
  if (controls.length === 0) return drawReport(analyzed, options);
  const control = await heldAgainstControls(analyzed, controls);
  const warnings = [...analyzed.warnings, ...pairingWarnings(control)];
  return drawReport({ ...analyzed, warnings }, { ...options, control });
}

/** Draws a run that has been analysed. */
export function drawReport(
  analyzed: AnalyzedRun,
  { control = null, ...options }: FigureOptions & { readonly control?: ControlledRun | null } = {},
): RunReport {
  const { run, analysis, warnings } = analyzed;
  const { probes, branches, learningCoefficient, landscapeAlong } = analyzed.kept;
  const controls = controlsOf(run.directory, analyzed.evaluation?.name);
  const evaluations = evaluationEntries(analyzed.evaluations, analyzed.evaluation);
  const found = summary(analysis, control);
  const answerKinds =
    analyzed.evaluation === undefined ? null : kindsOfEvaluation(run.directory, analyzed.evaluation);
  const beside = [
    ...(branches === null ? [] : branchSentences(branches)),
    ...[evaluationSentence(evaluations)].filter((sentence) => sentence !== null),
    ...(answerKinds === null ? [] : kindSentences(answerKinds)),
    ...controlSentences(controls),
    ...presetSentence(run.manifest),
  ];
  return {
    runId: run.runId,
    directory: run.directory,
    status: run.manifest?.status ?? "imported",
    recipe: recipeWords(run.manifest, analysis),
    ...headlineOf(analysis, control, comparedRates(controls, control)),
    sentences: spelledOut([...found, ...beside.map(groupedDigits)]),
    findings: found.length,
    analysis,
    probes,
    evaluations,
    answerKinds,
    controls,
    control,
    figures: figuresOf(analysis, probes, {
      ...{ ...options, control, branches, learningCoefficient, landscapeAlong },
      ...{ answers: lastAnswers(analyzed), attributed: attributedOf(analyzed.kept) },
    }),
    warnings,
  };
}

/** The points of no return of the branches of a run. */
function branchSentences(branches: BranchRecord): string[] {
  return branches.interventions
    .filter(({ name }) => name !== unchanged)
    .map(({ name }) => `Changed on the way (${name}), ${pointWords(pointOfNoReturn(branches, name))}.`);
}

/** Rates of the aligned control, where that is the one that the run is held against, or it is held against none. */
function comparedRates({ alignedControl }: RunControls, control: ControlTest | null): ComparedRates | null {
  if (alignedControl === null) return null;
  const isOther = control !== null && !control.controls.includes(basename(alignedControl.directory));
  return isOther ? null : alignedControl;
}

/** Draws every figure that a run holds data for, in the order of the page. */
export function figuresOf(
  analysis: Analysis,
  probes: RunProbes | null,
  options: FigureOptions & {
    readonly answers?: PlacedAnswers | null;
    readonly control?: ControlTest | null;
    readonly attributed?: Attributed | null;
    readonly branches?: BranchRecord | null;
    readonly learningCoefficient?: CoefficientRecord | null;
    readonly landscapeAlong?: readonly LandscapeAtStep[] | null;
  } = {},
): PlacedFigure[] {
  const { answers = null, control = null, attributed = null, branches = null, ...more } = options;
  const { learningCoefficient = null, landscapeAlong = null, ...drawing } = more;
  const kept = { probes, attributed, branches, learningCoefficient, landscapeAlong };
  return drawFigures(runFigures, { analysis, answers, control, ...kept }, drawing);
}

/** Scores of the rows that a run keeps, with the test of those by which rows were left out; null where none were scored. */
function attributedOf({ attribution, removal }: AnalyzedRun["kept"]): Attributed | null {
  if (attribution === null || attribution.steps.length === 0) return null;
  if (removal === null) return { record: attribution, removal };
  const { kind, span, step, top, outcomes } = removal;
  return { record: attribution, removal: { ...removalTest(outcomes), top, ranked: { kind, span, step } } };
}

/** Broad answers of the last step that was judged; null where none was. */
export function lastAnswers({
  analysis,
  evaluation,
}: Pick<AnalyzedRun, "analysis" | "evaluation">): PlacedAnswers | null {
  if (evaluation === undefined) return null;
  const nullAlignment = nullAlignmentOf(evaluation);
  const { answers, step, scale, breadth } = selectAnswers({
    path: evaluation.name,
    answers: evaluation.answers,
  });
  return {
    quadrants: quadrants(answers, { nullAlignment }),
    label: `step ${step}, ${breadth}, ${trainedWord(analysis)} ×${scale}`,
  };
}

/** Says how a run's preset differs from the others: the optimiser matters as much as the phenomenon. */
function presetSentence(manifest: RunManifest | null): string[] {
  const used = presetNames.find((name) => name === manifest?.config.preset);
  if (used === undefined) return [];
  const others = presetNames.filter((name) => name !== used);
  const describe = (name: PresetName): string => `${name} is ${presetSummaries[name]}`;
  return [`The preset ${describe(used)}; ${others.map(describe).join("; ")}.`];
}

function shapeWords({ adapters, whole }: Analysis): string {
  const [adapter] = adapters;
  if (adapter === undefined) return "no adapter";
  const adapted = (whole ?? { adapters }).adapters.length;
  if (adapter.A === null)
    return adapted === 1 ? `a vector after layer ${adapter.layer}` : `vectors after ${adapted} layers`;
  return `rank ${adapter.rank} on ${adapted === 1 ? adapter.name : `${adapted} modules`}`;
}

function recipeWords(manifest: RunManifest | null, analysis: Analysis): string {
  const shape = manifest?.kind === "full" ? "all weights" : shapeWords(analysis);
  if (manifest === null) return `trained elsewhere, ${shape}`;
  const { preset, optimizer, schedule } = manifest.config;
  const named = (value: unknown): string =>
    typeof value === "object" && value !== null && "name" in value ? String(value.name) : "";
  const rate = named(schedule);
  const words = [manifest.dataset.name, shape, named(optimizer), rate === "" ? "" : `${rate} rate`];
  if (typeof preset === "string") words.push(`preset ${preset}`);
  return [...words, `seed ${manifest.seed}`].filter((word) => word.trim() !== "").join(", ");
}
