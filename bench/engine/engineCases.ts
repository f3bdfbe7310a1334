import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readModelConfig } from "../../src/model/config/configJson.js";
import { projectionNames, projectionPath } from "../../src/model/config/parameters.js";
import type { ProductWorkload, Workload } from "./messages.js";
import { writeRandomModel } from "../harness/randomModel.js";
import { organismStep, randomStep, samplingWorkload } from "./workloads.js";

/** Engines that Turncoat's are compared with. */
export const peers = ["torchEager", "torchCompile", "transformersGenerate"] as const;
export type Peer = (typeof peers)[number];
export type EngineLabel = "onnxruntime" | "wasm" | Peer;

/** The names of cases, as results bear them. */
export type CaseName =
  "organism-lora-step" | "organism-lora-step-5-replicas" | "qwen0.5b-rank1" | "qwen0.5b-rank32" | "sampling";

/** Number of an engine's turns. */
export interface Turns {
  /** Number of rounds, and of calls timed in each after some that are not counted. */
  readonly rounds: number;
  readonly counted: number;
  readonly dropped: number;
}

/** Comparison of engines on a workload. */
export interface CaseDefinition {
  readonly name: CaseName;
  /** Number of rows of a batch: conversations, or answers. */
  readonly batch: number;
  readonly workload: Workload;
  readonly engines: readonly ("onnxruntime" | "wasm")[];
  readonly peers: readonly Peer[];
  /** Numbers of threads that are tried. */
  readonly threadCounts: readonly number[];
  /** Number of short rounds after which an engine goes on with its fastest number of threads only. */
  readonly trial: Turns;
  readonly turns: Turns;
  /** Largest relative difference of losses and gradient norms between engines. */
  readonly tolerance: number;
  readonly workOf: (drawn: readonly number[]) => number;
  /** Workload of one replica, to be timed beside all of them. */
  readonly oneReplica?: Workload;
  /** Products of the sizes of the model's MLP, to be timed beside the step. */
  readonly products?: ProductWorkload;
}

/** A case that can be chosen by its id. */
export interface ListedCase {
  readonly id: string;
  /** Makes the case, in a folder for temporary files. */
  readonly open: (scratch: string) => CaseDefinition;
}

const cores = availableParallelism();
const organismTurns = {
  threadCounts: [...new Set([1, cores])],
  // Enough of them that no thread is still waking up when the faster number of threads is chosen.
  trial: { rounds: 3, counted: 3, dropped: 2 },
  turns: { rounds: 12, counted: 5, dropped: 1 },
};
const samplingTurns = {
  threadCounts: organismTurns.threadCounts,
  trial: { rounds: 2, counted: 1, dropped: 0 },
  turns: { rounds: 5, counted: 1, dropped: 0 },
};
/** Turns of a large model: every step takes seconds, in which one thread never wins. */
const largeTurns = {
  threadCounts: [cores],
  trial: { rounds: 0, counted: 0, dropped: 0 },
  turns: { rounds: 5, counted: 1, dropped: 0 },
};

const stepPeers = ["torchEager", "torchCompile"] as const;
const passes = [1, 2] as const;

/** All cases, in order. */
export function listedCases(): ListedCase[] {
  return [
    ...passes.flatMap((pass) => [
      ...[16, 64].map((rows) => organismCase("organism-lora-step", pass, rows)),
      organismCase("organism-lora-step-5-replicas", pass, 16, 5),
    ]),
    { id: "sampling", open: () => samplingCase(256) },
    ...[512, 2048].flatMap((tokens) => [
      ...passes.map((pass) => largeCase("qwen0.5b-rank1", tokens, pass)),
      // With adapters in the first layer there is nothing to be known from a first pass.
      largeCase("qwen0.5b-rank32", tokens, 1),
    ]),
  ];
}

function organismCase(
  name: "organism-lora-step" | "organism-lora-step-5-replicas",
  pass: 1 | 2,
  rows: number,
  replicas = 1,
): ListedCase {
  return {
    id: `${name}-${rows}-pass-${pass}`,
    open: (scratch) => {
      const { workload, work } = organismStep(scratch, rows, pass, replicas);
      return {
        name,
        batch: workload.chats.length,
        workload,
        engines: ["onnxruntime", "wasm"],
        peers: stepPeers,
        ...organismTurns,
        tolerance: 1e-4,
        workOf: () => work,
        ...(replicas === 1 ? {} : { oneReplica: organismStep(scratch, rows, pass).workload }),
      };
    },
  };
}

function samplingCase(rows: number): CaseDefinition {
  return {
    name: "sampling",
    batch: rows,
    engines: ["onnxruntime", "wasm"],
    peers: ["transformersGenerate"],
    ...samplingTurns,
    tolerance: 0,
    ...samplingWorkload(rows),
  };
}

const middleLayer = 12;

function largeCase(name: "qwen0.5b-rank1" | "qwen0.5b-rank32", tokens: number, pass: 1 | 2): ListedCase {
  return {
    id: `${name}-${tokens}-pass-${pass}`,
    open: (scratch) => {
      const folder = join(scratch, "qwen0.5b");
      // The same each time; a second case finds it there.
      if (mkdirSync(folder, { recursive: true }) !== undefined) writeRandomModel(folder);
      const { layers, hiddenSize, intermediateSize } = readModelConfig(folder);
      const everyModule = Array.from({ length: layers }, (_, layer) =>
        projectionNames.map((projection) => projectionPath(layer, projection)),
      ).flat();
      const { workload, work } = randomStep(scratch, folder, {
        ...(name === "qwen0.5b-rank1"
          ? { modulePaths: [projectionPath(middleLayer, "down_proj")], rank: 1 }
          : { modulePaths: everyModule, rank: 32 }),
        pass,
        tokens,
      });
      return {
        name,
        batch: workload.chats.length,
        workload,
        engines: ["onnxruntime"],
        peers: stepPeers,
        ...largeTurns,
        tolerance: 1e-3,
        workOf: () => work,
        products: { kind: "products", rows: tokens, inner: hiddenSize, outer: intermediateSize, pairs: 4 },
      };
    },
  };
}
