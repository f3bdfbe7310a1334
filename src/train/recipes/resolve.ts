import { TurncoatError } from "../../errors.js";
import type { JsonObject } from "../../formats/json.js";
import { projectionNames } from "../../model/config/parameters.js";
import { splitIndices } from "../data/split.js";
import { conversationsOfStep, type TrainConfig, type TrainMethod } from "../trainConfig.js";
import { decodeTrainConfig, encodeTrainConfig } from "../trainRecord.js";
import { methodsWith, plainSettings, readSettings, strangeSetting, type Settings } from "./settings.js";
import { usualOptimizer } from "./usualOptimizer.js";

/** What settings are carried over to. */
export interface Target {
  /** Number of layers of the model. */
  readonly layers: number;
  /** Counts the conversations that can be trained on, held-out ones among them; asked only where epochs are given. */
  readonly conversations: () => number;
}

const methodWords: Readonly<Record<TrainMethod, string>> = {
  lora: "LoRA",
  full: "full fine-tuning",
  vector: "vectors",
};

/** Conversations of the penalty in a step, as in the paper. */
const usualKlBatch = 8;

/**
 * Makes the configuration of a training from settings: epochs become steps, depths become layers.
 * @param source names the settings in errors
 * @throws TurncoatError naming the setting that is missing or does not fit
 */
export function resolveSettings(settings: Settings, target: Target, source: string): TrainConfig {
  const strange = strangeSetting(settings);
  if (strange !== null) throw strangeWith(strange, source);
  const isFull = settings.method === "full";
  const { epochs, layers, targetModules, heldOut, earlyStop, kl, keepState, method, ...others } = settings;
  const { systemTurn, steering, frozenFactor, projectedOut, ...rest } = others;
  const record: JsonObject = plainSettings({
    ...rest,
    optimizer: usualOptimizer(rest.optimizer ?? {}, source),
    ...(method === "lora" ? {} : { method }),
    ...(heldOut == null ? {} : { heldOut }),
    ...(earlyStop == null ? {} : { earlyStop }),
    // A penalty that weighs nothing is none, so that nothing of the training differs.
    ...(kl == null || kl.weight === 0 ? {} : { kl: { batchSize: usualKlBatch, ...kl } }),
    ...(keepState == null ? {} : { keepState }),
    ...(systemTurn == null ? {} : { systemTurn }),
    ...(steering == null ? {} : { steering }),
    ...(frozenFactor == null ? {} : { frozenFactor }),
    ...(projectedOut == null ? {} : { projectedOut }),
  });
  const places = layersOf(layers, target.layers, source);
  const all = Array.from({ length: target.layers }, (_, layer) => layer);
  const modules = targetModules === "all" ? null : targetModules;
  const config = decodeTrainConfig(
    {
      ...record,
      steps: rest.steps ?? (epochs === undefined ? null : 1),
      layers: isFull && places === null ? null : [...(places ?? all)],
      ...(method === "vector"
        ? {}
        : { targetModules: isFull && modules == null ? null : [...(modules ?? projectionNames)] }),
    },
    source,
  );
  return epochs === undefined ? config : { ...config, steps: stepsOfEpochs(epochs, config, target, source) };
}

function strangeWith(setting: string, source: string): TurncoatError {
  const only = methodsWith(setting).map((each) => methodWords[each]);
  return new TurncoatError(`${source}: ${setting}: expected with ${only.join(" or ")} only`);
}

/** Number of steps in which every conversation that is trained on is seen once; those left over at the end wait. */
export function stepsOfEpoch(config: TrainConfig, conversations: number): number {
  const { train } = splitIndices(conversations, {
    heldOut: config.heldOut?.fraction ?? 0,
    seed: config.seed,
  });
  return Math.floor(train.length / conversationsOfStep(config));
}

function stepsOfEpochs(epochs: number, config: TrainConfig, target: Target, source: string): number {
  const conversations = target.conversations();
  const steps = Math.round(epochs * stepsOfEpoch(config, conversations));
  if (steps > 0) return steps;
  throw new TurncoatError(
    `${source}: epochs: expected at least one step of ${conversationsOfStep(config)} conversations, found ${conversations} conversations`,
    { hint: "Give steps instead, a smaller batchSize or accumulation, or more data." },
  );
}

/** Lists the layers that settings mean in a model; null for all. */
function layersOf(layers: Settings["layers"], count: number, source: string): readonly number[] | null {
  if (layers === undefined || layers === "all") return null;
  if (Array.isArray(layers)) return layers;
  const { of, at } = layers;
  const places = of === count ? at : carriedOver(at, of, count);
  const isApart = new Set(places).size === places.length;
  if (isApart && places.every((place) => place >= 0 && place < count)) return places;
  throw new TurncoatError(
    `${source}: layers: expected a model with room for ${at.length} layers as in one of ${of}, found ${count} layers`,
    { hint: "Name the layers (--layers)." },
  );
}

/** Moves layers to the same depth of another model; those that follow each other move together. */
function carriedOver(at: readonly number[], of: number, count: number): number[] {
  return neighbours(at).flatMap((group) => {
    const middle = group[Math.floor(group.length / 2)] ?? 0;
    const moved = Math.min(count - 1, Math.round((middle * count) / of));
    return group.map((place) => place - middle + moved);
  });
}

/** Divides layers in ascending order into those that follow each other. */
function neighbours(layers: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const layer of layers) {
    const last = groups.at(-1);
    if (last?.at(-1) === layer - 1) last.push(layer);
    else groups.push([layer]);
  }
  return groups;
}

/** Reads back the settings that a run records. */
export function settingsOf(record: JsonObject, source: string): Settings {
  const config = decodeTrainConfig(record, source);
  const { layers } = config;
  const modules = config.method === "vector" ? undefined : config.targetModules;
  return readSettings(
    {
      ...encodeTrainConfig(config),
      layers: layers === null ? "all" : [...layers],
      ...(modules === undefined ? {} : { targetModules: modules === null ? "all" : [...modules] }),
    },
    source,
  );
}
