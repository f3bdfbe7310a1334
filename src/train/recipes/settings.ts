import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { jsonObjectOf, validate, type JsonObject, type JsonValue } from "../../formats/json.js";
import { projectionNames } from "../../model/config/parameters.js";
import { scheduleNames, warmupRules } from "../schedule.js";
import {
  adapterFactors,
  dataOrders,
  keptForms,
  savedWeights,
  trainMethods,
  type TrainMethod,
} from "../trainConfig.js";
import { withoutRecipeName } from "../trainRecord.js";
import { nearestName } from "../../hints.js";

/** Layers by their depth: places in a model of `of` layers, carried over to the same depth of any other. */
const layersByDepth = z.strictObject({ of: z.int().positive(), at: z.array(z.int().nonnegative()).min(1) });

const optimizer = z.strictObject({
  name: z.enum(["sgd", "adamw"]),
  momentum: z.number(),
  beta1: z.number(),
  beta2: z.number(),
  epsilon: z.number(),
  weightDecay: z.number(),
});

const schedule = z.strictObject({
  name: z.enum(scheduleNames),
  /** Peak learning rate. */
  peak: z.number(),
  warmupSteps: z.number(),
  warmup: z.enum(warmupRules),
  finalFraction: z.number(),
});

/** Penalty, of which the weight 0 is none. */
const klSchema = z.strictObject({
  data: z.string(),
  sha256: z.string(),
  weight: z.number().nonnegative(),
  batchSize: z.number(),
});

const steeringSchema = z.strictObject({
  file: z.string(),
  sha256: z.string(),
  layer: z.number(),
  strength: z.number(),
});

const projectionSchema = z.strictObject({ file: z.string(), sha256: z.string() });

/**
 * Settings of a training as a recipe or a file gives them, each of which may be left open. They are those that `run.json`
 * records, and besides `epochs` in place of `steps`, `"all"` layers or modules, layers by their depth, and null where
 * something is switched off.
 */
export const settingsSchema = z
  .strictObject({
    method: z.enum(trainMethods),
    rank: z.number(),
    alpha: z.number(),
    useRslora: z.boolean(),
    targetModules: z.union([z.literal("all"), z.array(z.enum(projectionNames))]),
    layers: z.union([z.literal("all"), z.array(z.number()), layersByDepth]),
    initialScale: z.number(),
    dropout: z.number(),
    adapterSeed: z.number(),
    savedWeights: z.enum(savedWeights),
    optimizer: optimizer.partial(),
    schedule: schedule.partial(),
    epochs: z.number().positive(),
    steps: z.number(),
    batchSize: z.number(),
    accumulation: z.number(),
    clipNorm: z.number().nullable(),
    maxLength: z.number(),
    trailingGenerationPrompt: z.boolean(),
    seed: z.number(),
    dataSeed: z.number(),
    dataOrder: z.enum(dataOrders),
    heldOut: z.strictObject({ fraction: z.number(), every: z.number() }).nullable(),
    /** Rows of the data set, from 0, that the training goes without. */
    leftOut: z.array(z.number()),
    earlyStop: z.strictObject({ loss: z.number(), steps: z.number() }).nullable(),
    /** Penalty on moving away from the base on other conversations. */
    kl: klSchema.partial().nullable(),
    /** System turn before every conversation while it is trained on, in place of its own. */
    systemTurn: z.string().nullable(),
    /** Vector that is added to the residual stream while it is trained. */
    steering: steeringSchema.partial().nullable(),
    /** Factor of every adapter that stays as it is. */
    frozenFactor: z.enum(adapterFactors).nullable(),
    /** Directions that the gradient of B loses. */
    projectedOut: projectionSchema.partial().nullable(),
    checkpoints: z.string(),
    keepState: z.string().nullable(),
    keep: z.enum(keptForms),
    keepFullEvery: z.number(),
    /** Data of the run's control: a file, or the name of a built-in data set. */
    paired: z.string(),
  })
  .partial();

/** Settings of a training as a recipe or a file gives them, checked. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings with where they come from, which errors name. */
export interface SettingsLayer {
  readonly source: string;
  readonly settings: Settings;
}

const parts = {
  "": settingsSchema.shape,
  optimizer: optimizer.shape,
  schedule: schedule.shape,
  heldOut: { fraction: true, every: true },
  earlyStop: { loss: true, steps: true },
  kl: klSchema.shape,
  steering: steeringSchema.shape,
  projectedOut: projectionSchema.shape,
} as const;

/**
 * Reads settings from the content of a file.
 * @param source names the file in errors
 * @throws TurncoatError naming the setting that is unknown, with the nearest known one, or of another kind
 */
export function readSettings(value: JsonValue, source: string): Settings {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TurncoatError(`${source}: expected settings by name, such as "rank: 1", found something else`);
  }
  const named = withoutRecipeName(value);
  for (const [part, known] of Object.entries(parts)) {
    const content = part === "" ? named : named[part];
    if (typeof content === "object" && content !== null && !Array.isArray(content))
      checkNames(Object.keys(content), Object.keys(known), part, source);
  }
  return validate(named, settingsSchema, source);
}

function checkNames(names: readonly string[], known: readonly string[], part: string, source: string): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const prefix = part === "" ? "" : `${part}.`;
  const near = nearestName(unknown, known);
  throw new TurncoatError(
    `${source}: ${prefix}${unknown}: expected a setting of training, found no such name`,
    {
      hint:
        near === null
          ? `Known are ${known.map((name) => prefix + name).join(", ")}.`
          : `Did you mean ${prefix}${near}?`,
    },
  );
}

/** Settings that not every method has. */
const ownSettings = {
  lora: [
    "rank",
    "targetModules",
    "alpha",
    "useRslora",
    "initialScale",
    "dropout",
    "adapterSeed",
    "frozenFactor",
    "projectedOut",
    "keep",
    "keepFullEvery",
  ],
  full: ["savedWeights", "targetModules"],
  vector: ["alpha", "initialScale", "adapterSeed"],
} as const satisfies Readonly<Record<TrainMethod, readonly (keyof Settings)[]>>;

/**
 * Lays settings over each other: what a later layer says holds.
 *
 * `steps` and `epochs` replace each other. An optimiser or schedule of another name starts from that one's usual
 * numbers. A change of method drops what only the former has.
 * @throws TurncoatError where one layer contradicts itself
 */
export function layered(layers: readonly SettingsLayer[]): Settings {
  return layers.reduce<Settings>((below, { settings, source }) => over(below, settings, source), {});
}

function over(below: Settings, above: Settings, source: string): Settings {
  if (above.steps !== undefined && above.epochs !== undefined) {
    throw new TurncoatError(`${source}: expected steps or epochs, found both`);
  }
  const dropped = new Set<string>();
  if (above.steps !== undefined) dropped.add("epochs");
  if (above.epochs !== undefined) dropped.add("steps");
  const [before, now] = [below.method ?? "lora", above.method ?? below.method ?? "lora"];
  if (before !== now) for (const name of [...ownSettings[before], "layers"]) dropped.add(name);
  const kept: Settings = Object.fromEntries(Object.entries(below).filter(([name]) => !dropped.has(name)));
  const optimizer = joined(kept.optimizer, above.optimizer, () => ({}));
  const schedule = joined(kept.schedule, above.schedule, ({ peak, warmupSteps, warmup }) => ({
    peak,
    warmupSteps,
    warmup,
  }));
  return {
    ...kept,
    ...above,
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

/** Lays numbers over those of the same name; another name starts without what only the former has. */
function joined<Part extends { readonly name?: string | undefined }>(
  below: Part | undefined,
  above: Part | undefined,
  kept: (below: Part) => Partial<Part>,
): Part | undefined {
  if (above === undefined || below === undefined) return above ?? below;
  const isOther = above.name !== undefined && above.name !== below.name;
  return { ...(isOther ? kept(below) : below), ...above };
}

/**
 * Names a setting that does not go with the method, or null where all do.
 * @param settings settings of one method
 */
export function strangeSetting(settings: Settings): string | null {
  const own: readonly string[] = ownSettings[settings.method ?? "lora"];
  const others = trainMethods.flatMap((method) => ownSettings[method]);
  return others.find((name) => !own.includes(name) && settings[name] !== undefined) ?? null;
}

/** Lists the methods that have a setting, where not every one has it. */
export function methodsWith(name: string): TrainMethod[] {
  return trainMethods.filter((method) => ownSettings[method].some((own) => own === name));
}

/** Gives settings as plain data, without what is left open. */
export function plainSettings(settings: Settings): JsonObject {
  return jsonObjectOf(settings);
}
