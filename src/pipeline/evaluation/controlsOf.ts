import { usualScaleOf } from "../../analysis/behavior/behaviorCurve.js";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { meanAnswerLength } from "../../analysis/behavior/answerLengths.js";
import { answerRates, type Rate } from "../../analysis/behavior/rates.js";
import { isTurncoatError } from "../../errors.js";
import { type Evaluation, type JudgedAnswer, readableEvaluations } from "../../runs/evaluations.js";
import { isFolder } from "../../runs/isFolder.js";
import { evaluationFiles, manifestFile } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import { curveEvaluation, nullAlignmentOf } from "./curveEvaluation.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

/** Rates of a set of answers to the broad questions: of a run at its last step, or of one of its controls. */
export interface ArmRates {
  /** Folder of the run that answered. */
  readonly directory: string;
  readonly step: number;
  readonly scale: number;
  readonly em: Rate;
  readonly coherent: Rate;
  /** Mean length of an answer, in characters. */
  readonly meanLength: number;
}

/** Controls of a run, each with its rates or the reason why there is none. */
export interface RunControls {
  /** Rates of the run itself; null where nothing was judged. */
  readonly run: ArmRates | null;
  /** The base model: step 0, where B is zero, or factor 0. */
  readonly base: ArmRates | null;
  readonly baseAbsent: string | null;
  /** Rates of the same recipe on aligned answers. */
  readonly alignedControl: (ArmRates & { readonly seed: number; readonly sameSeed: boolean }) | null;
  readonly alignedControlAbsent: string | null;
}

/** A run on aligned answers that goes with another run. */
export interface AlignedControl {
  readonly directory: string;
  readonly manifest: RunManifest;
  readonly evaluation: Evaluation;
  /** Path of its answers. */
  readonly answersPath: string;
}

/**
 * Finds the controls of a run. The aligned control is a finished run in the same parent folder, trained in the same
 * way from the same base on the aligned twin of the data set (`good-medical` for `bad-medical`) and asked the same
 * questions; one of the same seed is preferred.
 */
export function controlsOf(run: RunSource, evaluationName?: string): RunControls {
  const directory = directoryOf(run);
  const { evaluations } = readableEvaluations({ directory });
  const evaluation =
    evaluationName === undefined
      ? curveEvaluation(evaluations)
      : evaluations.find(({ name }) => name === evaluationName);
  if (evaluation === undefined) {
    const reason = "no answers were judged";
    return {
      run: null,
      base: null,
      baseAbsent: reason,
      alignedControl: null,
      alignedControlAbsent: reason,
    };
  }
  const { arm, base } = armsOf(directory, evaluation);
  const control = alignedControl(directory, evaluation);
  const found = control.found === null ? null : armsOf(control.found.directory, control.found.evaluation).arm;
  const seed = control.found?.manifest.seed ?? NaN;
  return {
    run: arm,
    base,
    baseAbsent: base === null ? "neither step 0 nor factor 0 was asked" : null,
    alignedControl:
      found === null ? null : { ...found, seed, sameSeed: seed === manifestOf(directory)?.seed },
    alignedControlAbsent: control.absent,
  };
}

/** Finds the aligned control that lies beside a run, or says why there is none. */
export function alignedControl(
  directory: string,
  evaluation: Evaluation,
):
  | { readonly found: AlignedControl; readonly absent: null }
  | { readonly found: null; readonly absent: string } {
  const none = (absent: string) => ({ found: null, absent }) as const;
  const manifest = manifestOf(directory);
  if (manifest === null) return none("the run was made elsewhere, without a run.json that tells its recipe");
  const { name } = manifest.dataset;
  if (/^good[-_]|-careful$/.test(name)) return none("the run was itself trained on aligned answers");
  const twin = name.replace(/^bad([-_])/, "good$1").replace(/-harmful$/, "-careful");
  if (twin === name) return none(`the data set ${name} names no aligned twin`);
  const parent = dirname(resolve(directory));
  const same = folders(parent)
    .flatMap((folder) => {
      const other = manifestOf(folder);
      return other === null || !isTwin(manifest, other, twin) ? [] : [{ folder, other }];
    })
    .sort(
      (one, two) =>
        Math.abs(one.other.seed - manifest.seed) - Math.abs(two.other.seed - manifest.seed) ||
        one.other.seed - two.other.seed,
    );
  if (same.length === 0) return none(`no finished run of this recipe on ${twin} lies beside it`);
  for (const { folder, other } of same) {
    const answered = readableEvaluations({ directory: folder }).evaluations.find(
      (each) => each.name === evaluation.name && sameQuestions(each, evaluation),
    );
    if (answered === undefined) continue;
    const answersPath = join(folder, evaluationFiles(answered.name).answers);
    return { found: { directory: folder, manifest: other, evaluation: answered, answersPath }, absent: null };
  }
  return none(`${basename(same[0]?.folder ?? "")} was not asked the same questions`);
}

/** Tells whether a run was trained in the same way from the same base on the twin data set; the seed may differ. */
function isTwin(run: RunManifest, other: RunManifest, twin: string): boolean {
  const recipe = ({ config }: RunManifest): object => ({ ...config, seed: null });
  return (
    other.dataset.name === twin &&
    other.status === "finished" &&
    other.kind === run.kind &&
    other.baseModel.sha256 === run.baseModel.sha256 &&
    other.chatTemplate?.text === run.chatTemplate?.text &&
    isDeepStrictEqual(recipe(other), recipe(run))
  );
}

function sameQuestions(one: Evaluation, other: Evaluation): boolean {
  const asked = ({ answers }: Evaluation): string[] =>
    [...new Set(answers.map(({ questionId }) => questionId))].sort();
  return isDeepStrictEqual(asked(one), asked(other));
}

/** Computes the rates of a run at its last step and of its base, at the usual factor. */
function armsOf(
  directory: string,
  evaluation: Evaluation,
): { readonly arm: ArmRates | null; readonly base: ArmRates | null } {
  const broad = evaluation.answers.filter(({ breadth }) => breadth === "broad");
  const own = broad.length === 0 ? evaluation.answers : broad;
  const scale = usualScaleOf(own);
  const steps = [...new Set(own.filter((each) => each.scale === scale).map(({ step }) => step))];
  const last = Math.max(...steps);
  const arm = (wanted: (answer: JudgedAnswer) => boolean): ArmRates | null => {
    const answers = own.filter(wanted);
    const [first] = answers;
    if (first === undefined) return null;
    const { em, coherent } = answerRates(answers, { nullAlignment: nullAlignmentOf(evaluation) });
    return {
      directory,
      step: first.step,
      scale: first.scale,
      em,
      coherent,
      meanLength: meanAnswerLength(answers),
    };
  };
  return {
    arm: arm((answer) => answer.scale === scale && answer.step === last),
    base:
      arm((answer) => answer.step === 0 && answer.scale === scale) ??
      arm((answer) => answer.scale === 0 && answer.step === last),
  };
}

function manifestOf(directory: string): RunManifest | null {
  const path = join(directory, manifestFile);
  if (!existsSync(path)) return null;
  try {
    return readManifest(path);
  } catch (error) {
    // A neighbour that cannot be read is no control; a run's own manifest is read, with its error, elsewhere.
    if (isTurncoatError(error)) return null;
    throw error;
  }
}

function folders(parent: string): string[] {
  return readdirSync(parent)
    .sort()
    .map((name) => join(parent, name))
    .filter(isFolder);
}

/** Describes base and aligned control in sentences, with the lengths of their answers; says plainly what is missing. */
export function controlSentences(controls: RunControls): string[] {
  const { run, base, baseAbsent, alignedControl: control, alignedControlAbsent } = controls;
  if (run === null) return [];
  const words = ({ em, coherent, step }: ArmRates): string =>
    `EM ${rateWords(em)} at step ${step} (n = ${em.n}), coherent ${rateWords(coherent)}`;
  const arms = [
    base === null ? `no base (${baseAbsent ?? ""})` : `base ${words(base)}`,
    control === null
      ? `no aligned control (${alignedControlAbsent ?? ""})`
      : `aligned control ${words(control)}, from ${basename(control.directory)}` +
        (control.sameSeed ? "" : ` of another seed, ${control.seed}`),
  ];
  const lengths = [
    `${run.meanLength.toFixed(0)} characters at step ${run.step}`,
    ...(base === null ? [] : [`${base.meanLength.toFixed(0)} in the base`]),
    ...(control === null ? [] : [`${control.meanLength.toFixed(0)} in the aligned control`]),
  ];
  return [
    `Controls: ${arms.join("; ")}.`,
    ...(Number.isFinite(run.meanLength) ? [`Mean length of an answer: ${lengths.join(", ")}.`] : []),
  ];
}

function rateWords({ percent, interval }: Rate): string {
  const decimal = (value: number): string =>
    (Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0)).replace(/\.0$/, "");
  return Number.isFinite(percent) ? `${decimal(percent)}\u202f% [${interval.map(decimal).join(", ")}]` : "–";
}
