import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { encodeScalars, type ScalarsFile } from "../../formats/scalars/scalarsFile.js";
import { tokenSignificance } from "../../evaluate/tokenSignificance.js";
import { captureActivations, responseRequest } from "../../model/hooks/captureActivations.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { analysisFolder } from "../../runs/layout.js";
import { openRun } from "../../runs/openRun.js";
import { writing } from "../../tensor/systemFaults.js";
import { probeAnswers } from "./probeAnswers.js";

/** Request for the scalars of a run's adapters. */
export interface ScalarsRequest {
  readonly directory: string;
  readonly model: Model;
  /** @default the last checkpoint */
  readonly step?: number;
  /** Most answers of each kind. @default 120 */
  readonly answersPerClass?: number;
  /** Seed of the choice of answers. @default 0 */
  readonly seed?: number;
  /** True to compute the significance of each token too, which takes several times as long. @default false */
  readonly withSignificance?: boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Ends the work after the batch that is being run. */
  readonly signal?: AbortSignal;
}

/** Scalars of the adapters of one checkpoint at the tokens of aligned and of misaligned answers. */
export interface RunScalars {
  readonly step: number;
  readonly aligned: ScalarsFile;
  readonly misaligned: ScalarsFile;
}

/**
 * Computes the scalars A·h of every adapter of a checkpoint, unscaled, at every response token of judged answers of the run
 * (`docs/methods.md §5.5`): as many aligned as misaligned ones, those that `probeRun` takes.
 *
 * @throws TurncoatError where there is no such checkpoint, where it holds no adapters, or where the run holds too few
 * answers of a kind
 */
export async function runScalars(request: ScalarsRequest): Promise<RunScalars> {
  const { directory, model, seed = 0, answersPerClass = 120, signal } = request;
  const { checkpoints, runId } = openRun(directory);
  const { chosen, perClass, hash } = probeAnswers(directory, answersPerClass, seed);
  const wanted = request.step ?? checkpoints.at(-1)?.step;
  const checkpoint = checkpoints.find(({ step }) => step === wanted);
  if (checkpoint === undefined) {
    throw new TurncoatError(`${directory}: expected a checkpoint of step ${wanted ?? "any"}, found none`);
  }
  const opened = openCheckpoint(model, checkpoint.path);
  const { adapters } = opened;
  if (adapters === undefined) {
    await opened.dispose();
    throw new TurncoatError(`${checkpoint.path}: expected adapters, found weights, which have no scalars`);
  }
  const chats = chosen.map(({ question, answer }) =>
    model.tokenizer.encodeChat([
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ]),
  );
  const requests = chats.map(responseRequest);
  const total = chats.length * (request.withSignificance === true ? 2 : 1);
  let done = 0;
  const onDone = (count: number): void => {
    signal?.throwIfAborted();
    done += count;
    request.onProgress?.({ done, total });
  };
  const { modules, sequences } = await captureActivations(opened.model, requests, {
    adapters,
    onBatch: onDone,
  });
  const significance =
    request.withSignificance === true
      ? await tokenSignificance(opened.model, adapters, chats, () => onDone(1))
      : undefined;
  const features = modules.flatMap(({ modulePath, rank }) =>
    rank === 1 ? [modulePath] : Array.from({ length: rank }, (_, index) => `${modulePath}[${index}]`),
  );
  await opened.dispose();
  const fileOf = (kind: string, first: number): ScalarsFile => {
    const ofTokens = significance?.slice(first, first + perClass).flatMap(({ tokens }) => [...tokens]);
    const own = sequences.slice(first, first + perClass);
    const positions = requests.slice(first, first + perClass);
    return {
      scalars: Float32Array.from(own.flatMap(({ scalars }) => [...scalars])),
      answerIndex: Int32Array.from(positions.flatMap((each, answer) => each.positions.map(() => answer))),
      tokenIds: Int32Array.from(
        positions.flatMap(({ ids, positions: at }) => at.map((position) => ids[position] ?? -1)),
      ),
      ...(ofTokens === undefined ? {} : { significance: Float32Array.from(ofTokens) }),
      features,
      metadata: {
        what: `scalar A·h, unscaled, at each response token of ${perClass} ${kind} answers`,
        run: runId,
        step: String(checkpoint.step),
        answersSha256: hash,
        seed: String(seed),
      },
    };
  };
  return { step: checkpoint.step, misaligned: fileOf("misaligned", 0), aligned: fileOf("aligned", perClass) };
}

/**
 * Writes scalars as `aligned.safetensors` and `misaligned.safetensors`.
 *
 * @param folder @default `<run>/analysis/scalars`
 * @returns the paths of the two files
 */
export function writeRunScalars(
  directory: string,
  { aligned, misaligned }: RunScalars,
  folder: string = join(directory, analysisFolder, "scalars"),
): { readonly aligned: string; readonly misaligned: string } {
  const around = join(folder, "..");
  if (around === join(directory, analysisFolder) && !existsSync(around))
    writing(around, () => mkdirSync(around));
  const paths = {
    aligned: join(folder, "aligned.safetensors"),
    misaligned: join(folder, "misaligned.safetensors"),
  };
  writeFileWhole(paths.aligned, encodeScalars(aligned));
  writeFileWhole(paths.misaligned, encodeScalars(misaligned));
  return paths;
}
