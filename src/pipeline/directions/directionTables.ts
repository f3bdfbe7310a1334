import { type Run, runOf, type RunSource } from "../../runs/openRun.js";
import type { Direction } from "../../analysis/directions/direction.js";
import { principalAngles, type SubspaceOverlap } from "../../analysis/directions/principalAngles.js";
import { cosineBetween } from "../../analysis/linalg/innerProduct.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { TurncoatError } from "../../errors.js";
import { readAdapter, type LoraModule } from "../../formats/peft.js";
import type { DirectionSet } from "./directionSets.js";

/** Cosines between one direction after all its layers. */
export interface LayerCosines {
  readonly layers: readonly number[];
  /** `[layers][layers]` */
  readonly cosines: readonly (readonly number[])[];
  /** Standard deviation of the cosine of random directions: 1/√d. */
  readonly randomCosine: number;
}

/** Compares a direction after every layer with itself after every other. */
export function layerCosines({ layers }: DirectionSet): LayerCosines {
  return {
    layers: layers.map(({ layer }) => layer),
    cosines: layers.map((one) => layers.map((other) => cosineBetween(one.vector, other.vector))),
    randomCosine: 1 / Math.sqrt(layers[0]?.vector.length ?? NaN),
  };
}

/** Cosines of two directions, layer by layer. */
export interface DirectionPair {
  readonly one: string;
  readonly other: string;
  /** Layers that both have. */
  readonly layers: readonly number[];
  readonly cosines: readonly number[];
}

/** Directions of runs beside each other. */
export interface DirectionCosines {
  readonly pairs: readonly DirectionPair[];
  /** Standard deviation of the cosine of random directions: 1/√d. */
  readonly randomCosine: number;
}

/** Compares directions layer by layer, every one with every other. @param sets with the names that tell them apart */
export function directionCosines(
  sets: readonly { readonly name: string; readonly set: DirectionSet }[],
): DirectionCosines {
  const sizes = sets.map(({ set }) => set.layers[0]?.vector.length ?? NaN);
  const pairs = sets.flatMap((one, index) =>
    sets.slice(index + 1).map((other): DirectionPair => {
      const both = one.set.layers.flatMap((own): [Direction, Direction][] => {
        const fitting = other.set.layers.find(
          ({ layer, vector }) => layer === own.layer && vector.length === own.vector.length,
        );
        return fitting === undefined ? [] : [[own, fitting]];
      });
      return {
        ...{ one: one.name, other: other.name },
        layers: both.map(([own]) => own.layer),
        cosines: both.map(([own, fitting]) => cosineBetween(own.vector, fitting.vector)),
      };
    }),
  );
  return { pairs, randomCosine: 1 / Math.sqrt(Math.min(...sizes)) };
}

/** What one module's updates of two runs have in common. */
export interface UpdateOverlap {
  readonly modulePath: string;
  /** Of what is written: the columns of B. */
  readonly output: SubspaceOverlap;
  /** Of what is read: the rows of A. */
  readonly input: SubspaceOverlap;
}

/**
 * Compares the subspaces that ΔW of two runs writes into and reads from, module by module.
 *
 * @param step of each; the nearest stored one is taken. @default the last
 * @throws TurncoatError where a run has no adapter
 */
export function updateOverlaps(one: RunSource, other: RunSource, step = Infinity): UpdateOverlap[] {
  const [own, theirs] = [modulesOf(runOf(one), step), modulesOf(runOf(other), step)];
  return own.flatMap((module) => {
    const fitting = theirs.find(({ modulePath }) => modulePath === module.modulePath);
    if (fitting?.outFeatures !== module.outFeatures || fitting.inFeatures !== module.inFeatures) return [];
    return [
      {
        modulePath: module.modulePath,
        output: principalAngles(columnsOf(module), columnsOf(fitting)),
        input: principalAngles(rowsOf(module), rowsOf(fitting)),
      },
    ];
  });
}

function modulesOf({ directory, checkpoints }: Run, step: number): readonly LoraModule[] {
  const near = nearestStep(
    checkpoints.map((each) => each.step),
    step,
  );
  const checkpoint = checkpoints.find((each) => each.step === near);
  if (checkpoint === undefined) throw new TurncoatError(`${directory}: expected checkpoints, found none`);
  return readAdapter(checkpoint.path, { use: "geometry" }).modules;
}

/** Columns of B, which is stored as `[outFeatures][rank]`. */
function columnsOf({ loraB, rank, outFeatures }: LoraModule): Float32Array[] {
  return Array.from({ length: rank }, (_, column) =>
    Float32Array.from({ length: outFeatures }, (_value, row) => loraB[row * rank + column] ?? NaN),
  );
}

/** Rows of A, which is stored as `[rank][inFeatures]`. */
function rowsOf({ loraA, rank, inFeatures }: LoraModule): Float32Array[] {
  return Array.from({ length: rank }, (_, row) => loraA.subarray(row * inFeatures, (row + 1) * inFeatures));
}
