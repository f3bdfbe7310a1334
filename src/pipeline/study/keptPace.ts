import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { orNull } from "../../errors.js";
import { checkpointKind, trainedFile } from "../../formats/checkpointKind.js";
import { adapterConfigFile } from "../../formats/peft.js";
import { readJson } from "../../formats/json.js";
import { forEachLine } from "../../formats/lines.js";
import { median } from "../../analysis/statistics/quantile.js";
import { readableManifest } from "../../runs/continuation.js";
import { namesIn, statusOf } from "../../runs/isFolder.js";
import { checkpointFolder, evaluationFiles, stepOfFolder } from "../../runs/layout.js";
import type { RunManifest } from "../../runs/manifest.js";
import { encodeTrainConfig } from "../../train/trainRecord.js";
import type { TrainConfig } from "../../train/trainConfig.js";

/** How fast a run was made, told from the times of its files. */
export interface KeptPace {
  /** Name of the run's folder. */
  readonly run: string;
  /** Median seconds between steps. */
  readonly secondsPerStep: number;
  /** By name of the evaluation: seconds an answer, from the first to the last. */
  readonly secondsPerAnswer: Readonly<Record<string, number>>;
  /** Threads inside one operation. */
  readonly threads: number;
}

/** Milliseconds after a run was begun within which its first checkpoint is written; one that was copied is older or younger. */
const soonAfter = 15 * 60 * 1000;

/**
 * Finds how fast runs were made that train the same shape of the same model: all settings but steps, seeds, rates and what is
 * kept. A run whose files were copied since, so that their times are not those of the training, says nothing.
 *
 * @param directories of the runs to look at
 * @param model folder of the base model
 */
export function keptPaces(directories: readonly string[], model: string, config: TrainConfig): KeptPace[] {
  const wanted = shapeOf({ ...encodeTrainConfig(config) });
  return directories.flatMap((directory): KeptPace[] => {
    const manifest = readableManifest(directory);
    if (manifest === null || basename(manifest.baseModel.path) !== basename(resolve(model))) return [];
    if (shapeOf(manifest.config) !== wanted) return [];
    const pace = paceOf(directory, manifest);
    return pace === null ? [] : [pace];
  });
}

/** The settings that a step's work depends on, as text. */
function shapeOf(config: Readonly<Record<string, unknown>>): string {
  const { batchSize, accumulation = 1, rank, targetModules, layers, maxLength, method = "lora", kl } = config;
  return JSON.stringify([batchSize, accumulation, rank, targetModules, layers, maxLength, method, kl]);
}

function paceOf(directory: string, { createdAt, engine }: RunManifest): KeptPace | null {
  const times = namesIn(directory)
    .flatMap((name) => stepOfFolder(name) ?? [])
    .sort((one, other) => one - other)
    .flatMap((step) => {
      // The weights may be made smaller later; this file stays as it was written.
      const folder = join(directory, checkpointFolder(step));
      const file =
        checkpointKind(folder) === "vectors" ? trainedFile(folder) : join(folder, adapterConfigFile);
      const written = statusOf(file)?.mtimeMs;
      return written === undefined ? [] : [{ step, written }];
    });
  const [first] = times;
  const delay = (first?.written ?? NaN) - Date.parse(createdAt);
  const isOwn = delay >= -1000 && delay < soonAfter;
  const isInOrder = times.every(({ written }, index) => written >= (times[index - 1]?.written ?? 0));
  if (first === undefined || times.length < 3 || !isOwn || !isInOrder) return null;
  const perStep = times.slice(1).map(({ step, written }, index) => {
    const before = times[index] ?? first;
    return (written - before.written) / 1000 / (step - before.step);
  });
  return {
    run: basename(directory),
    // An interruption makes one of them long, and leaves the median.
    secondsPerStep: median(perStep),
    secondsPerAnswer: answerPaces(directory, times.at(-1)?.written ?? 0),
    threads: engine.threads,
  };
}

const recordSchema = z.object({ questions: z.array(z.unknown()) });

/** Seconds an answer of each evaluation that began after the training had ended. */
function answerPaces(directory: string, trained: number): Readonly<Record<string, number>> {
  const names = (orNull(() => namesIn(join(directory, "evaluations"))) ?? []).flatMap((file) =>
    file.endsWith(".jsonl") ? [file.slice(0, -".jsonl".length)] : [],
  );
  return Object.fromEntries(
    names.flatMap((name): (readonly [string, number])[] => {
      const { answers, provenance } = evaluationFiles(name);
      const [begun, ended] = [provenance, answers].map((file) => statusOf(join(directory, file))?.mtimeMs);
      if (begun === undefined || ended === undefined || begun < trained || ended <= begun) return [];
      if (orNull(() => readJson(join(directory, provenance), recordSchema)) === null) return [];
      let count = 0;
      forEachLine(join(directory, answers), () => count++);
      return count === 0 ? [] : [[name, (ended - begun) / 1000 / count]];
    }),
  );
}
