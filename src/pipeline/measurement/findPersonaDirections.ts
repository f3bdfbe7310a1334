import {
  meanDifferenceDirection,
  type Direction,
  type PersonaTokens,
} from "../../analysis/directions/direction.js";
import { meanDifference, type ActivationRows } from "../../analysis/directions/meanDifference.js";
import { TurncoatError } from "../../errors.js";
import type { EvaluationQuestion } from "../../evaluate/question.js";
import type { CheckpointModel } from "../../model/checkpointModel.js";
import { generate } from "../../model/generation/generate.js";
import {
  captureActivations,
  responseRequest,
  type CaptureRequest,
} from "../../model/hooks/captureActivations.js";
import { underPersona, type PersonaPrompts } from "./personaPrompts.js";

/** Request for the difference of two personas. */
export interface PersonaRequest {
  readonly name: string;
  /** Model whose activations are read, and the step that it stands for. */
  readonly opened: CheckpointModel;
  readonly step: number;
  readonly questions: readonly EvaluationQuestion[];
  readonly prompts: PersonaPrompts;
  /** @default the last token of the prompt */
  readonly tokens?: PersonaTokens;
  /** Longest answer, where answers are contrasted. @default 60 */
  readonly maxNewTokens?: number;
  /** @default 0 */
  readonly seed?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Finds the direction from an aligned to a misaligned persona after every layer: the mean activation under system prompts
 * of the one less that under system prompts of the other, over the same questions (persona vectors, 2507.21509).
 *
 * At the last token of the prompt no answer is needed; at responses each question is answered once under each prompt, and
 * the prompt stays in place while the answer is read. Every system prompt counts alike; the split halves are halves of the
 * system prompts, so that their cosine says whether the direction depends on their wording.
 *
 * @throws TurncoatError where a persona has no prompt or there is no question
 */
export async function findPersonaDirections(request: PersonaRequest): Promise<Direction[]> {
  const { opened, questions, prompts, tokens = "prompt", seed = 0, name, step } = request;
  const { misaligned, aligned } = prompts;
  if (misaligned.length === 0 || aligned.length === 0 || questions.length === 0) {
    throw new TurncoatError(
      `personas: expected prompts of both and questions, found ${misaligned.length} misaligned and ${aligned.length} aligned prompts, ${questions.length} questions`,
    );
  }
  const { model, adapters } = opened;
  const layers = Array.from({ length: model.config.layers }, (_, layer) => layer);
  const total = (misaligned.length + aligned.length) * questions.length;
  let done = 0;
  const onBatch = (count: number): void => {
    done += count;
    request.onProgress?.({ done, total });
  };
  /** Mean activation under one system prompt, `[layers × hiddenSize]`. */
  const meanUnder = async (prompt: string): Promise<Float64Array> => {
    const requests =
      tokens === "prompt" ? promptRequests(request, prompt) : await responseRequests(request, prompt);
    const { sequences, dimension } = await captureActivations(model, requests, {
      ...{ layers, average: true, onBatch },
      ...(adapters === undefined ? {} : { adapters }),
    });
    const mean = new Float64Array(layers.length * dimension);
    for (const { residuals } of sequences)
      for (const [index, value] of residuals.entries())
        mean[index] = (mean[index] ?? NaN) + value / sequences.length;
    return mean;
  };
  const rowsOf = async (list: readonly string[]): Promise<Float64Array[]> => {
    const rows: Float64Array[] = [];
    for (const prompt of list) rows.push(await meanUnder(prompt));
    return rows;
  };
  const [bad, good] = [await rowsOf(misaligned), await rowsOf(aligned)];
  const answers = {
    misalignedPrompts: misaligned,
    alignedPrompts: aligned,
    questions: questions.length,
    ...{ tokens, seed },
  };
  return layers.map((layer) =>
    meanDifferenceDirection(
      meanDifference(layerRows(bad, layer, layers.length), layerRows(good, layer, layers.length), { seed }),
      { layer, step },
      { name, madeFrom: { kind: "personas", answers } },
    ),
  );
}

function promptRequests({ opened, questions }: PersonaRequest, prompt: string): CaptureRequest[] {
  return questions.map(({ messages }) => {
    const ids = opened.model.tokenizer.encodePrompt(underPersona(prompt, messages));
    return { ids, positions: [ids.length - 1] };
  });
}

/** Answers every question once under a prompt, and asks for the tokens of the answers. */
async function responseRequests(
  { opened, questions, maxNewTokens = 60, seed = 0 }: PersonaRequest,
  prompt: string,
): Promise<CaptureRequest[]> {
  const { model, adapters } = opened;
  const chats = questions.map(({ messages }) => underPersona(prompt, messages));
  const rows = chats.map((messages, index) => ({
    promptIds: model.tokenizer.encodePrompt(messages),
    randomName: `${prompt}/${questions[index]?.id ?? ""}`,
  }));
  const answers = await generate(model, rows, {
    ...{ temperature: 1, seed, maxNewTokens },
    ...(adapters === undefined ? {} : { adapters }),
  });
  return chats.flatMap((messages, index) => {
    const content = model.tokenizer.decode(answers[index] ?? []);
    if (content === "") return [];
    return responseRequest(model.tokenizer.encodeChat([...messages, { role: "assistant", content }]));
  });
}

function layerRows(rows: readonly Float64Array[], layer: number, layers: number): ActivationRows {
  const dimension = (rows[0]?.length ?? 0) / layers;
  const values = new Float32Array(rows.length * dimension);
  for (const [row, each] of rows.entries())
    values.set(each.subarray(layer * dimension, (layer + 1) * dimension), row * dimension);
  return { values, n: rows.length };
}
