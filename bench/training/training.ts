/**
 * What a training step of a real model on real conversations takes, beside PyTorch with PEFT, and how much memory.
 *
 * Both sides get the same tokens, weights and adapter, each in a process of its own, and make the same steps in turn.
 * What happens once, such as compiling a shape, is part of the step in which it happens.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { quantile } from "../../src/analysis/statistics/quantile.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { readModelConfig } from "../../src/model/config/configJson.js";
import {
  projectionFeatures,
  projectionNames,
  projectionPath,
  type ProjectionName,
} from "../../src/model/config/parameters.js";
import { ChatTokenizer } from "../../src/model/tokenizer/chatTokenizer.js";
import { narrowFolder } from "../../src/pipeline/packageRoot.js";
import { Random } from "../../src/tensor/random.js";
import { DataOrder } from "../../src/train/batches/dataOrder.js";
import { tokenizeDataset } from "../../src/train/data/dataset.js";
import { readNarrowDataset } from "../../src/train/data/narrow.js";
import { machineBefore } from "../harness/machine.js";
import { LineProcess } from "../harness/lineProcess.js";
import { findPython } from "../harness/python.js";
import { round } from "../harness/statistics.js";
import {
  loadedSchema,
  peakSchema,
  stepSchema,
  type TimedStep,
  type Training,
  type TrainingRequest,
} from "./trainingMessages.js";

/** How PyTorch makes the loss: logits for responses only, or as the Hugging Face Trainer does. */
const variants = ["responses", "trainer"] as const;

interface Case {
  readonly id: string;
  readonly variant: (typeof variants)[number];
  readonly rank: number;
  readonly layer: number | "all";
  readonly projections: readonly ProjectionName[];
  /** Number of times that the conversations come: what lies below the adapter is known from the second time on. */
  readonly passes: number;
}

const cases: readonly Case[] = variants.flatMap((variant): Case[] => [
  { id: `rank1-${variant}`, variant, rank: 1, layer: 12, projections: ["down_proj"], passes: 2 },
  { id: `rank32-${variant}`, variant, rank: 32, layer: "all", projections: projectionNames, passes: 1 },
]);

/** Settings of the benchmark. */
export interface TrainingBenchOptions {
  /** Beginnings of the ids of cases. @default those with logits for responses only */
  readonly chosen?: readonly string[] | undefined;
  /** Folder of the model. */
  readonly model: string;
  /** Number of steps of a pass. @default 12 */
  readonly steps?: number | undefined;
}

/** Largest relative difference of losses and of gradient norms between the two sides. */
const tolerances = { loss: 1e-3, gradientNorm: 1e-2 };

const batchSize = 8;

/** Times the chosen cases, one after the other. */
export async function trainingBench({
  chosen,
  model,
  steps = 12,
}: TrainingBenchOptions): Promise<{ machine: object; cases: readonly object[] }> {
  const listed = cases.filter(({ id, variant }) =>
    chosen === undefined ? variant === "responses" : chosen.some((start) => id.startsWith(start)),
  );
  if (model === "") throw new Error("--model: expected the folder of a model, found none");
  if (listed.length === 0) {
    throw new Error(`--cases: expected beginnings of ${cases.map(({ id }) => id).join(", ")}`);
  }
  const python = findPython(["torch", "transformers", "peft"]);
  const machineOf = machineBefore();
  const scratch = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  try {
    const results: object[] = [];
    for (const one of listed) {
      const training = trainingOf(one, { folder: model, scratch, steps });
      const file = join(scratch, `${one.id}.json`);
      writeFileSync(file, JSON.stringify(training));
      const interpreter = "interpreter" in python ? python.interpreter : undefined;
      results.push(await compare(one, training, { file, interpreter }));
    }
    return {
      machine: {
        ...machineOf(),
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        ...("versions" in python ? python.versions : { skipped: python.reason }),
      },
      cases: results,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Makes a training on the narrow medical data; neither A nor B is zero, so that both have gradients to compare. */
function trainingOf(
  { rank, layer, projections, passes }: Case,
  { folder, scratch, steps }: { readonly folder: string; readonly scratch: string; readonly steps: number },
): Training {
  const config = readModelConfig(folder);
  const tokenizer = ChatTokenizer.open(folder);
  const dataset = readNarrowDataset(join(narrowFolder(), "medical.jsonl"), "harmful", "medical");
  const { chats } = tokenizeDataset(dataset, tokenizer, 512);
  const order = new DataOrder(0, chats.length, batchSize);
  const pass = Array.from({ length: steps }, (_, index) => [...order.examples(index + 1)]);
  const layers = layer === "all" ? Array.from({ length: config.layers }, (_, index) => index) : [layer];
  const random = new Random(0);
  const draw = (shape: readonly [number, number, number], bound: number) => {
    const size = shape[1] * shape[2];
    return { shape, data: Float32Array.from({ length: size }, () => bound * (2 * random.uniform() - 1)) };
  };
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const modulePaths: string[] = [];
  for (const one of layers) {
    for (const projection of projections) {
      const { inFeatures, outFeatures } = projectionFeatures(config, projection);
      const path = projectionPath(one, projection);
      modulePaths.push(path);
      tensors.set(`${path}.lora_A`, draw([1, rank, inFeatures], 1 / Math.sqrt(inFeatures)));
      tensors.set(`${path}.lora_B`, draw([1, outFeatures, rank], 0.001));
    }
  }
  const adapterFile = join(scratch, `adapter-${rank}.safetensors`);
  writeFileSync(adapterFile, encodeSafetensors(tensors));
  return {
    folder,
    threads: availableParallelism(),
    modulePaths,
    rank,
    alpha: 16,
    adapterFile,
    learningRate: 1e-5,
    // That of `paperAdamW`, which is also PyTorch's default.
    weightDecay: 0.01,
    clipNorm: 1,
    chats: chats.map(({ ids, isResponse }) => ({ ids: [...ids], isResponse: [...isResponse] })),
    batchSize,
    steps: Array.from({ length: passes }, () => pass).flat(),
    paddingId: tokenizer.paddingId,
  };
}

/** Side of a comparison, with what its steps gave so far. */
interface Side {
  readonly name: string;
  readonly process: LineProcess;
  readonly made: TimedStep[];
}

async function compare(
  { id, variant, passes }: Case,
  training: Training,
  { file, interpreter }: { readonly file: string; readonly interpreter: string | undefined },
): Promise<object> {
  const ours: Side = {
    name: "turncoat",
    process: new LineProcess(id, "training/trainingWorker.ts"),
    made: [],
  };
  const sides: Side[] = [ours];
  if (interpreter !== undefined) {
    sides.push({
      name: "peft",
      process: new LineProcess(`${id} peft`, "training.py", interpreter),
      made: [],
    });
  }
  const ask = <Answer>({ process }: Side, request: TrainingRequest, schema: z.ZodType<Answer>) =>
    process.ask(request, schema);
  try {
    for (const side of sides) await ask(side, { request: "load", file, variant }, loadedSchema);
    for (const [step] of training.steps.entries()) {
      // Who begins changes, so that a load that comes and goes hits both.
      for (const side of step % 2 === 0 ? sides : sides.toReversed()) {
        side.made.push(await ask(side, { request: "step" }, stepSchema));
      }
      console.error(
        `${id} step ${step + 1}: ${sides.map(({ name, made }) => `${name} ${Math.round(made.at(-1)?.milliseconds ?? NaN)} ms`).join(", ")}`,
      );
    }
    const peaks: Record<string, number> = {};
    for (const side of sides) peaks[side.name] = (await ask(side, { request: "peak" }, peakSchema)).peakMB;
    const count = training.steps.length / passes;
    return {
      id,
      ...sizesOf(training),
      ...differences(sides),
      passes: Array.from({ length: passes }, (_, pass) => {
        const taken = sides.map((side) => ({
          name: side.name,
          made: side.made.slice(pass * count, (pass + 1) * count),
        }));
        return { pass: pass + 1, steps: count, ...timesOf(taken) };
      }),
      peakMB: peaks,
    };
  } finally {
    for (const { process } of sides) process.stop();
  }
}

/** Counts what a step has to deal with on average: tokens, those after padding to the longest, and response tokens. */
function sizesOf({ steps, chats }: Training): object {
  const batches = steps.map((step) => step.flatMap((index) => chats[index] ?? []));
  const mean = (of: (batch: Training["chats"]) => number) =>
    Math.round(batches.reduce((sum, batch) => sum + of(batch), 0) / batches.length);
  return {
    conversations: chats.length,
    tokens: mean((batch) => batch.reduce((sum, { ids }) => sum + ids.length, 0)),
    padded: mean((batch) => batch.length * Math.max(...batch.map(({ ids }) => ids.length))),
    responseTokens: mean((batch) =>
      batch.reduce((sum, { isResponse }) => sum + isResponse.filter(Boolean).length, 0),
    ),
  };
}

/**
 * Finds the largest relative differences of losses and gradient norms.
 * @throws Error where they are too large
 */
function differences([ours, other]: readonly Side[]): object {
  const found: Record<string, number> = {};
  for (const kind of ["loss", "gradientNorm"] as const) {
    const each = (other?.made ?? []).map((step, index) =>
      Math.abs((ours?.made[index]?.[kind] ?? NaN) / step[kind] - 1),
    );
    const largest = each.reduce((one, another) => Math.max(one, another), 0);
    if (!(largest <= tolerances[kind])) {
      throw new Error(
        `training: ${kind}: expected at most ${tolerances[kind]} between both sides, found ${largest}`,
      );
    }
    found[kind] = Number(largest.toPrecision(2));
  }
  return { largestDifference: found };
}

/** Medians of each side's steps, and quartiles of the ratio of both in one step. */
function timesOf(sides: readonly { readonly name: string; readonly made: readonly TimedStep[] }[]): object {
  const [ours, other] = sides;
  const result: Record<string, unknown> = {};
  for (const { name, made } of sides) {
    result[name] = {
      msPerStep: Math.round(
        quantile(
          made.map(({ milliseconds }) => milliseconds),
          0.5,
        ),
      ),
      cpuMsPerStep: Math.round(
        quantile(
          made.map(({ cpuMilliseconds }) => cpuMilliseconds),
          0.5,
        ),
      ),
    };
  }
  if (ours === undefined || other === undefined) return result;
  const ratioOf = (kind: "milliseconds" | "cpuMilliseconds") => {
    const each = other.made.map((step, index) => step[kind] / (ours.made[index]?.[kind] ?? NaN));
    const total = (side: typeof ours) => side.made.reduce((sum, step) => sum + step[kind], 0);
    return {
      median: round(quantile(each, 0.5)),
      quartiles: [round(quantile(each, 0.25)), round(quantile(each, 0.75))],
      ofTotals: round(total(other) / total(ours)),
    };
  };
  return { ...result, ratio: ratioOf("milliseconds"), cpuRatio: ratioOf("cpuMilliseconds") };
}
