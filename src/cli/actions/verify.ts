import { join } from "node:path";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { recordedDataset } from "../../pipeline/data/recordedDataset.js";
import { recordedModel } from "../../pipeline/training/recordedSources.js";
import { retrainRun } from "../../pipeline/training/retrainRun.js";
import { manifestFile } from "../../runs/layout.js";
import type { RunManifest } from "../../runs/manifest.js";
import { openRun } from "../../runs/openRun.js";
import { createEngine, engineNames } from "../../tensor/engine.js";
import { executionProviders } from "../../tensor/onnx/executionProviders.js";
import type { Engine } from "../../tensor/program.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";
import { verificationText } from "../output/verifyText.js";

interface VerifyFlags extends EngineFlags {
  readonly data?: string;
  readonly model?: string;
  readonly steps?: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Runs `turncoat verify`. */
export async function verifyAction(directory: string, flags: VerifyFlags): Promise<void> {
  const { manifest } = openRun(directory);
  if (manifest === null) {
    throw new TurncoatError(
      `${directory}: expected a ${manifestFile} that says how it was trained, found none`,
      {
        hint: "Only runs that turncoat train made can be verified.",
      },
    );
  }
  const dataset = recordedDataset(directory, manifest, flags.data);
  const folder = recordedModel(directory, manifest, flags.model);
  const engine = await recordedEngine(join(directory, manifestFile), manifest, flags);
  const model = openModel(folder, engine, { chatTemplate: manifest.chatTemplate });
  const progress = startProgress("verifying", { quiet: flags.json === true });
  const result = await interruptible((signal) =>
    retrainRun({
      directory,
      model,
      dataset,
      ...(flags.steps === undefined ? {} : { steps: flags.steps }),
      goesOn: flags.all === true,
      onStep: ({ step, loss }, last) => progress.update(step, last, `loss ${loss.toFixed(4)}`),
      signal,
    }),
  ).finally(() => progress.stop());
  print(flags.json === true ? JSON.stringify(toJson(result)) : verificationText(result));
  if (result.status === "different") process.exitCode = 1;
}

/** The engine that a run was trained on, unless options or the environment choose another. */
function recordedEngine(source: string, { engine }: RunManifest, flags: EngineFlags): Promise<Engine> {
  const name = engineNames.find((each) => each === engine.name);
  const provider = flags.provider ?? executionProviders.find((each) => each === engine.executionProvider);
  const chosen = process.env.TURNCOAT_ENGINE ?? "";
  if (name === undefined && chosen === "") {
    throw new TurncoatError(
      `${source}: engine.name: expected ${engineNames.join(", ")}, found "${engine.name}"`,
      {
        hint: "Choose the engine to verify it on with TURNCOAT_ENGINE.",
      },
    );
  }
  return createEngine({
    ...(name === undefined || chosen !== "" ? {} : { engine: name }),
    threads: flags.threads ?? engine.threads,
    ...(provider === undefined ? {} : { executionProvider: provider }),
  });
}
