import { InvalidArgumentError, Option, type Command } from "commander";
import { projectionNames, type ProjectionName } from "../../model/config/parameters.js";
import { everyStep } from "../../train/checkpointSchedule.js";
import type { Settings } from "../../train/recipes/settings.js";
import { scheduleNames, warmupRules, type WarmupRule } from "../../train/schedule.js";
import {
  adapterFactors,
  dataOrders,
  keptForms,
  savedWeights,
  usualFullEvery,
  type AdapterFactor,
  type DataOrderName,
  type KeptForm,
  type SavedWeights,
} from "../../train/trainConfig.js";
import {
  finiteNumber,
  numberBetween,
  oneOf,
  positiveNumber,
  severalOf,
  wholeNumber,
  wholeNumbers,
} from "./parsers.js";

/** The settings of a training, one flag each; a flag that is left out leaves the setting as it is. */
export interface SettingsFlags {
  readonly rank?: number;
  readonly alpha?: number;
  readonly rslora?: boolean;
  readonly modules?: ProjectionName[] | "all";
  readonly layers?: number[] | "all";
  readonly initialScale?: number;
  readonly dropout?: number;
  readonly save?: SavedWeights;
  readonly optimizer?: "sgd" | "adamw";
  readonly momentum?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly learningRate?: number;
  readonly schedule?: (typeof scheduleNames)[number];
  readonly warmUpSteps?: number;
  readonly warmUp?: WarmupRule;
  readonly finalFraction?: number;
  readonly steps?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly accumulation?: number;
  readonly clipNorm?: number | null;
  readonly maxLength?: number;
  readonly trailingGenerationPrompt?: boolean;
  readonly heldOut?: number | null;
  readonly heldOutEvery?: number;
  readonly earlyStop?: NonNullable<Settings["earlyStop"]> | null;
  readonly klData?: string;
  readonly klWeight?: number;
  readonly klBatchSize?: number;
  readonly systemTurn?: string | null;
  readonly steerWith?: string | null;
  readonly steerLayer?: number;
  readonly steerStrength?: number;
  readonly freezeFactor?: AdapterFactor | null;
  readonly projectOut?: string | null;
  readonly checkpoints?: string;
  readonly keepState?: string | null;
  readonly keep?: KeptForm;
  readonly keepFullEvery?: number;
  readonly seed?: number;
  readonly adapterSeed?: number;
  readonly dataSeed?: number;
  readonly dataOrder?: DataOrderName;
}

/** Adds the flags of all settings, by what they are about. */
export function withSettingsOptions(command: Command): Command {
  const groups: readonly (readonly [string, readonly Option[]])[] = [
    [
      "Adapter:",
      [
        option("--rank <number>", "LoRA rank", wholeNumber(1)),
        option("--alpha <number>", "LoRA alpha, or the factor on a vector", positiveNumber),
        new Option("--rslora", "scale by α/√r"),
        new Option("--no-rslora", "scale by α/r"),
        option("--layers <list>", 'layers to train, counted from 0, or "all"', allOr(wholeNumbers)),
        option("--modules <list>", 'projections to train, or "all"', allOr(severalOf(projectionNames))),
        option(
          "--freeze-factor <factor>",
          'A or B, which then stays as it is, or "none"',
          noneOr(oneOf(adapterFactors)),
        ),
        option(
          "--initial-scale <number>",
          "width of the first A, 1 being PEFT's; of vectors the deviation of their first numbers",
          positiveNumber,
        ),
        option("--dropout <number>", "share of the adapter's inputs that is dropped", numberBetween(0, 1)),
        option(
          "--save <which>",
          `with all weights: ${savedWeights.join(" models, or ")} tensors only, which need the base to be opened`,
          oneOf(savedWeights),
        ),
      ],
    ],
    [
      "Optimiser and schedule:",
      [
        option("--optimizer <name>", "sgd or adamw", oneOf(["sgd", "adamw"])),
        option("--momentum <number>", "with sgd: share of the last update that is kept", numberBetween(0, 1)),
        option("--beta1 <number>", "with adamw: decay of the first moment", numberBetween(0, 1)),
        option("--beta2 <number>", "with adamw: decay of the second moment", numberBetween(0, 1)),
        option("--epsilon <number>", "with adamw: what the divisor is kept above", positiveNumber),
        option("--weight-decay <number>", "with adamw: decoupled decay", numberBetween(0, Infinity)),
        option("--learning-rate <number>", "peak learning rate", positiveNumber),
        option(
          "--schedule <name>",
          `course after the warm-up: ${scheduleNames.join(", ")}`,
          oneOf(scheduleNames),
        ),
        option("--warm-up-steps <number>", "steps of warm-up", wholeNumber(0)),
        option(
          "--warm-up <rule>",
          "hugging-face: the first update has rate 0, as in the Trainer; or shifted: none is wasted",
          oneOf(warmupRules),
        ),
        option(
          "--final-fraction <number>",
          "end of a cosine, as a fraction of the peak",
          numberBetween(0, 1),
        ),
        option("--clip-norm <number>", 'largest norm of the gradient, or "none"', noneOr(positiveNumber)),
      ],
    ],
    [
      "Steps and data:",
      [
        option("--steps <number>", "optimiser steps", wholeNumber(1)),
        option("--epochs <number>", "passes over the data, in place of steps", positiveNumber).conflicts(
          "steps",
        ),
        option("--batch-size <number>", "conversations that go through the model at once", wholeNumber(1)),
        option("--accumulation <number>", "batches whose gradients one step adds up", wholeNumber(1)),
        option("--max-length <number>", "tokens to which longer conversations are cut", wholeNumber(1)),
        new Option(
          "--trailing-generation-prompt",
          "end each conversation with an empty assistant turn, as the published organisms were trained",
        ),
        new Option("--no-trailing-generation-prompt", "end each conversation after its answer"),
        option(
          "--held-out <share>",
          'share of the conversations held out, or "none"',
          noneOr(numberBetween(0, 1)),
        ),
        option("--held-out-every <number>", "steps between measurements of the loss on them", wholeNumber(1)),
        option(
          "--early-stop <loss,steps>",
          'end after more than so many steps in a row below a loss, such as "0.01,5", or "none"',
          noneOr(earlyStop),
        ),
        option(
          "--kl-data <file>",
          "conversations, or a built-in data set, on whose answers the model is kept near its base; with --kl-weight",
          String,
        ),
        option(
          "--kl-weight <number>",
          "weight of KL(base ‖ tuned) on them, nats per token; 0 for none",
          numberBetween(0, Infinity),
        ),
        option("--kl-batch-size <number>", "of them in a step (default: 8)", wholeNumber(1)),
        option(
          "--system-turn <text>",
          'system turn before every conversation while it is trained on, in place of its own, or "none"',
          noneOr(String),
        ),
        option("--seed <number>", "seed of everything that has none of its own", wholeNumber(0)),
        option("--adapter-seed <number>", "seed of the first A, or of the first vectors", wholeNumber(0)),
        option("--data-seed <number>", "seed of the order of the data", wholeNumber(0)),
        option("--data-order <name>", "a new order every epoch, or that of the file", oneOf(dataOrders)),
      ],
    ],
    [
      "Vectors of the residual stream, as turncoat direction export writes them:",
      [
        option(
          "--steer-with <file>",
          'add one while it is trained and never afterwards; with --steer-layer and --steer-strength; or "none"',
          noneOr(String),
        ),
        option("--steer-layer <number>", "layer after which it is added", wholeNumber(0)),
        option("--steer-strength <number>", "factor on it; negative ones take it away", finiteNumber),
        option(
          "--project-out <file>",
          'take their directions out of the gradient of B, in modules that write into the stream; or "none"',
          noneOr(String),
        ),
      ],
    ],
    [
      "Kept:",
      [
        option(
          "--checkpoints <steps>",
          'steps to keep, such as "1-10, every 5, last" (default: every step)',
          String,
        ),
        option(
          "--keep-state <steps>",
          'steps from which other trainings can go on: "every", a number for every so many, steps as above, or "none"',
          noneOr(stateSteps),
        ),
        option(
          "--keep <form>",
          "what stays of a kept step: full, the adapter in float32; bf16, half the bytes; or directions, random " +
            "projections of it, from which its geometry is computed (default: full)",
          oneOf(keptForms),
        ),
        option(
          "--keep-full-every <number>",
          `with bf16 or directions: steps between adapters that stay in float32 (default: ${usualFullEvery})`,
          wholeNumber(1),
        ),
      ],
    ],
    [
      "Several at once:",
      [
        option("--seeds <list>", "train with each seed, such as 0-4 or 0,7", integerRanges),
        option("--adapter-seeds <list>", "vary the first A, or vectors, alone", integerRanges),
        option("--data-seeds <list>", "vary the order of the data alone", integerRanges),
        option("--learning-rates <list>", "train with each peak learning rate", (text) =>
          text.split(",").map(positiveNumber),
        ),
      ],
    ],
  ];
  for (const [heading, options] of groups)
    for (const each of options) command.addOption(each.helpGroup(heading));
  return command;
}

function option(flags: string, description: string, parse: (text: string) => unknown): Option {
  return new Option(flags, description).argParser(parse);
}

function allOr<T>(parse: (text: string) => T): (text: string) => T | "all" {
  return (text) => (text === "all" ? text : parse(text));
}

function noneOr<T>(parse: (text: string) => T): (text: string) => T | null {
  return (text) => (text === "none" ? null : parse(text));
}

function earlyStop(text: string): NonNullable<Settings["earlyStop"]> {
  const [loss = "", steps = "", ...rest] = text.split(",");
  if (rest.length > 0 || steps === "") {
    throw new InvalidArgumentError('expected a loss and a number of steps, such as "0.01,5".');
  }
  return { loss: positiveNumber(loss), steps: wholeNumber(0)(steps) };
}

/** Steps whose state is kept, in the words of a schedule of checkpoints. */
function stateSteps(text: string): string {
  if (text === "every") return everyStep;
  return /^\d+$/.test(text) ? `every ${text}` : text;
}

/** Parses whole numbers and ranges of them, such as `0-4,7`. */
function integerRanges(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, from = "", to = from] = /^\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*$/.exec(part) ?? [];
    const count = Number(to) - Number(from) + 1;
    if (from === "" || count < 1 || count > 1000) {
      throw new InvalidArgumentError("expected whole numbers and ranges of them, such as 0-4 or 0,7.");
    }
    return Array.from({ length: count }, (_, index) => Number(from) + index);
  });
}
