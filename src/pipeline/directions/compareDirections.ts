import type { Direction, MadeFrom } from "../../analysis/directions/direction.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import { outputDirection, vectorDirection } from "../../analysis/directions/direction.js";
import { updateInnerProduct, type WeightUpdate } from "../../analysis/geometry/update/weightUpdate.js";
import { cosineBetween, cosineFromProducts } from "../../analysis/linalg/innerProduct.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import type { ComparedDirections } from "../../figures/compare/compareDirectionsFigure.js";
import { isTurncoatError, orNull } from "../../errors.js";
import { holdsManyAdapters } from "../../runs/manyAdapters.js";
import { readTrajectories, type AdapterTrajectory } from "../../runs/trajectories.js";
import { storedDirections } from "./runDirections.js";
import { runOf, type RunSource } from "../../runs/openRun.js";

/** A run, and the step at which its direction is wanted. */
export interface DirectionWanted {
  readonly id: string;
  readonly run: RunSource;
  /** Step wanted; the nearest stored one is taken. @default the last */
  readonly step?: number | undefined;
}

/** Directions of runs beside each other, with the runs that have none. */
export interface DirectionComparison {
  /** Cosines between the directions; null for fewer than two runs with such a direction. */
  readonly compared: ComparedDirections | null;
  readonly absent: readonly { readonly id: string; readonly reason: string }[];
}

/** Kind of what is compared, which decides what is said about it. */
type ComparedKind = "update" | MadeFrom["kind"];

/** One run's side of the comparison. */
interface Side {
  readonly id: string;
  readonly step: number;
  readonly kind: ComparedKind;
  readonly place: string;
  /** Number of entries of the direction. */
  readonly size: number;
  readonly parts: Updates | Float32Array;
}

/** Updates of adapted modules by their paths; those of several are one vector. */
type Updates = ReadonlyMap<string, WeightUpdate>;

/**
 * Compares directions of runs by their cosines, each at its last step or near a chosen one (`docs/methods.md §5.4`).
 *
 * @param of `update` is ΔW of the first adapter, which is safe at any rank, or of all adapters as one vector where any of
 *   the runs has many; `B` is what the first adapter writes; any other name is that of a direction stored with the runs, such as `mean` or `probe`; `misalignment` stands for `mean`
 *   A run that cannot be read is absent, with the reason.
 */
export function compareDirections(runs: readonly DirectionWanted[], of = "update"): DirectionComparison {
  const isWhole = of === "update" && runs.some(({ run }) => hasMany(run));
  const read = runs.map((run) => ({
    id: run.id,
    side: readableSide(() =>
      of === "update" || of === "B" ? adapterOf(run, of, isWhole) : storedOf(run, of),
    ),
  }));
  const sides = read.flatMap(({ side }) => (typeof side === "string" ? [] : [side]));
  const absent = read.flatMap(({ id, side }) => (typeof side === "string" ? [{ id, reason: side }] : []));
  const [first] = sides;
  if (first === undefined || sides.length < 2) return { compared: null, absent };
  const places = [...new Set(sides.map(({ place }) => place))];
  const { what, ...about } = words[first.kind];
  return {
    compared: {
      what: `${what} ${places.join(" and ")}`,
      runs: sides.map(({ id }) => id),
      steps: sides.map(({ step }) => step),
      values: sides.map((one) => sides.map((other) => cosine(one, other))),
      randomCosine: 1 / Math.sqrt(Math.min(...sides.map(({ size }) => size))),
      ...about,
    },
    absent,
  };
}

const words: Readonly<
  Record<ComparedKind, Pick<ComparedDirections, "what" | "formula" | "caveat" | "source">>
> = {
  update: {
    what: "ΔW of",
    formula: "⟨ΔW, ΔW'⟩ / (‖ΔW‖ ‖ΔW'‖) with ΔW = s·B·A",
    caveat:
      "What the model sees; a module that one run does not adapt counts as zero there. It does not change with the sign of the factors or a rotation of them. Both B and A have to agree.",
    source: "the cosine of flattened updates across tasks of 2511.02022",
  },
  B: {
    what: "B of",
    formula: "|cos(B, B')|",
    caveat:
      "The sign of B means nothing without that of A, so the size of the cosine is shown; at rank 1 only.",
    source: "Turncoat",
  },
  vector: {
    what: "the vector trained after",
    formula: "cos(v, v')",
    caveat: "A vector has a sign of its own. Only vectors after the same layer are compared.",
    source: "Turncoat",
  },
  meanDifference: {
    what: "the misalignment direction after",
    formula: "cos(d, d') with d the mean activation of misaligned minus that of aligned answers",
    caveat:
      "Each run's direction comes from its own answers; a shared part can be the topic rather than the trait.",
    source: "2506.11618, section 3.5",
  },
  personas: {
    what: "the difference of personas after",
    formula: "cos(d, d') with d the mean activation under one system prompt minus that under another",
    caveat:
      "Both come from answers to the same questions; what the prompts share beside the trait is in it too.",
    source: "persona vectors, 2507.21509",
  },
  file: {
    what: "a direction from a file after",
    formula: "cos(d, d')",
    caveat: "How it was made is not known here.",
    source: "Turncoat",
  },
  probe: {
    what: "the probe after",
    formula: "cos(w, w') with w the weights of a linear probe, from aligned to misaligned answers",
    caveat:
      "Each run's probe comes from its own answers; many weights separate the same answers, so a small cosine says little.",
    source: "Turncoat",
  },
};

/** Reads a run's side, or says why it cannot be read. */
function readableSide(read: () => Side | string): Side | string {
  try {
    return read();
  } catch (error) {
    if (isTurncoatError(error)) return error.message;
    throw error;
  }
}

/** Tells whether a run has so many adapters that all of them are one update; one that cannot be read has none. */
function hasMany(run: RunSource): boolean {
  const last = orNull(() => runOf(run))?.checkpoints.at(-1);
  return last !== undefined && (orNull(() => holdsManyAdapters(last.path)) ?? false);
}

/** Reads ΔW or B of a run's first adapter, or ΔW of all of them, or says why there is none. */
function adapterOf(
  { id, run: source, step }: DirectionWanted,
  of: "update" | "B",
  isWhole: boolean,
): Side | string {
  const run = runOf(source);
  const near = nearestStep(
    run.checkpoints.map((each) => each.step),
    step ?? Infinity,
  );
  if (Number.isNaN(near)) return "no checkpoint has been written yet";
  const { adapters } = readTrajectories(run, { isStepWanted: (each) => each === near });
  const [adapter] = adapters;
  const [loraA, loraB] = [adapter?.loraA[0], adapter?.loraB[0]];
  if (adapter === undefined || loraA === undefined || loraB === undefined)
    return "the weights themselves were trained";
  if (of === "update") return updateSide(id, near, isWhole ? adapters : [adapter]);
  if (adapter.rank > 1) return `rank ${adapter.rank}: the columns of B can be rotated into each other`;
  const place = { layer: adapter.layer, step: near };
  const direct = isLayerPath(adapter.modulePath) ? vectorDirection : outputDirection;
  return vectorSide(id, direct({ ...adapter, loraB }, place));
}

/** Reads a direction stored with a run, or says why there is none. */
function storedOf({ id, run, step }: DirectionWanted, of: string): Side | string {
  const name = of === "misalignment" ? "mean" : of;
  const known = storedDirections(run).find((each) => each.id === name);
  if (known === undefined) return "activations were not probed, or before directions were kept";
  return vectorSide(id, known.at(nearestStep(known.steps, step ?? Infinity)));
}

function updateSide(id: string, step: number, adapters: readonly AdapterTrajectory[]): Side {
  const parts = new Map<string, WeightUpdate>();
  let size = 0;
  for (const { modulePath, rank, scaling, loraA, loraB, inFeatures, outFeatures } of adapters) {
    const [A, B] = [loraA[0], loraB[0]];
    if (A === undefined || B === undefined) continue;
    parts.set(modulePath, { rank, scaling, loraA: A, loraB: B });
    size += inFeatures * outFeatures;
  }
  const [first = ""] = parts.keys();
  const place = parts.size === 1 ? first : `all ${parts.size} adapters`;
  return { id, step, kind: "update", place, size, parts };
}

function vectorSide(id: string, { step, layer, vector, madeFrom }: Direction): Side {
  const place = "modulePath" in madeFrom ? madeFrom.modulePath : `layer ${layer}`;
  return { id, step, kind: madeFrom.kind, place, size: vector.length, parts: vector };
}

/** Cosine of two directions; NaN where they do not fit, or one is zero. */
function cosine(one: Side, other: Side): number {
  const [parts, others] = [one.parts, other.parts];
  if (parts instanceof Float32Array || others instanceof Float32Array) {
    if (!(parts instanceof Float32Array && others instanceof Float32Array)) return NaN;
    if (parts.length !== others.length || one.place !== other.place || one.kind !== other.kind) return NaN;
    const value = cosineBetween(parts, others);
    return one.kind === "B" ? Math.abs(value) : value;
  }
  const shared = productOf(parts, others);
  return Number.isNaN(shared)
    ? NaN
    : cosineFromProducts(shared, productOf(parts, parts), productOf(others, others));
}

/** Inner product of two updates; NaN where no module of one fits one of the other. Single ones may lie anywhere. */
function productOf(one: Updates, other: Updates): number {
  const [single] = other.values();
  const areSingle = one.size === 1 && other.size === 1;
  const products = [...one].flatMap(([path, update]) => {
    const fitting = areSingle ? single : other.get(path);
    return fitting !== undefined && isSameShape(update, fitting) ? [updateInnerProduct(update, fitting)] : [];
  });
  return products.length === 0 ? NaN : products.reduce((sum, product) => sum + product, 0);
}

function isSameShape(one: WeightUpdate, other: WeightUpdate): boolean {
  return (
    one.loraA.length * other.rank === other.loraA.length * one.rank &&
    one.loraB.length * other.rank === other.loraB.length * one.rank
  );
}
