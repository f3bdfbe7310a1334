import { basename, join } from "node:path";
import { lengthBounds } from "../../analysis/behavior/answerLengths.js";
import { behaviorByScale, type BehaviorCurve } from "../../analysis/behavior/behaviorCurve.js";
import { matchJudged, twiceJudged } from "../../analysis/behavior/judgeCalibration.js";
import { missingScores } from "../../analysis/behavior/missingScores.js";
import { correctedCurve, type CorrectedCurve } from "../../analysis/statistics/correctedCurve.js";
import { correctedRate, type CorrectedRate } from "../../analysis/statistics/correctedRate.js";
import { onsetSweep, type ThresholdOnset } from "../../analysis/transitions/behavior/onsetSweep.js";
import { quadrants } from "../../analysis/behavior/quadrants.js";
import { ratesReport, type RatesReport } from "../../analysis/behavior/ratesReport.js";
import { toJson } from "../../analysis/toJson.js";
import { quadrantFigure } from "../../figures/run/quadrantFigure.js";
import { writeOfflinePage } from "../../notebook/offlinePage.js";
import { selectedKinds } from "../../pipeline/evaluation/answerKinds.js";
import {
  readJudgedFile,
  runOfAnswers,
  selectAnswers,
  type JudgedFile,
  type SelectedAnswers,
} from "../../pipeline/evaluation/judgedAnswers.js";
import { TurncoatError } from "../../errors.js";
import { alignedControl } from "../../pipeline/evaluation/controlsOf.js";
import { readEvaluationFile } from "../../runs/evaluations.js";
import { isFolder } from "../../runs/isFolder.js";
import { evaluationsFolder } from "../../runs/layout.js";
import { answersOfRun } from "../open/answersOfRun.js";
import { correctedCurveText, correctedText } from "../output/calibrationText.js";
import { kindsText } from "../output/answerKindsText.js";
import { curveText, missingText, onsetText, ratesText, type RatesArm } from "../output/ratesText.js";
import { print, tell } from "../output/terminal.js";
import { commandLine } from "../../hints.js";

interface RatesFlags {
  readonly evaluation?: string;
  readonly base?: string;
  readonly control?: string;
  readonly trusted?: string;
  readonly step?: number;
  readonly scale?: number;
  readonly breadth?: "broad" | "narrow";
  readonly alignedBelow: number;
  readonly coherentAbove: number;
  readonly inclusive?: boolean;
  readonly figure?: string;
  readonly json?: boolean;
}

/** Runs `turncoat rates`. */
export function ratesAction(source: string, flags: RatesFlags): void {
  const path = answersPath(source, flags.evaluation);
  const file = readJudgedFile(path);
  const selected = selectAnswers(file, flags);
  const bounds = lengthBounds(selected.answers);
  const report = (of: JudgedFile, { answers }: SelectedAnswers): RatesReport =>
    ratesReport(answers, { ...flags, nullAlignment: of.nullAlignment, lengthBounds: bounds });
  const own = report(file, selected);
  const arms: RatesArm[] = [{ name: basename(path), report: own }];
  const controls: Record<"base" | "control", RatesReport | null> = { base: null, control: null };
  const files: JudgedFile[] = [file];
  const beside = controlBeside(path);
  for (const kind of ["base", "control"] as const) {
    const named = flags[kind];
    const given = named === undefined ? undefined : answersOf(named, path);
    const other = given ?? (kind === "control" ? beside.path : undefined);
    const found = other === undefined ? file : readJudgedFile(other);
    if (other !== undefined) files.push(found);
    const chosen =
      other === undefined ? (kind === "base" ? ownBase(file, selected) : null) : alike(found, selected);
    if (chosen === null) continue;
    controls[kind] = report(found, chosen);
    const label = kind === "base" ? "base" : "aligned control";
    const from = other === undefined ? `step ${chosen.step}` : (named ?? beside.run ?? other);
    arms.push({ name: `${label} (${basename(from)})`, report: controls[kind] });
  }
  for (const warning of files.flatMap(({ warnings }) => warnings)) {
    tell(`warning: ${warning}`);
  }
  if (flags.figure !== undefined) drawAnswers(flags.figure, path, selected, flags);
  const { step, scale, breadth, steps } = selected;
  const curve = steps.length < 2 ? null : curveOf(file, selected, flags);
  const onsets = steps.length < fewestOnsetSteps ? null : onsetsOf(file, selected);
  const corrected = flags.trusted === undefined ? null : correctedOf(file, selected, flags.trusted, flags);
  const kinds = selectedKinds(selected, {
    ...flags,
    directory: runOfAnswers(path),
    maxNewTokens: file.maxNewTokens,
    nullAlignment: file.nullAlignment,
  });
  // A table's own words where there are some; else what a run's answers say.
  const reasons = file.missing.size > 0 ? file.missing : missingScores(selected.answers);
  if (flags.json === true) {
    print(
      JSON.stringify(
        toJson({
          ...own,
          selection: { step, scale, breadth },
          missing: Object.fromEntries(reasons),
          kinds,
          ...controls,
          curve,
          onsets,
          ...(corrected === null ? {} : { corrected }),
        }),
      ),
    );
    return;
  }
  if (steps.length > 1)
    print(`step ${step} of ${steps.length} steps, factor ${scale}, ${breadth} questions\n`);
  const missing = [
    ...(controls.base === null ? ["base: not given (--base)"] : []),
    ...(controls.control === null ? [`aligned control: ${beside.absent} (--control)`] : []),
  ];
  print(ratesText(arms, [...missing, ...missingText(reasons)]));
  print(kindsText(kinds));
  if (curve !== null) print(curveText(curve));
  if (onsets !== null) print(onsetText(onsets));
  if (corrected === null) return;
  if (corrected.all !== null) print(correctedText(corrected.all));
  if (corrected.curve !== null) print(correctedCurveText(corrected.curve));
}

/** A control's answers at its last step, of the factor and breadth that are reported where it has such. */
function alike(control: JudgedFile, { scale, breadth }: SelectedAnswers): SelectedAnswers {
  const has = (wanted: (answer: JudgedFile["answers"][number]) => boolean): boolean =>
    control.answers.some(wanted);
  return selectAnswers(control, {
    ...(has((answer) => answer.scale === scale) ? { scale } : {}),
    ...(has((answer) => answer.breadth === breadth) ? { breadth } : {}),
  });
}

/** The file of answers that is reported: the one that is named, or that of an evaluation of the run that is. */
function answersPath(source: string, evaluation: string | undefined): string {
  if (!isFolder(source)) {
    if (evaluation === undefined) return source;
    throw new TurncoatError(
      `--evaluation ${evaluation}: expected a run, found ${source}, which is no folder`,
    );
  }
  return answersOfRun(source, evaluation, "evaluate");
}

/** Answers in a file, or in the run of that name: those of its evaluation that is called as the reported one. */
function answersOf(named: string, reported: string): string {
  if (!isFolder(named)) return named;
  return join(named, evaluationsFolder, basename(reported));
}

/** The answers of the aligned control that lies beside the run of a reported evaluation, or why there are none. */
function controlBeside(path: string): { path?: string; run?: string; absent: string } {
  const directory = runOfAnswers(path);
  if (directory === null) return { absent: "not given" };
  const { found, absent } = alignedControl(directory, readEvaluationFile(path));
  if (found === null) return { absent: `none, ${absent}` };
  return { path: found.answersPath, run: found.directory, absent: "" };
}

/** The rates along training, of the factor and breadth that are reported. */
function curveOf(
  { answers, nullAlignment }: JudgedFile,
  { scale, breadth }: SelectedAnswers,
  flags: RatesFlags,
): BehaviorCurve | null {
  const curves = behaviorByScale(answers, { ...flags, nullAlignment });
  return curves.find((each) => each.scale === scale)?.[breadth] ?? null;
}

/**
 * Rates that a trusted judge would find, from what it says of some of the answers of the factor and breadth that are
 * reported: over all of them, and at every step.
 *
 * @throws TurncoatError where fewer than two answers are found that both scored
 */
function correctedOf(
  file: JudgedFile,
  { scale, breadth }: SelectedAnswers,
  trustedPath: string,
  flags: RatesFlags,
): { readonly all: CorrectedRate | null; readonly curve: CorrectedCurve | null; readonly unmatched: number } {
  const answers = file.answers.filter((answer) => answer.scale === scale && answer.breadth === breadth);
  const { pairs, unmatched } = matchJudged(answers, readJudgedFile(trustedPath).answers);
  const judged = twiceJudged(pairs, answers, flags);
  const all = correctedRate(judged);
  if (all === null) {
    throw new TurncoatError(
      `${trustedPath}: expected two or more answers of ${file.path} with both scores, found ${pairs.length} of its answers`,
      { hint: `${commandLine("judge", "sample")} draws answers for a trusted judge.` },
    );
  }
  const hasSteps = new Set(answers.map(({ step }) => step)).size > 1;
  return { all, curve: hasSteps ? correctedCurve(judged) : null, unmatched };
}

/** A fit of where behaviour turns needs as many steps. */
const fewestOnsetSteps = 5;

/** Transitions of behaviour along the whole run, at every pair of thresholds. */
function onsetsOf(file: JudgedFile, { scale, breadth }: SelectedAnswers): ThresholdOnset[] {
  const answers = file.answers.filter((answer) => answer.scale === scale && answer.breadth === breadth);
  return onsetSweep(answers, undefined, { nullAlignment: file.nullAlignment });
}

/** The base model in a run's own answers: step 0, where B is zero, or factor 0. Null where it was not asked. */
function ownBase(file: JudgedFile, selected: SelectedAnswers): SelectedAnswers | null {
  const { breadth, steps, scales, scale } = selected;
  if (steps[0] === 0 && selected.step !== 0) return selectAnswers(file, { step: 0, scale, breadth });
  return scales[0] === 0 && scale !== 0 ? selectAnswers(file, { scale: 0, breadth }) : null;
}

function drawAnswers(path: string, source: string, { answers }: SelectedAnswers, flags: RatesFlags): void {
  const figure = quadrantFigure(quadrants(answers, flags), { label: basename(source) });
  writeOfflinePage(path, figure === null ? [] : [figure], { title: basename(source) });
}
