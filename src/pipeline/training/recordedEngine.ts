import { TurncoatError } from "../../errors.js";
import type { RunManifest } from "../../runs/manifest.js";
import { createEngine, engineNames, type EngineOptions } from "../../tensor/engine.js";
import { executionProviders } from "../../tensor/onnx/executionProviders.js";
import type { Engine } from "../../tensor/program.js";

/**
 * The engine that a run was trained on, unless options or the environment choose another.
 * @param source file that records it, for errors
 * @throws TurncoatError where there is no such engine any more, and TURNCOAT_ENGINE names none
 */
export function recordedEngine(
  source: string,
  { engine }: RunManifest,
  given: Pick<EngineOptions, "threads" | "executionProvider"> = {},
): Promise<Engine> {
  const name = engineNames.find((each) => each === engine.name);
  const provider =
    given.executionProvider ?? executionProviders.find((each) => each === engine.executionProvider);
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
    threads: given.threads ?? engine.threads,
    ...(provider === undefined ? {} : { executionProvider: provider }),
  });
}
