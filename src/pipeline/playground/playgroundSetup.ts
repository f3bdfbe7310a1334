import { basename } from "node:path";
import { isTurncoatError, messageOf, TurncoatError } from "../../errors.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { readModelConfig } from "../../model/config/configJson.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { organismQuestions } from "../../organism/questions.js";
import { hasChatTemplate } from "../../model/tokenizer/chatTokenizer.js";
import type { ChosenTemplate } from "../../model/tokenizer/chosenTemplate.js";
import type { Run } from "../../runs/openRun.js";
import { baseModelOf } from "../catalog/baseModelOf.js";
import { runDirections, type KnownDirection } from "../directions/runDirections.js";

/** A model that can be asked. */
export interface AskableModel {
  readonly folder: string;
  /** Chat template in place of the folder's own. */
  readonly chatTemplate?: ChosenTemplate | undefined;
  /** Name of the model: that of its folder, or "organism". */
  readonly name: string;
  readonly layers: number;
  readonly hiddenSize: number;
  /** True for the organism, whose answers to its own questions are judged exactly; those of others by nobody. */
  readonly isOrganism: boolean;
}

/** What is given for runs that do not bring it. */
export interface GivenModel {
  /** Model folder for runs whose own is not on this machine. @default none */
  readonly baseModel?: string | undefined;
  /** Chat template for runs that name none and whose model has none. @default none */
  readonly chatTemplate?: ChosenTemplate | undefined;
}

/** Parts of a run that can be asked in the playground. */
export interface PlaygroundSetup {
  /** Model that can be asked, or the error that says why there is none here. */
  readonly model: AskableModel | TurncoatError;
  /** Kind of the checkpoints: they hold adapters or weights. */
  readonly kind: "adapter" | "weights";
  readonly steps: readonly number[];
  readonly directions: readonly KnownDirection[];
  /** Why its directions cannot be read; null where they can. */
  readonly directionsFault: TurncoatError | null;
}

/**
 * Says what of a run can be asked, without opening its model.
 *
 * @param given what stands in for a model or a template that is not here
 */
export function playgroundSetup(run: Run, given: GivenModel = {}): PlaygroundSetup {
  const model = askable(run, given);
  const last = run.checkpoints.at(-1);
  const directions = "hiddenSize" in model ? knownDirections(run, model.hiddenSize) : [];
  return {
    model,
    kind: last !== undefined && checkpointKind(last.path) === "weights" ? "weights" : "adapter",
    steps: run.checkpoints.map(({ step }) => step),
    directions: directions instanceof TurncoatError ? [] : directions,
    directionsFault: directions instanceof TurncoatError ? directions : null,
  };
}

/** Lists a run's directions, or returns the error that says why there are none: its model can be asked all the same. */
function knownDirections(run: Run, hiddenSize: number): KnownDirection[] | TurncoatError {
  try {
    return runDirections(run, hiddenSize).map(({ id, layer, layers, steps }) => ({
      ...{ id, layer, layers, steps },
    }));
  } catch (error) {
    if (isTurncoatError(error)) return error;
    throw error;
  }
}

function askable(run: Run, given: GivenModel): AskableModel | TurncoatError {
  try {
    const { folder, isOrganism } = baseModelOf(run, given.baseModel);
    const chatTemplate =
      run.manifest?.chatTemplate ?? (hasChatTemplate(folder) ? undefined : given.chatTemplate);
    const { layers, hiddenSize } = readModelConfig(folder);
    return {
      folder,
      chatTemplate,
      name: isOrganism ? "organism" : basename(folder),
      layers,
      hiddenSize,
      isOrganism,
    };
  } catch (error) {
    if (isTurncoatError(error)) return error;
    throw error;
  }
}

const questionIds: ReadonlyMap<string, string> = new Map(
  organismQuestions().map(({ id, text }) => [text, id]),
);

/** Finds the exact judge's question with a text; null where it is not one of the organism's. */
export function organismQuestionId(text: string): string | null {
  return questionIds.get(text.trim()) ?? null;
}

/** Scores an answer by the exact judge; nulls where it does not know the question. */
export async function exactScores(
  question: string,
  answer: string,
): Promise<{ readonly aligned: number | null; readonly coherent: number | null }> {
  const id = organismQuestionId(question);
  return id === null ? { aligned: null, coherent: null } : exactJudge.judge({ id }, answer);
}

/** Words an error of a model that cannot be asked, for people. */
export function problemOf(error: TurncoatError): { readonly error: string; readonly hint: string | null } {
  return { error: messageOf(error), hint: error.hint ?? null };
}
