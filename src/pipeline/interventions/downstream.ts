import { meanOfQuestions, type MeanEstimate } from "../../analysis/behavior/meanOfQuestions.js";
import { twinOf } from "../../analysis/interventions/randomTwin.js";
import { cosineBetween, euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import type { EvaluationQuestion } from "../../evaluate/question.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import {
  captureActivations,
  type CapturedActivations,
  type CaptureRequest,
} from "../../model/hooks/captureActivations.js";
import type { ResidualEdit } from "../../model/hooks/residualEdits.js";
import type { Model } from "../../model/model.js";
import { directoryOf, runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { contrastRequest } from "../measurement/findAnswerDirections.js";
import { probeAnswers } from "../measurement/probeAnswers.js";
import { untouchedModel } from "./plannedConditions.js";
import { directionAt } from "./steerConditions.js";

/** Request to compare what steering does to later layers with what training did. */
export interface DownstreamRequest {
  readonly run: RunSource;
  readonly model: Model;
  /** Step whose model is compared. */
  readonly step: number;
  readonly set: DirectionSet;
  /** Layer after which the direction is added to the base. */
  readonly layer: number;
  /** Length that is added, as a share of the residual norm there. */
  readonly strength: number;
  readonly questions: readonly EvaluationQuestion[];
  /** Most judged answers of each class that are read beside prompts; 0 for none. */
  readonly answersPerClass: number;
  /** Random directions of the same length. */
  readonly draws: number;
  readonly seed: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Cosines over one kind of text. */
export interface DownstreamCosines {
  /** What was read: the last token of prompts, or the mean over answers of either class. */
  readonly over: "prompts" | "misaligned answers" | "aligned answers";
  readonly n: number;
  /** One a layer: mean cosine, with its 95 % interval over texts, and that of every random direction. */
  readonly layers: readonly {
    readonly layer: number;
    readonly cosine: MeanEstimate;
    readonly random: readonly number[];
  }[];
}

/**
 * Compares layer by layer what steering the base changes with what training changed: the cosine of (steered − base) and
 * (trained − base), text by text (2506.11618, section 3.5; `docs/methods.md §5.4`), from the steered layer on. Beside it
 * stand random directions of the same length.
 *
 * @throws TurncoatError where the run has no such step, the set no such layer, or the run too few judged answers
 */
export async function measureDownstream(request: DownstreamRequest): Promise<DownstreamCosines[]> {
  const { model, set, layer, strength, draws } = request;
  const run = runOf(request.run);
  const { checkpoint } = untouchedModel(run, request.step);
  const { vector } = directionAt(run, set, layer);
  const layers = Array.from({ length: model.config.layers - layer }, (_, index) => layer + index);
  const random = new Random(request.seed);
  const vectors = [
    vector,
    ...Array.from({ length: draws }, (_, draw) => twinOf(vector, random, { draw, layer })),
  ];
  const texts = textsOf(request);
  const total = texts.length * (vectors.length + 2);
  let done = 0;
  const results: DownstreamCosines[] = [];
  for (const { over, requests } of texts) {
    const capture = async (
      opened: Pick<ReturnType<typeof openCheckpoint>, "model" | "adapters">,
      edits: readonly ResidualEdit[],
    ): Promise<CapturedActivations> => {
      const captured = await captureActivations(opened.model, requests, {
        ...{ layers, edits, average: true },
        ...(opened.adapters === undefined ? {} : { adapters: opened.adapters }),
      });
      request.onProgress?.({ done: ++done, total });
      return captured;
    };
    const base = await capture({ model }, []);
    const opened = openCheckpoint(model, checkpoint.path);
    const trained = await capture(opened, []).finally(() => opened.dispose());
    const norm = meanNorm(base);
    const steered: CapturedActivations[] = [];
    for (const each of vectors) {
      const factor = (strength * norm) / euclideanNorm(each);
      steered.push(await capture({ model }, [{ kind: "add", layer, vector: each, factor }]));
    }
    const [own = [], ...drawn] = steered.map((each) => changeCosines(base, trained, each));
    results.push({
      over,
      n: requests.length,
      layers: layers.map((at, place) => ({
        layer: at,
        cosine: meanOfQuestions(own[place] ?? []),
        random: drawn.map((cosines) => meanOfQuestions(cosines[place] ?? [], { resamples: 0 }).value),
      })),
    });
  }
  return results;
}

/** Prompts, and answers of both classes where some are wanted. */
function textsOf({
  run,
  model: { tokenizer },
  questions,
  answersPerClass,
  seed,
}: DownstreamRequest): { readonly over: DownstreamCosines["over"]; readonly requests: CaptureRequest[] }[] {
  const prompts = questions.map(({ messages }) => {
    const ids = tokenizer.encodePrompt(messages);
    return { ids, positions: [ids.length - 1] };
  });
  if (answersPerClass === 0) return [{ over: "prompts", requests: prompts }];
  const { chosen, perClass } = probeAnswers(directoryOf(run), answersPerClass, seed);
  const requests = chosen.map((answer) => contrastRequest(tokenizer, answer, "response"));
  return [
    { over: "prompts", requests: prompts },
    { over: "misaligned answers", requests: requests.slice(0, perClass) },
    { over: "aligned answers", requests: requests.slice(perClass) },
  ];
}

/** Mean norm of the residual stream after the first of the captured layers. */
function meanNorm({ sequences, dimension }: CapturedActivations): number {
  const norms = sequences.map(({ residuals }) => euclideanNorm(residuals.subarray(0, dimension)));
  return norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
}

/** Cosines between two changes of the base, `[layers][texts]`; a text that one of them does not change has none. */
function changeCosines(
  base: CapturedActivations,
  one: CapturedActivations,
  other: CapturedActivations,
): number[][] {
  const { dimension, layers } = base;
  return layers.map((_, place) =>
    base.sequences.flatMap(({ residuals }, text) => {
      const changeOf = ({ sequences }: CapturedActivations): Float64Array =>
        Float64Array.from({ length: dimension }, (_value, at) => {
          const index = place * dimension + at;
          return (sequences[text]?.residuals[index] ?? NaN) - (residuals[index] ?? NaN);
        });
      const cosine = cosineBetween(changeOf(one), changeOf(other));
      return Number.isFinite(cosine) ? [cosine] : [];
    }),
  );
}
