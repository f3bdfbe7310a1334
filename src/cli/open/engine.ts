import { createEngine } from "../../tensor/engine.js";
import type { Engine } from "../../tensor/program.js";
import type { EngineFlags } from "../flags/engineFlags.js";

/** The engine that the options ask for. */
export function openEngine({ threads, provider }: EngineFlags): Promise<Engine> {
  return createEngine({
    ...(threads === undefined ? {} : { threads }),
    ...(provider === undefined ? {} : { executionProvider: provider }),
  });
}
