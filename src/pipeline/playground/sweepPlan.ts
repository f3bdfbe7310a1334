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
  /** Strength in the playground's unit: 0 without the direction; null where it is taken out. */
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
 * @param steerings at each strength, or the one that takes a direction out
 * @param seed of the random directions
 */
export function sweepPoints(
  model: UntouchedModel,
  steerings: readonly { readonly strength: number | null; readonly steering: Steering }[],
  seed: number,
): readonly SweepPoint[] {
  const untouched = { name: "untouched", layer: null, strength: null, lambda: null };
  const isAdded = steerings.some(({ strength }) => strength !== null);
  const random = new Random(seed);
  const nearestFirst = steerings.toSorted(
    (one, other) => Math.abs(one.strength ?? 0) - Math.abs(other.strength ?? 0),
  );
  return [
    {
      kind: "untouched",
      strength: isAdded ? 0 : null,
      conditions: [{ ...model, condition: { ...untouched, kind: "untouched" } }],
    },
    ...nearestFirst.flatMap(({ strength, steering }): SweepPoint[] => {
      const [own, ...twins] = withTwins(conditionOf(strength, steering), sweepDraws, (draw) => ({
        ...model,
        edits: draw === null ? steering.edits : twinEdits(steering, random, draw),
      }));
      return [
        { kind: "intervention", strength, conditions: own === undefined ? [] : [own] },
        { kind: "random", strength, conditions: twins },
      ];
    }),
  ];
}

/** Number of answers of a sweep. */
export function sweepSize({ points, questions, samples }: SweepPlan): number {
  return points.length * questions.length * samples;
}

/** Edits along a random direction: one for all layers, as the direction itself is. */
function twinEdits({ edits }: Steering, random: Random, draw: number): Steering["edits"] {
  const [first] = edits;
  if (first === undefined) return [];
  const vector = twinOf(first.vector, random, { draw, layer: first.layer });
  return edits.map((edit) => ({ ...edit, vector }));
}

function conditionOf(
  strength: number | null,
  { kind, layer, edits: [first] }: Steering,
): Omit<Condition, "kind"> {
  const where = layer === null ? "every layer" : `layer ${layer}`;
  return {
    name: kind === "add" ? `${where} ×${strength}` : `taken out after ${where}`,
    layer,
    strength,
    lambda: first?.kind === "add" ? first.factor : null,
  };
}
