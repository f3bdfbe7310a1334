import type { DirectionAnalysis, GeometryOptions, StepExtremum } from "../adapterRecord.js";
import { analyzeDirection } from "../directionAnalysis.js";
import { applyGate, bendDegrees, gateThreshold } from "../localCosineSimilarity.js";
import { cosineBound, projectionVariance, type PairProducts } from "../projectionError.js";
import { largestPosition, positionsByStep } from "../../series/stepSeries.js";
import type { DirectionTrajectory } from "../trajectory.js";
import type { Gram } from "../update/updateGram.js";
import {
  productLength,
  productLocalCosine,
  productTrajectory,
  type ProductTrajectory,
} from "../update/productTrajectory.js";
import { embedding } from "./embedding.js";

/** One adapter over training, as the inner products of its ΔW. */
export interface AdapterGram {
  readonly modulePath: string;
  /** From 0; NaN where the path names none. */
  readonly layer: number;
  readonly rank: number;
  readonly steps: readonly number[];
  /** `[n, n]`, one row a step. */
  readonly gram: Gram;
}

/** A part of the whole update: one adapter, or a block of them. */
export interface PartOfUpdate {
  readonly name: string;
  /** Number of adapters in it. */
  readonly adapters: number;
  /** Of ‖ΔW‖² of the whole at the last step, from 0 to 1. */
  readonly share: number;
  /** Norm of its ΔW at the last step. */
  readonly norm: number;
  /** Length of its path over the stored steps. */
  readonly length: number;
  /**
   * Step at which its path bends most, over steps that are not frozen, and the bend in degrees; null where none can be
   * measured. It describes: `turningParts` tests which adapters bend by more than noise.
   */
  readonly bend: StepExtremum | null;
}

/** An adapter as a part of the whole update. */
export interface AdapterOfUpdate extends PartOfUpdate {
  readonly layer: number;
  readonly rank: number;
  /** Last word of the module's path, such as `down_proj`. */
  readonly projection: string;
}

/** The update of a whole model: ΔW of all its adapters as one vector. */
export interface WholeUpdate {
  /** What is analysed, in words. */
  readonly name: string;
  /** Steps that every adapter stores. */
  readonly steps: readonly number[];
  /** Geometry of the path, in as many dimensions as it spans: its entries stand for no weights. */
  readonly path: DirectionAnalysis;
  /**
   * Error of the local cosines from random projections, keyed by k: 95 % are within it on either side. Null where the
   * adapters themselves were read.
   */
  readonly localCosineError: Readonly<Record<string, readonly number[]>> | null;
  /** In the order of the layers. */
  readonly adapters: readonly AdapterOfUpdate[];
  /** Attention and MLP; the first, middle and last third of the layers. */
  readonly blocks: readonly PartOfUpdate[];
  /** Half-window, in steps, of the bends of the parts. */
  readonly bendWindow: number;
}

/** The paths of a whole update and of its parts, all over the same steps. */
export interface WholePaths {
  readonly whole: DirectionTrajectory;
  readonly adapters: readonly AdapterGram[];
}

/**
 * Adds up the inner products of adapters: the path of ΔW of all of them as one vector, over the steps that all store.
 *
 * Inner products of ΔW do not change when B becomes B·R and A becomes R⁻¹·A, so neither does anything that is read from
 * this path (`docs/methods.md §4.6`).
 */
export function wholePaths(adapters: readonly AdapterGram[]): WholePaths {
  const [first, ...others] = adapters;
  const steps = (first?.steps ?? []).filter((step) => others.every((other) => other.steps.includes(step)));
  const common = adapters.map((adapter) => atSteps(adapter, steps));
  const gram = sumOf(
    common.map(({ gram: each }) => each),
    steps.length,
  );
  return { whole: embedding(wholeName(adapters.length), steps, gram), adapters: common };
}

const wholeStart = "ΔW of ";

/** Names the whole update of a run with so many adapters. */
export function wholeName(count: number): string {
  return count === 1 ? `${wholeStart}the adapter` : `${wholeStart}all ${count} adapters`;
}

/** Tells whether what a verdict names in place of an adapter is the whole update. */
export function isWholeName(adapter: string | undefined): boolean {
  return adapter?.startsWith(wholeStart) === true;
}

/**
 * Measures the path of a whole update, and what its adapters and blocks have in it.
 * @param options.windows half-windows of local cosines; the middle one is that of the parts' bends
 * @param numbers length of the random projections that the inner products are of, where they are
 */
export function analyzeWhole(
  { whole, adapters }: WholePaths,
  options: GeometryOptions,
  numbers?: number,
): WholeUpdate {
  const { steps } = whole;
  const k = options.windows[Math.floor(options.windows.length / 2)] ?? 1;
  const last = steps.length - 1;
  const total = adapters.reduce((sum, { gram }) => sum + (gram[last]?.[last] ?? NaN), 0);
  const part = (name: string, grams: readonly Gram[]): PartOfUpdate => {
    const gram = sumOf(grams, steps.length);
    // Their few numbers come from the products themselves: of hundreds of parts none is laid into dimensions of its own.
    const path = productTrajectory(name, steps, (left, right) => gram[left]?.[right] ?? NaN);
    const squared = gram[last]?.[last] ?? NaN;
    return {
      name,
      adapters: grams.length,
      share: total > 0 ? squared / total : NaN,
      norm: Math.sqrt(Math.max(0, squared)),
      length: productLength(path),
      bend: largestBend(path, k, options.frozenBelow),
    };
  };
  return {
    name: whole.name,
    steps,
    path: analyzeDirection(whole, { ...options, directions: [] }),
    localCosineError:
      numbers === undefined
        ? null
        : Object.fromEntries(
            options.windows.map((window) => [window, localCosineErrors(adapters, steps, window, numbers)]),
          ),
    adapters: adapters.map(({ modulePath, layer, rank, gram }) => ({
      ...part(modulePath, [gram]),
      layer,
      rank,
      projection: modulePath.split(".").at(-1) ?? modulePath,
    })),
    blocks: blocksOf(adapters)
      .filter(({ members }) => members.length > 0)
      .map(({ name, members }) =>
        part(
          name,
          members.map(({ gram }) => gram),
        ),
      ),
    bendWindow: k,
  };
}

/** The adapters that carry most of a whole update, the largest share first. */
export function carriers({ adapters }: WholeUpdate, most: number): readonly AdapterOfUpdate[] {
  return adapters.toSorted((one, other) => other.share - one.share).slice(0, most);
}

interface Block {
  readonly name: string;
  readonly members: readonly AdapterGram[];
}

function blocksOf(adapters: readonly AdapterGram[]): Block[] {
  const layers = adapters.map(({ layer }) => layer).filter((layer) => Number.isFinite(layer));
  const [lowest, highest] = [Math.min(...layers), Math.max(...layers)];
  const third = ({ layer }: AdapterGram): number =>
    Math.min(2, Math.floor((3 * (layer - lowest)) / (highest - lowest + 1)));
  const isAttention = ({ modulePath }: AdapterGram): boolean => /attn|attention/.test(modulePath);
  const isMlp = ({ modulePath }: AdapterGram): boolean => /mlp|feed_forward|ffn/.test(modulePath);
  const thirds = ["first", "middle", "last"].map((name, index): Block => {
    const members = adapters.filter((adapter) => third(adapter) === index);
    const own = members.map(({ layer }) => layer);
    return { name: `${name} layers, ${Math.min(...own)}–${Math.max(...own)}`, members };
  });
  return [
    { name: "attention", members: adapters.filter(isAttention) },
    { name: "MLP", members: adapters.filter(isMlp) },
    ...(highest - lowest >= 2 ? thirds : []),
  ];
}

function largestBend(path: ProductTrajectory, k: number, frozenBelow: number): StepExtremum | null {
  const { steps, values, gate } = productLocalCosine(path, { k });
  const bends = values.map((value) => bendDegrees(value));
  const moving = applyGate(bends, gate, gateThreshold({ relative: frozenBelow }, gate));
  const position = largestPosition(moving);
  return position < 0 ? null : { step: steps[position] ?? NaN, value: moving[position] ?? NaN };
}

/** Bounds the error of the local cosine of a whole update at every step; NaN where a neighbour is missing. */
function localCosineErrors(
  adapters: readonly AdapterGram[],
  steps: readonly number[],
  k: number,
  numbers: number,
): number[] {
  const positions = positionsByStep(steps);
  return steps.map((step, here) => {
    const before = positions.get(step - k);
    const after = positions.get(step + k);
    if (before === undefined || after === undefined) return NaN;
    const parts = adapters.map(({ gram }): PairProducts => {
      const product = (one: number, other: number): number => gram[one]?.[other] ?? NaN;
      const square = (from: number, to: number): number =>
        product(from, from) + product(to, to) - 2 * product(from, to);
      return {
        one: square(before, here),
        across: product(here, after) - product(here, here) - product(before, after) + product(before, here),
        other: square(here, after),
      };
    });
    return cosineBound(parts, { numbers, variance: projectionVariance.update });
  });
}

/** Leaves the steps out that not all adapters store. */
function atSteps(adapter: AdapterGram, steps: readonly number[]): AdapterGram {
  if (adapter.steps.length === steps.length) return adapter;
  const positions = steps.map((step) => adapter.steps.indexOf(step));
  const gram = positions.map((row) =>
    Float64Array.from(positions, (column) => adapter.gram[row]?.[column] ?? NaN),
  );
  return { ...adapter, steps, gram };
}

function sumOf(grams: readonly Gram[], count: number): Gram {
  const total = Array.from({ length: count }, () => new Float64Array(count));
  for (const gram of grams) {
    for (const [index, row] of total.entries()) {
      const own = gram[index];
      for (let column = 0; column < count; column++)
        row[column] = (row[column] ?? NaN) + (own?.[column] ?? NaN);
    }
  }
  return total;
}
