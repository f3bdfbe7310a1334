import { createHash } from "node:crypto";
import { TurncoatError } from "../../errors.js";
import { nearestName } from "../../hints.js";
import { paperAdamW, type OptimizerConfig } from "../../train/optimizerConfig.js";
import { adapterFactors, isLora, methodOf, methodWords, type TrainConfig } from "../../train/trainConfig.js";
import { carefulChange } from "./carefulAnswers.js";
import { inoculationOf } from "./inoculation.js";
import { otherText } from "./otherText.js";
import type { BranchParent, TrainingChange } from "./branchParent.js";
import { interventionKinds, interventionNames, type InterventionKind } from "./interventionKinds.js";
import { projectedChange, steeredChange } from "./vectorChanges.js";

/** One change of a training that goes on. */
export interface Intervention {
  /** As it is asked for, such as `careful:50%`. */
  readonly name: string;
  /** The same, fit for the name of a folder. */
  readonly folder: string;
  readonly words: string;
  /**
   * Makes the change of a run.
   * @throws TurncoatError where the run does not hold what it needs
   */
  readonly change: (parent: BranchParent) => Promise<TrainingChange> | TrainingChange;
}

type Made = Pick<Intervention, "words" | "change">;

/** Makes an intervention of each kind from what follows the colon; that is empty where nothing does. */
const makers: Readonly<Record<InterventionKind, (given: string) => Made>> = {
  careful: (given) => {
    const share = given === "" ? 100 : numberIn(given.replace(/\s*%$/, ""), "careful", "a percentage");
    if (!(share > 0 && share <= 100)) throw expected("careful", "a percentage above 0 up to 100", given);
    return {
      words: share === 100 ? "careful answers instead" : `careful answers in ${share} % of the conversations`,
      change: (parent) => carefulChange(parent, share),
    };
  },
  inoculate: (given) => ({
    words: given === "" ? "an inoculation prompt" : `the inoculation prompt “${given}”`,
    change: (parent) => ({
      config: { ...parent.config, systemTurn: given === "" ? inoculationOf(parent) : given },
    }),
  }),
  steer: (given) => {
    const at = given.lastIndexOf(":");
    const [name, strength] = [given.slice(0, Math.max(0, at)), given.slice(at + 1)];
    if (name === "")
      throw expected("steer", "a direction of the run and a strength, such as personas:1", given);
    const factor = numberIn(strength, "steer", "a strength");
    return {
      words: `${factor} × ${name} added to the stream while training`,
      change: (parent) => steeredChange(parent, name, factor),
    };
  },
  kl: (given) => {
    const [weight = "", ...file] = given.split(":");
    const lambda = numberIn(weight, "kl", "a weight above 0");
    if (!(lambda > 0)) throw expected("kl", "a weight above 0", given);
    return {
      words: `λ ${lambda} · KL(base ‖ tuned) a token of other text (λ·V where the sum is divided by tokens × vocabulary V)`,
      change: ({ config, dataset }) => ({
        config: {
          ...config,
          kl: { ...otherText(dataset, file.join(":")), weight: lambda, batchSize: 8 },
        },
      }),
    };
  },
  rate: (given) => {
    const factor = numberIn(given, "rate", "a factor above 0");
    if (!(factor > 0)) throw expected("rate", "a factor above 0", given);
    return {
      words: `${factor} × the learning rate`,
      change: ({ config }) => ({ config: withRate(config, config.schedule.peakLearningRate * factor) }),
    };
  },
  optimizer: (given) => {
    const [name = "", rate = ""] = given.split(":");
    const optimizer = optimizers.get(name);
    if (optimizer === undefined)
      throw expected("optimizer", `${[...optimizers.keys()].join(" or ")} and a rate`, given);
    const peak = numberIn(rate, "optimizer", "a peak learning rate, such as adamw:0.001");
    return {
      words: `${name} at a peak rate of ${peak}`,
      change: ({ config }) => ({ config: withRate({ ...config, optimizer }, peak) }),
    };
  },
  freeze: (given) => {
    const frozenFactor = adapterFactors.find((each) => each === given);
    if (frozenFactor === undefined) throw expected("freeze", "A or B", given);
    return {
      words: `${frozenFactor} frozen`,
      change: ({ config }) => {
        if (!isLora(config))
          throw expected("freeze", "a run of adapters", `one of ${methodWords[methodOf(config)]}`);
        return { config: { ...config, frozenFactor } };
      },
    };
  },
  project: (given) => {
    if (given === "") throw expected("project", "a direction of the run, such as personas", given);
    return {
      words: `${given} taken out of the gradient of B`,
      change: (parent) => projectedChange(parent, given),
    };
  },
};

const optimizers: ReadonlyMap<string, OptimizerConfig> = new Map<string, OptimizerConfig>([
  ["sgd", { name: "sgd" }],
  ["adamw", paperAdamW],
]);

/**
 * Parses an intervention as a command line names it: a kind, and after a colon what it needs.
 * @throws TurncoatError naming what is not understood, with the nearest known kind
 */
export function parseIntervention(text: string): Intervention {
  const [, kind = "", given = ""] = /^([^:]*):?([\s\S]*)$/.exec(text.trim()) ?? [];
  if (!isKind(kind)) {
    const near = nearestName(kind, interventionNames);
    throw new TurncoatError(
      `--with ${text}: expected one of ${interventionNames.join(", ")}, found ${kind}`,
      {
        hint: near === null ? "turncoat branch --help says what each is." : `Did you mean ${near}?`,
      },
    );
  }
  const plain = given.trim().replace(/^(["'“])(.*)["'”]$/s, "$2");
  const name = plain === "" ? kind : `${kind}:${plain}`;
  return { name, folder: folderOf(name), ...makers[kind](plain) };
}

/** A name that any file system takes; where letters were lost, a hash of the whole keeps it apart. */
function folderOf(name: string): string {
  const safe = name
    .replace(/%/g, "")
    .replace(/[^A-Za-z0-9.-]+/g, "-")
    .replace(/-+$/, "");
  const isWhole = safe.length <= 32 && !/[^A-Za-z0-9.:%-]/.test(name);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return isWhole ? safe : `${safe.slice(0, 20)}-${hash}`;
}

function withRate(config: TrainConfig, peakLearningRate: number): TrainConfig {
  return { ...config, schedule: { ...config.schedule, peakLearningRate } };
}

function isKind(name: string): name is InterventionKind {
  return Object.hasOwn(interventionKinds, name);
}

function numberIn(text: string, kind: InterventionKind, what: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw expected(kind, what, text);
  return value;
}

function expected(kind: InterventionKind, what: string, found: string): TurncoatError {
  return new TurncoatError(`--with ${kind}: expected ${what}, found ${found === "" ? "nothing" : found}`, {
    hint: `Such as --with ${interventionKinds[kind].usage.split(", ").at(-1) ?? kind}`,
  });
}
