import { cosineBetween, cosineFromProducts } from "../../analysis/linalg/innerProduct.js";
import { updateInnerProduct, type WeightUpdate } from "../../analysis/geometry/update/weightUpdate.js";
import type { ComparedDirections } from "../../figures/compare/compareDirectionsFigure.js";
import { openRun } from "../../runs/openRun.js";
import { readTrajectories } from "../../runs/trajectories.js";
import { readResidualDirections } from "../results/directionResult.js";

/** Which direction of each run: the update, the direction B writes, or the mean difference of activations. */
export const directionKinds = ["update", "B", "misalignment"] as const;
export type DirectionKind = (typeof directionKinds)[number];

/** A run, and the step at which its direction is wanted. */
export interface DirectionWanted {
  readonly id: string;
  readonly directory: string;
  /** The nearest stored step is taken. @default the last */
  readonly step?: number | undefined;
}

/** The directions of runs beside each other, and which runs have none. */
export interface DirectionComparison {
  /** Null for fewer than two runs with such a direction. */
  readonly compared: ComparedDirections | null;
  readonly absent: readonly { readonly id: string; readonly reason: string }[];
}

interface Direction {
  readonly id: string;
  readonly step: number;
  readonly place: string;
  /** Entries of the direction. */
  readonly size: number;
  /** NaN where the two do not fit. */
  readonly cosineWith: (other: Direction) => number;
  readonly parts: WeightUpdate | Float32Array;
}

/**
 * The cosines between the directions of runs, each at its last step or near a chosen one.
 * @throws TurncoatError where a run cannot be read
 */
export function compareDirections(
  runs: readonly DirectionWanted[],
  kind: DirectionKind = "update",
): DirectionComparison {
  const read = runs.map((run) => ({
    id: run.id,
    direction: kind === "misalignment" ? misalignmentOf(run) : adapterOf(run, kind),
  }));
  const directions = read.flatMap(({ direction }) => (typeof direction === "string" ? [] : [direction]));
  const absent = read.flatMap(({ id, direction }) =>
    typeof direction === "string" ? [{ id, reason: direction }] : [],
  );
  if (directions.length < 2) return { compared: null, absent };
  const places = [...new Set(directions.map(({ place }) => place))];
  return {
    compared: {
      what: `${whatWords[kind]} ${places.join(" and ")}`,
      runs: directions.map(({ id }) => id),
      steps: directions.map(({ step }) => step),
      values: directions.map((one) => directions.map((other) => one.cosineWith(other))),
      randomCosine: 1 / Math.sqrt(Math.min(...directions.map(({ size }) => size))),
      ...about[kind],
    },
    absent,
  };
}

const whatWords: Readonly<Record<DirectionKind, string>> = {
  update: "ΔW of",
  B: "B of",
  misalignment: "the misalignment direction after",
};

const about: Readonly<Record<DirectionKind, Pick<ComparedDirections, "formula" | "caveat" | "source">>> = {
  update: {
    formula: "⟨ΔW, ΔW'⟩ / (‖ΔW‖ ‖ΔW'‖) with ΔW = s·B·A",
    caveat:
      "What the model sees: it does not change with the sign of the factors or a rotation of them. Both B and A have to agree.",
    source: "the cosine of flattened updates across tasks of 2511.02022",
  },
  B: {
    formula: "|cos(B, B')|",
    caveat:
      "The sign of B means nothing without that of A, so the size of the cosine is shown; at rank 1 only.",
    source: "Turncoat",
  },
  misalignment: {
    formula: "cos(d, d') with d the mean activation of misaligned minus that of aligned answers",
    caveat:
      "Each run's direction comes from its own answers; a shared part can be the topic rather than the trait.",
    source: "2506.11618, section 3.5",
  },
};

/** The direction of a run's first adapter, or why there is none. */
function adapterOf({ id, directory, step }: DirectionWanted, kind: "update" | "B"): Direction | string {
  const run = openRun(directory);
  const near = nearest(
    run.checkpoints.map((each) => each.step),
    step,
  );
  if (near === undefined) return "no checkpoint has been written yet";
  const { adapters } = readTrajectories(run, { isStepWanted: (each) => each === near });
  const [adapter] = adapters;
  const [loraA, loraB] = [adapter?.loraA[0], adapter?.loraB[0]];
  if (adapter === undefined || loraA === undefined || loraB === undefined)
    return "the weights themselves were trained";
  if (kind === "B") {
    if (adapter.rank > 1) return `rank ${adapter.rank}: the columns of B can be rotated into each other`;
    return vectorDirection({ id, step: near, place: adapter.modulePath, vector: loraB, isSigned: false });
  }
  const { rank, scaling } = adapter;
  const update = { rank, scaling, loraA, loraB };
  const cosineWith = ({ parts }: Direction): number => {
    if (parts instanceof Float32Array || !isSameShape(update, parts)) return NaN;
    const [own, others] = [updateInnerProduct(update, update), updateInnerProduct(parts, parts)];
    return cosineFromProducts(updateInnerProduct(update, parts), own, others);
  };
  const size = (loraA.length / rank) * (loraB.length / rank);
  return { id, step: near, place: adapter.modulePath, size, cosineWith, parts: update };
}

/** The mean difference of activations that probing stored with a run, or why there is none. */
function misalignmentOf({ id, directory, step }: DirectionWanted): Direction | string {
  const stored = readResidualDirections(directory);
  const near = nearest(stored?.measured.map((each) => each.step) ?? [], step);
  const found = stored?.measured.find((each) => each.step === near);
  if (stored === null || found === undefined)
    return "activations were not probed, or before directions were kept";
  const place = `layer ${stored.layer}`;
  return vectorDirection({ id, step: found.step, place, vector: found.meanDifference, isSigned: true });
}

function vectorDirection(direction: {
  readonly id: string;
  readonly step: number;
  readonly place: string;
  readonly vector: Float32Array;
  readonly isSigned: boolean;
}): Direction {
  const { id, step, place, vector, isSigned } = direction;
  const cosineWith = ({ parts, place: other }: Direction): number => {
    if (!(parts instanceof Float32Array) || parts.length !== vector.length || other !== place) return NaN;
    const cosine = cosineBetween(vector, parts);
    return isSigned ? cosine : Math.abs(cosine);
  };
  return { id, step, place, size: vector.length, cosineWith, parts: vector };
}

function isSameShape(one: WeightUpdate, other: WeightUpdate): boolean {
  return (
    one.loraA.length * other.rank === other.loraA.length * one.rank &&
    one.loraB.length * other.rank === other.loraB.length * one.rank
  );
}

/** The last step, or the one nearest to a wanted one; undefined where there is none. */
function nearest(steps: readonly number[], wanted: number | undefined): number | undefined {
  if (wanted === undefined) return steps.at(-1);
  return steps.reduce<number | undefined>(
    (best, step) => (best === undefined || Math.abs(step - wanted) < Math.abs(best - wanted) ? step : best),
    undefined,
  );
}
