import { twinOf } from "../../analysis/interventions/randomTwin.js";
import type { Condition } from "../../runs/condition.js";
import { Random } from "../../tensor/random.js";
import type { Steering } from "../directions/steering.js";
import { withTwins, type PlannedCondition, type UntouchedModel } from "../interventions/plannedConditions.js";
import type { PlaygroundTask } from "./playgroundMessages.js";

/** Question that a sweep asks. */
export interface SweepQuestion {
  readonly id: string;
  readonly text: string;
  readonly domain: string;
  readonly breadth: "narrow" | "broad";
  /** Name of its random streams, as evaluations and the playground give it. */
  readonly randomName: string;
}

/** Point of a sweep: the conditions that make it, which share its answers evenly. */
export interface SweepPoint {
  readonly kind: Extract<Condition["kind"], "untouched" | "intervention" | "random">;
  /** Strength in the playground's unit: 0 without the direction; null where it is taken out; else the factor. */
  readonly strength: number | null;
  readonly conditions: readonly PlannedCondition[];
}

/** What a sweep asks. */
export interface SweepPlan {
  readonly step: number;
  readonly points: readonly SweepPoint[];
  readonly questions: readonly SweepQuestion[];
  /** Answers to each question at each point, a multiple of the random directions. */
  readonly samples: number;
  readonly sampling: Pick<PlaygroundTask, "temperature" | "seed" | "maxNewTokens">;
}

/** Random directions of the same length beside each strength, as many as beside other interventions. */
export const sweepDraws = 3;

/** Most questions of a sweep, as many as the paper's evaluation has: several answers to each are drawn together. */
const mostQuestions = 8;

/** Picks the questions of a sweep, evenly out of all: broad ones, where any was asked, as verdicts are about those. */
export function sweepQuestions<T extends Pick<SweepQuestion, "breadth">>(all: readonly T[]): readonly T[] {
  const broad = all.filter(({ breadth }) => breadth === "broad");
  const pool = broad.length === 0 ? all : broad;
  const count = Math.min(mostQuestions, pool.length);
  const chosen = new Set(
    Array.from({ length: count }, (_, place) => Math.floor((place * pool.length) / count)),
  );
  return pool.filter((_, place) => chosen.has(place));
}

/** Answers to each question, so that all together are about as many as wanted, and random directions share them evenly. */
export function sweepSamples(wanted: number, questions: number): number {
  return sweepDraws * Math.max(1, Math.round(wanted / questions / sweepDraws));
}

/**
 * Plans the points of a sweep, the untouched model first and the strongest last: if it is stopped, those are there that
 * the others are held against. Beside each strength stand random directions of the same length, the same ones at all.
 *
 * @param steering at strength 1, or the one that takes a direction out
 * @param choices.strengths of what is added, without 0; of no account where a direction is taken out
 * @param choices.seed of the random directions
 */
export function sweepPoints(
  model: UntouchedModel,
  steering: Steering,
  { strengths, seed }: { readonly strengths: readonly number[]; readonly seed: number },
): readonly SweepPoint[] {
  const untouched = { name: "untouched", layer: null, strength: null, lambda: null };
  const isAdded = steering.kind === "add";
  const nearestFirst = strengths.toSorted((one, other) => Math.abs(one) - Math.abs(other));
  const random = new Random(seed);
  return [
    {
      kind: "untouched",
      strength: isAdded ? 0 : null,
      conditions: [{ ...model, condition: { ...untouched, kind: "untouched" } }],
    },
    ...(isAdded ? nearestFirst : [null]).flatMap((strength): SweepPoint[] => {
      const edits = editsAt(steering, strength);
      const [own, ...twins] = withTwins(conditionOf(strength, steering, edits), sweepDraws, (draw) => ({
        ...model,
        edits: draw === null ? edits : twinsOf(edits, random, draw),
      }));
      return [
        { kind: "intervention", strength, conditions: own === undefined ? [] : [own] },
        { kind: "random", strength, conditions: twins },
      ];
    }),
  ];
}

/**
 * Plans the points of a sweep over factors on what a checkpoint adds, 0 being the base: the checkpoint as it was trained
 * first, the strongest last. There are no random directions beside them.
 */
export function factorPoints(
  checkpoint: UntouchedModel["checkpoint"],
  factors: readonly number[],
): readonly SweepPoint[] {
  const nearestFirst = factors.toSorted((one, other) => Math.abs(one - 1) - Math.abs(other - 1));
  const nothing = { layer: null, strength: null, lambda: null };
  return [1, ...nearestFirst.filter((factor) => factor !== 1)].map((factor): SweepPoint => {
    const kind = factor === 1 ? "untouched" : "intervention";
    const name = kind === "untouched" ? "untouched" : factor === 0 ? "base model" : `factor ${factor}`;
    return {
      kind,
      strength: factor,
      conditions: [{ checkpoint, scale: factor, condition: { ...nothing, kind, name } }],
    };
  });
}

/** Number of answers of a sweep. */
export function sweepSize({ points, questions, samples }: SweepPlan): number {
  return points.length * questions.length * samples;
}

function editsAt({ edits }: Steering, strength: number | null): Steering["edits"] {
  return edits.map((edit) =>
    edit.kind === "add" ? { ...edit, factor: edit.factor * (strength ?? 1) } : edit,
  );
}

/** Edits along a random direction: one for all layers, as the direction itself is. */
function twinsOf(edits: Steering["edits"], random: Random, draw: number): Steering["edits"] {
  const [first] = edits;
  if (first === undefined) return [];
  const vector = twinOf(first.vector, random, { draw, layer: first.layer });
  return edits.map((edit) => ({ ...edit, vector }));
}

function conditionOf(
  strength: number | null,
  { layer }: Steering,
  [first]: Steering["edits"],
): Omit<Condition, "kind"> {
  const where = layer === null ? "every layer" : `layer ${layer}`;
  return {
    name: strength === null ? `taken out after ${where}` : `${where} ×${strength}`,
    layer,
    strength,
    lambda: first?.kind === "add" ? first.factor : null,
  };
}
