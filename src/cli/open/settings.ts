import { jsonObjectOf } from "../../formats/json.js";
import { readSettings, type Settings } from "../../train/recipes/settings.js";
import type { SettingsFlags } from "../flags/trainFlags.js";

/**
 * The settings that flags give; those left out are left open.
 * @param below settings that they are laid over
 */
export function settingsOfFlags(flags: SettingsFlags, below: Settings): Settings {
  // Writing and reading leaves out what is undefined.
  const record = jsonObjectOf({
    rank: flags.rank,
    alpha: flags.alpha,
    useRslora: flags.rslora,
    targetModules: flags.modules,
    layers: flags.layers,
    initialScale: flags.initialScale,
    dropout: flags.dropout,
    savedWeights: flags.save,
    optimizer: {
      name: flags.optimizer,
      momentum: flags.momentum,
      beta1: flags.beta1,
      beta2: flags.beta2,
      epsilon: flags.epsilon,
      weightDecay: flags.weightDecay,
    },
    schedule: {
      name: flags.schedule,
      peak: flags.learningRate,
      warmupSteps: flags.warmUpSteps,
      warmup: flags.warmUp,
      finalFraction: flags.finalFraction,
    },
    steps: flags.steps,
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    accumulation: flags.accumulation,
    clipNorm: flags.clipNorm,
    maxLength: flags.maxLength,
    trailingGenerationPrompt: flags.trailingGenerationPrompt,
    heldOut: heldOutOf(flags, below),
    earlyStop: flags.earlyStop,
    kl: klOf(flags, below),
    systemTurn: flags.systemTurn,
    steering: steeringOf(flags, below),
    frozenFactor: flags.freezeFactor,
    projectedOut: projectedOutOf(flags),
    checkpoints: flags.checkpoints,
    keepState: flags.keepState,
    keep: flags.keep,
    keepFullEvery: flags.keepFullEvery,
    seed: flags.seed,
    adapterSeed: flags.adapterSeed,
    dataSeed: flags.dataSeed,
    dataOrder: flags.dataOrder,
  });
  return readSettings(record, "flags");
}

/** The penalty below, with what the flags say of it. */
function klOf({ klData, klWeight, klBatchSize }: SettingsFlags, below: Settings): Settings["kl"] {
  if (klData === undefined && klWeight === undefined && klBatchSize === undefined) return undefined;
  const { sha256, ...before } = below.kl ?? {};
  return {
    ...before,
    ...(klData === undefined ? { ...(sha256 === undefined ? {} : { sha256 }) } : { data: klData }),
    ...(klWeight === undefined ? {} : { weight: klWeight }),
    ...(klBatchSize === undefined ? {} : { batchSize: klBatchSize }),
  };
}

/** The steering below, with what the flags say of it; another file has another checksum. */
function steeringOf(
  { steerWith, steerLayer, steerStrength }: SettingsFlags,
  below: Settings,
): Settings["steering"] {
  if (steerWith === null) return null;
  if (steerWith === undefined && steerLayer === undefined && steerStrength === undefined) return undefined;
  const { file, sha256, ...before } = below.steering ?? {};
  const kept = { ...(file === undefined ? {} : { file }), ...(sha256 === undefined ? {} : { sha256 }) };
  return {
    ...before,
    ...(steerWith === undefined ? kept : { file: steerWith }),
    ...(steerLayer === undefined ? {} : { layer: steerLayer }),
    ...(steerStrength === undefined ? {} : { strength: steerStrength }),
  };
}

function projectedOutOf({ projectOut }: SettingsFlags): Settings["projectedOut"] {
  return projectOut == null ? projectOut : { file: projectOut };
}

/** The paper's part that is held out, and how often the loss on it is measured. */
const usualHeldOut = { fraction: 0.1, every: 50 };

function heldOutOf({ heldOut, heldOutEvery }: SettingsFlags, below: Settings): Settings["heldOut"] {
  if (heldOut === null) return null;
  if (heldOut === undefined && heldOutEvery === undefined) return undefined;
  const before = below.heldOut ?? usualHeldOut;
  return { fraction: heldOut ?? before.fraction, every: heldOutEvery ?? before.every };
}
