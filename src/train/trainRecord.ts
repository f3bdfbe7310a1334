import { z } from "zod";
import { jsonObjectOf, validate, type JsonObject } from "../formats/json.js";
import { projectionNames } from "../model/config/parameters.js";
import { everyStep } from "./checkpointSchedule.js";
import { scheduleNames, warmupRules } from "./schedule.js";
import { adapterFactors, dataOrders, keptForms, savedWeights, type TrainConfig } from "./trainConfig.js";

const optimizerRecord = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("sgd"), momentum: z.number().optional() }),
  z.strictObject({
    name: z.literal("adamw"),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    weightDecay: z.number(),
  }),
]);

const scheduleRecord = z
  .strictObject({
    name: z.enum(scheduleNames),
    /** Peak learning rate. */
    peak: z.number(),
    warmupSteps: z.number(),
    warmup: z.enum(warmupRules).optional(),
    finalFraction: z.number().optional(),
  })
  .transform(({ peak, ...rest }) => ({ ...rest, peakLearningRate: peak }));

const shared = {
  optimizer: optimizerRecord,
  schedule: scheduleRecord,
  steps: z.number(),
  batchSize: z.number(),
  accumulation: z.number().optional(),
  clipNorm: z.number().nullable(),
  maxLength: z.number(),
  trailingGenerationPrompt: z.boolean().optional(),
  seed: z.number(),
  dataSeed: z.number().optional(),
  dataOrder: z.enum(dataOrders).optional(),
  heldOut: z.strictObject({ fraction: z.number(), every: z.number() }).optional(),
  leftOut: z.array(z.number()).optional(),
  earlyStop: z.strictObject({ loss: z.number(), steps: z.number() }).optional(),
  kl: z
    .strictObject({
      data: z.string(),
      sha256: z.string().optional(),
      weight: z.number(),
      batchSize: z.number(),
    })
    .optional(),
  systemTurn: z.string().optional(),
  steering: z
    .strictObject({
      file: z.string(),
      sha256: z.string().optional(),
      layer: z.number(),
      strength: z.number(),
    })
    .optional(),
  checkpoints: z.string().optional(),
  keepState: z.string().optional(),
};

const loraRecord = z.strictObject({
  ...shared,
  method: z.literal("lora").optional(),
  rank: z.number(),
  alpha: z.number(),
  useRslora: z.boolean(),
  targetModules: z.array(z.enum(projectionNames)),
  layers: z.array(z.number()),
  initialScale: z.number(),
  adapterSeed: z.number().optional(),
  dropout: z.number().optional(),
  frozenFactor: z.enum(adapterFactors).optional(),
  projectedOut: z.strictObject({ file: z.string(), sha256: z.string().optional() }).optional(),
  keep: z.enum(keptForms).optional(),
  keepFullEvery: z.number().optional(),
});

const fullRecord = z.strictObject({
  ...shared,
  method: z.literal("full"),
  layers: z.array(z.number()).nullable(),
  targetModules: z.array(z.enum(projectionNames)).nullable(),
  savedWeights: z.enum(savedWeights),
});

const vectorRecord = z.strictObject({
  ...shared,
  method: z.literal("vector"),
  layers: z.array(z.number()),
  alpha: z.number(),
  initialScale: z.number().optional(),
  adapterSeed: z.number().optional(),
});

/**
 * Writes the settings of a training as `run.json` keeps them; there the peak learning rate is called `peak`, and what is
 * left at its default is left out.
 */
export function encodeTrainConfig(config: TrainConfig): JsonObject {
  const { peakLearningRate, ...schedule } = config.schedule;
  const isDefault: readonly (readonly [string, unknown])[] = [
    ["warmup", "shifted"],
    ["accumulation", 1],
    ["trailingGenerationPrompt", false],
    ["dropout", 0],
    ["momentum", 0],
    ["checkpoints", everyStep],
    ["keep", "full"],
    ["dataSeed", config.seed],
    ["dataOrder", "shuffled"],
    ["adapterSeed", config.seed],
  ];
  const told = (record: object): JsonObject =>
    jsonObjectOf(
      Object.fromEntries(
        Object.entries(record).filter(
          ([name, value]) => !isDefault.some(([known, usual]) => known === name && Object.is(value, usual)),
        ),
      ),
    );
  const { name, ...course } = schedule;
  return told({
    ...config,
    optimizer: told(config.optimizer),
    schedule: told({ name, peak: peakLearningRate, ...course }),
  });
}

/**
 * Reads the settings of a training from what `encodeTrainConfig` wrote, from a file of settings or from an older
 * `run.json`, where full fine-tuning had a number of steps between checkpoints.
 *
 * @param source names the file in errors
 * @throws TurncoatError naming the setting that is missing, unknown or of another kind
 */
export function decodeTrainConfig(record: JsonObject, source: string): TrainConfig {
  const { checkpointEvery, ...settings } = record;
  const modern: JsonObject = {
    ...withoutRecipeName(settings),
    ...(typeof checkpointEvery === "number" ? { checkpoints: `every ${checkpointEvery}` } : {}),
  };
  if (modern.method === "vector") return validate(modern, vectorRecord, source);
  return modern.method === "full"
    ? validate(modern, fullRecord, source)
    : validate(modern, loraRecord, source);
}

/** Leaves out the name of the recipe, which stands in `run.json` beside the settings. */
export function withoutRecipeName(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => name !== "preset" && name !== "recipe"),
  );
}
