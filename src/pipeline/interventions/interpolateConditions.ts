import { betweenAdapters } from "../../analysis/interventions/betweenAdapters.js";
import { randomOutput } from "../../analysis/interventions/randomOutput.js";
import { runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import {
  adapterOf,
  baselineConditions,
  untouchedModel,
  withTwins,
  type PlannedCondition,
} from "./plannedConditions.js";

/** Request to ask models between two adapters, and beyond them. */
export interface InterpolateRequest {
  readonly run: RunSource;
  readonly step: number;
  readonly other: RunSource;
  readonly otherStep: number;
  /** Places t: 0 is the run's adapter, 1 the other's. */
  readonly at: readonly number[];
  readonly draws: number;
  readonly seed: number;
}

/**
 * Plans models between the adapters of two runs of one base: ΔW = (1 − t)·ΔW₁ + t·ΔW₂ (2511.02022;
 * `docs/methods.md §6.6`). The twins go towards adapters that read as the other run's and write as much along random
 * directions.
 *
 * @throws TurncoatError where a checkpoint holds weights
 */
export function interpolateConditions(request: InterpolateRequest): readonly PlannedCondition[] {
  const { step, otherStep, at, draws, seed } = request;
  const [run, other] = [runOf(request.run), runOf(request.other)];
  const untouched = untouchedModel(run, step);
  const modules = adapterOf(untouched.checkpoint);
  const others = adapterOf(untouchedModel(other, otherStep).checkpoint);
  const random = new Random(seed);
  const between = at.flatMap((t) => {
    const condition = { name: `t = ${t}`, layer: null, strength: t, lambda: null };
    return withTwins(condition, draws, (draw) => ({
      ...untouched,
      modules: betweenAdapters(
        modules,
        draw === null ? others : others.map((module) => randomOutput(module, random, draw)),
        t,
      ),
    }));
  });
  return [...baselineConditions(run, step), ...between];
}
