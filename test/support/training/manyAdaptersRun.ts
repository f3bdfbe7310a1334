import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AdapterProjector, usualProjection } from "../../../src/formats/directions/adapterProjector.js";
import { encodeDirections } from "../../../src/formats/directions/directionsFile.js";
import {
  adapterConfigFile,
  adapterWeightsFile,
  encodeAdapter,
  type LoraModule,
} from "../../../src/formats/peft.js";
import { assembleTrainerState, logRow } from "../../../src/formats/trainerState.js";
import { checkpointFolder, stepDirectionsFile, trainerStateFile } from "../../../src/runs/layout.js";
import { Random } from "../../../src/tensor/random.js";

/** Shape of a model whose every projection is adapted. */
export interface ManyAdaptersShape {
  readonly layers: number;
  readonly hidden: number;
  readonly keyValue: number;
  readonly mlp: number;
  readonly rank: number;
}

/** Shapes of real models, with adapters as the paper's standard organism has them. */
export const manyAdaptersShapes = {
  smollm2: { layers: 30, hidden: 576, keyValue: 192, mlp: 1536, rank: 32 },
  "qwen0.5b": { layers: 24, hidden: 896, keyValue: 128, mlp: 4864, rank: 32 },
} as const satisfies Readonly<Record<string, ManyAdaptersShape>>;

/** A turn that is laid into a run. */
export interface PlantedBend {
  readonly step: number;
  /** First and last layer that turn. */
  readonly layers: readonly [number, number];
}

/** Path of one module's factors while a run is written. */
interface Walk {
  readonly modulePath: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly isBent: boolean;
  readonly A: Float32Array;
  readonly B: Float32Array;
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/** What is laid into a run, and what is kept of it. */
export interface ManyAdaptersOptions {
  readonly steps: number;
  readonly seed: number;
  readonly bend: PlantedBend | null;
  /**
   * What is kept of the steps: adapters; those of the first and the last step, and random projections of all; or both of
   * all. @default "full"
   */
  readonly keep?: "full" | "directions" | "both";
}

/** Length of B's step along its direction; the noise of each step is as long. */
const stride = 1e-3;

/**
 * Writes a run whose every projection has an adapter: B from zero along a direction of its own with a random walk as
 * noise, A a random walk. In the layers of the bend B goes on in another direction from its step on. Runs of one seed are
 * the same, whatever is kept of them.
 */
export function writeManyAdaptersRun(
  directory: string,
  shape: ManyAdaptersShape,
  options: ManyAdaptersOptions,
): void {
  const { keep = "full" } = options;
  const projector = new AdapterProjector(usualProjection);
  const random = new Random(options.seed);
  const table = Float32Array.from({ length: 1 << 20 }, () => random.normal());
  const noise = (target: Float32Array, scale: number): void => {
    const offset = random.integer(table.length);
    for (let index = 0; index < target.length; index++)
      target[index] = (target[index] ?? 0) + scale * (table[(offset + index) & (table.length - 1)] ?? 0);
  };
  const drawn = (length: number, scale: number): Float32Array => {
    const values = new Float32Array(length);
    noise(values, scale);
    return values;
  };
  const walks = modulesOf(shape).map(({ modulePath, layer, inFeatures, outFeatures }): Walk => {
    const [first, last] = options.bend?.layers ?? [NaN, NaN];
    const size = outFeatures * shape.rank;
    return {
      modulePath,
      inFeatures,
      outFeatures,
      isBent: layer >= first && layer <= last,
      A: drawn(inFeatures * shape.rank, 1 / Math.sqrt(3 * inFeatures)),
      B: new Float32Array(size),
      before: drawn(size, stride / Math.sqrt(size)),
      after: drawn(size, stride / Math.sqrt(size)),
    };
  });
  for (let step = 0; step <= options.steps; step++) {
    const modules = walks.map(({ modulePath, inFeatures, outFeatures, A, B }): LoraModule => ({
      modulePath,
      rank: shape.rank,
      scaling: 64 / Math.sqrt(shape.rank),
      inFeatures,
      outFeatures,
      loraA: A,
      loraB: B,
    }));
    if (keep !== "full") {
      const adapters = modules.map((module) => projector.project(module));
      const file = join(directory, stepDirectionsFile(step));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, encodeDirections({ step, projection: usualProjection, adapters }));
    }
    if (keep !== "directions" || step === 0 || step === options.steps)
      writeAdapter(directory, step, shape, modules);
    for (const { A, B, before, after, isBent } of walks) {
      const along = isBent && step >= (options.bend?.step ?? Infinity) ? after : before;
      for (let index = 0; index < B.length; index++) B[index] = (B[index] ?? 0) + (along[index] ?? 0);
      noise(B, stride / Math.sqrt(B.length));
      noise(A, 1e-5);
    }
  }
  const log = Array.from({ length: options.steps }, (_, index) => ({
    step: index + 1,
    loss: 2 / (1 + index / options.steps),
    gradNorm: 1,
    learningRate: 1e-5,
  }));
  writeFileSync(join(directory, trainerStateFile), assembleTrainerState(log.map(logRow), options.steps));
}

function writeAdapter(
  directory: string,
  step: number,
  shape: ManyAdaptersShape,
  modules: readonly LoraModule[],
): void {
  const files = encodeAdapter({
    config: {
      rank: shape.rank,
      alpha: 64,
      useRslora: true,
      targetModules: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
      layersToTransform: null,
      baseModel: "base",
    },
    modules,
  });
  const folder = join(directory, checkpointFolder(step));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, adapterConfigFile), files[adapterConfigFile]);
  writeFileSync(join(folder, adapterWeightsFile), files[adapterWeightsFile]);
}

function modulesOf({ layers, hidden, keyValue, mlp }: ManyAdaptersShape) {
  const projections: readonly (readonly [string, number, number])[] = [
    ["self_attn.q_proj", hidden, hidden],
    ["self_attn.k_proj", hidden, keyValue],
    ["self_attn.v_proj", hidden, keyValue],
    ["self_attn.o_proj", hidden, hidden],
    ["mlp.gate_proj", hidden, mlp],
    ["mlp.up_proj", hidden, mlp],
    ["mlp.down_proj", mlp, hidden],
  ];
  return Array.from({ length: layers }, (_, layer) =>
    projections.map(([name, inFeatures, outFeatures]) => ({
      modulePath: `model.layers.${layer}.${name}`,
      layer,
      inFeatures,
      outFeatures,
    })),
  ).flat();
}
