import { join } from "node:path";
import type { PlainValue } from "../../analysis/transitions/phaseTransition.js";
import { toJson } from "../../analysis/toJson.js";
import { readAdapterConfig } from "../../formats/adapterConfig.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import { trainedFile } from "../../formats/checkpointKind.js";
import { adapterConfigFile } from "../../formats/peft.js";
import type { Evaluation } from "../../runs/evaluations.js";
import type { Run } from "../../runs/openRun.js";
import { packageVersion } from "../packageRoot.js";

/** Origin of the numbers of an analysis: versions, configuration, seed and the hash of the last adapter. */
export type RunProvenance = Readonly<Record<string, PlainValue>>;

/** Collects the origin of a run's numbers; each field is null where the run does not say. */
export function runProvenance(run: Run, evaluation: Evaluation | undefined): RunProvenance {
  const { manifest, checkpoints } = run;
  const last = checkpoints.at(-1);
  const config =
    last === undefined ? null : readable(() => readAdapterConfig(join(last.path, adapterConfigFile)));
  return {
    turncoat: packageVersion(),
    trainedBy: manifest === null ? "elsewhere, read as PEFT" : "turncoat",
    versions: toJson(manifest?.versions ?? null),
    seed: manifest?.seed ?? null,
    dataset: toJson(manifest?.dataset ?? null),
    baseModel: manifest?.baseModel.path ?? config?.baseModel ?? null,
    baseModelSha256: manifest?.baseModel.sha256 ?? null,
    training: toJson(manifest?.config ?? null),
    adapterConfig: toJson(config),
    checkpoints: {
      count: checkpoints.length,
      first: checkpoints[0]?.step ?? null,
      last: last?.step ?? null,
      lastSha256: last === undefined ? null : readable(() => sha256OfFile(trainedFile(last.path))),
    },
    evaluation:
      evaluation === undefined
        ? null
        : { name: evaluation.name, answers: evaluation.answers.length, how: toJson(evaluation.provenance) },
  };
}

/** Reads a value, or null where it cannot be read: a checkpoint that is damaged is named among the gaps already. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
