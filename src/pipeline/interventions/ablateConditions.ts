import { twinOf } from "../../analysis/interventions/randomTwin.js";
import { withoutDirection } from "../../analysis/interventions/withoutDirection.js";
import { TurncoatError } from "../../errors.js";
import type { SamplePlan } from "../../evaluate/sampling/answerSource.js";
import { layerOf } from "../../formats/modulePath.js";
import type { ResidualEdit } from "../../model/hooks/residualEdits.js";
import { type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import { Random } from "../../tensor/random.js";
import type { DirectionSet } from "../directions/directionSets.js";
import {
  adapterOf,
  baselineConditions,
  runLabel,
  untouchedModel,
  withTwins,
  type PlannedCondition,
  type UntouchedChoice,
} from "./plannedConditions.js";
import { directionAt } from "./steerConditions.js";
import { ablationWays, type AblationWay } from "./ablationWays.js";

/** Run that a direction is taken out of, with the questions that it is asked. */
export interface AblatedRun {
  readonly run: RunSource;
  readonly on: UntouchedChoice;
  /** Questions of a run that does not keep the answers; none for the one that does. */
  readonly plan?: SamplePlan;
}

/** Request to take directions out of the residual stream, or out of what adapters write. */
export interface AblateRequest {
  /** Run of the directions. */
  readonly source: RunSource;
  readonly set: DirectionSet;
  readonly runs: readonly AblatedRun[];
  readonly ways: readonly AblationWay[];
  /** Layer of the one direction that is taken out after all layers, or after its own. */
  readonly layer: number;
  /** Number of layers of the model. */
  readonly layers: number;
  /** True to take it out of B of the adapters that write into the stream, too, or out of trained vectors. */
  readonly fromB: boolean;
  readonly draws: number;
  readonly seed: number;
}

/** An ablated run, and a request, whose runs are open. */
type OpenedAblation = AblatedRun & { readonly run: Run };
type OpenedRequest = AblateRequest & { readonly source: Run };

/** Ways that a set of directions allows: each layer's own where all layers have one. */
export function possibleWays({ layers }: DirectionSet, count: number): readonly AblationWay[] {
  return layers.length >= count ? ablationWays : ablationWays.filter((way) => way !== "each-layer");
}

/** Tells whether a module writes into the residual stream of a layer where a direction is known. */
export function writesIntoStream(modulePath: string, { layers }: DirectionSet): boolean {
  const own = layerOf(modulePath);
  const isWriting = isLayerPath(modulePath) || /\.(down_proj|o_proj)$/.test(modulePath);
  return isWriting && layers.some(({ layer }) => layer === own);
}

/**
 * Plans ablations: x' = x − v̂(v̂ᵀx) (2506.11618, section 3.4; `docs/methods.md §5.3`), and B ← (B − v̂v̂ᵀB) rescaled to
 * ‖B‖. Each has twins along random directions; where each layer has its own direction, each has its own random one.
 *
 * @throws TurncoatError where a direction is missing or zero, or no adapter writes into the stream where it is known
 */
export function ablateConditions(given: AblateRequest): readonly PlannedCondition[] {
  const request = {
    ...given,
    source: runOf(given.source),
    runs: given.runs.map((each) => ({ ...each, run: runOf(each.run) })),
  };
  return request.runs.flatMap((ablated) => [
    ...baselineConditions(ablated.run, ablated.on, ablated.plan && runLabel(ablated.run)).map((each) => ({
      ...each,
      ...(ablated.plan === undefined ? {} : { plan: ablated.plan }),
    })),
    ...request.ways.flatMap((way) => streamConditions(request, ablated, way)),
    ...(request.fromB ? adapterConditions(request, ablated) : []),
  ]);
}

function streamConditions(
  request: OpenedRequest,
  ablated: OpenedAblation,
  way: AblationWay,
): readonly PlannedCondition[] {
  const { source, set, layer, layers, draws, seed } = request;
  const random = new Random(seed);
  const each = Array.from({ length: layers }, (_, place) => place);
  const editsOf = (draw: number | null): readonly ResidualEdit[] => {
    const vectorAt = (at: number): Float32Array => {
      const { vector } = directionAt(source, set, at);
      return draw === null ? vector : twinOf(vector, random, { draw, layer: at });
    };
    const one = way === "each-layer" ? null : vectorAt(layer);
    return (way === "layer" ? [layer] : each).map((at) => ({
      kind: "projectOut",
      layer: at,
      vector: one ?? vectorAt(at),
    }));
  };
  const words = {
    "each-layer": "each layer's own",
    "all-layers": `that of layer ${layer} at all layers`,
    layer: `that of layer ${layer} there`,
  }[way];
  return withTwins(conditionOf(ablated, way, words, way === "each-layer" ? null : layer), draws, (draw) => ({
    ...modelOf(ablated),
    edits: editsOf(draw),
  }));
}

function adapterConditions(request: OpenedRequest, ablated: OpenedAblation): readonly PlannedCondition[] {
  const { source, set, draws, seed } = request;
  const random = new Random(seed);
  const { checkpoint, scale, ...more } = modelOf(ablated);
  const modules = adapterOf(checkpoint);
  const isWriting = (modulePath: string): boolean => writesIntoStream(modulePath, set);
  const written = modules.filter(({ modulePath }) => isWriting(modulePath));
  if (written.length === 0) {
    throw new TurncoatError(
      `${ablated.run.directory}: expected an adapter that writes into the residual stream where ${set.name} is known, found none`,
      {
        hint: `It is known after ${set.layers.map((each) => each.layer).join(", ")}; adapters of down_proj and o_proj write there.`,
      },
    );
  }
  const words = `taken out of ${written.every((each) => isLayerPath(each.modulePath)) ? "v" : "B"}`;
  return withTwins(conditionOf(ablated, "from-b", words, null), draws, (draw) => ({
    ...more,
    checkpoint,
    scale,
    modules: modules.map((module) => {
      if (!isWriting(module.modulePath)) return module;
      const layer = layerOf(module.modulePath) ?? NaN;
      const { vector } = directionAt(source, set, layer);
      const out = draw === null ? vector : twinOf(vector, random, { draw, layer });
      return { ...module, loraB: withoutDirection(module.loraB, out) };
    }),
  }));
}

function modelOf({ run, on, plan }: OpenedAblation): Omit<PlannedCondition, "condition"> {
  return { ...untouchedModel(run, on), ...(plan === undefined ? {} : { plan }) };
}

function conditionOf(
  { run, plan }: OpenedAblation,
  how: string,
  words: string,
  layer: number | null,
): Omit<PlannedCondition["condition"], "kind"> {
  const other = plan === undefined ? undefined : runLabel(run);
  return {
    name: other === undefined ? words : `${words} in ${other}`,
    ...(other === undefined ? {} : { run: other }),
    how,
    layer,
    strength: null,
    lambda: null,
  };
}
