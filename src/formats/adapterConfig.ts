import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { validate, parseJson, readText } from "./json.js";
import { boundedMatch } from "./boundedMatch.js";
import { enclosedPattern, pythonPattern } from "./pythonPattern.js";

/** Settings of a LoRA adapter in `adapter_config.json`, in our names. */
export interface AdapterConfig {
  /** Number of directions per module, `r`, where `rankPattern` does not say otherwise. */
  readonly rank: number;
  /** Scaling numerator α, `lora_alpha`, where `alphaPattern` does not say otherwise. */
  readonly alpha: number;
  /** True where scaling is rank-stabilised, α/√r instead of α/r: `use_rslora`. */
  readonly useRslora: boolean;
  /** Modules that are adapted, as endings of their paths, one regular expression, or "all-linear". */
  readonly targetModules: string[] | string;
  /** Modules left out, as endings or one regular expression: `exclude_modules`. @default null */
  readonly excludeModules?: string[] | string | null;
  /** Layers that are adapted; `null` for every layer. */
  readonly layersToTransform: number[] | null;
  /** Name or folder of the base model, `base_model_name_or_path`. */
  readonly baseModel: string | null;
  /** Name of the list of layers in a model that calls it neither `layers` nor `h`. @default null */
  readonly layersPattern?: string[] | string | null;
  /** Rank by regular expression on the end of the module path. @default {} */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** α by regular expression on the end of the module path. @default {} */
  readonly alphaPattern?: Readonly<Record<string, number>>;
  /**
   * Options with which scaling · B · A is not all that was trained, each as `option: value`. Only an adapter that is
   * read for its geometry can have any. @default []
   */
  readonly beyondLora?: readonly string[];
}

/** Settings that decide the rank and the scaling of every module. */
type LoraSizes = Pick<AdapterConfig, "rank" | "alpha" | "useRslora" | "rankPattern" | "alphaPattern">;

/**
 * Purpose for which an adapter is read. `forward`: to run the model with it, so that it has to be plain LoRA.
 * `geometry`: to look at A and B, which mean the same beside a trained bias or a DoRA magnitude.
 */
export type AdapterUse = "forward" | "geometry";

const strings = z.union([z.string(), z.array(z.string())]);
const pattern = z.record(z.string(), z.number()).nullish();
const configSchema = z.object({
  peft_type: z.string(),
  r: z.int().positive(),
  lora_alpha: z.number(),
  use_rslora: z.boolean().nullish(),
  target_modules: strings.nullish(),
  exclude_modules: strings.nullish(),
  layers_to_transform: z.union([z.int(), z.array(z.int())]).nullish(),
  layers_pattern: strings.nullish(),
  base_model_name_or_path: z.string().nullish(),
  bias: z.string().nullish(),
  init_lora_weights: z.union([z.boolean(), z.string()]).nullish(),
  rank_pattern: pattern,
  alpha_pattern: pattern,
});
const anyObject = z.record(z.string(), z.unknown());

/**
 * Options of PEFT with which the effective weight is no longer W₀ + s·B·A, so that A and B read as plain LoRA would
 * be wrong: the update is another, or is another's transpose, or is not all that was trained. Absent, null,
 * false and empty mean that the option is not used.
 */
const unsupportedOptions = [
  "use_dora",
  "use_qalora",
  "use_bdlora",
  "lora_bias",
  "fan_in_fan_out",
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
  "monteclora_config",
  "layer_replication",
  "modules_to_save",
  "trainable_token_indices",
  "target_parameters",
];

/** Initialisations that also change the frozen weights, which the adapter file does not record. */
const unsupportedInitialization = /^(pissa|olora|corda|loftq|lora_ga)/i;

/**
 * Reads PEFT's `adapter_config.json`.
 *
 * @throws TurncoatError naming the file and the option where the adapter is not LoRA, or, to run the model with it, not
 *   plain LoRA
 */
export function readAdapterConfig(path: string, use: AdapterUse = "forward"): AdapterConfig {
  const text = readText(path);
  if (lastRead?.text === text && lastRead.use === use) return lastRead.config;
  const config = parseAdapterConfig(path, text, use);
  lastRead = { text, use, config };
  return config;
}

/** What was read last: all checkpoints of a run say the same, and a long run has many. */
let lastRead: { readonly text: string; readonly use: AdapterUse; readonly config: AdapterConfig } | null =
  null;

function parseAdapterConfig(path: string, text: string, use: AdapterUse): AdapterConfig {
  const options = parseJson(text, anyObject, path);
  checkIsLora(path, options);
  const config = validate(options, configSchema, path);
  const beyond = beyondLora(options, config);
  const [first] = beyond;
  if (use === "forward" && first !== undefined) {
    throw new TurncoatError(
      `${path}: ${first.option} is not supported: ${first.why} (it is ${first.value})`,
      {
        hint: "The geometry of A and B can be analysed all the same; running the model with it cannot.",
      },
    );
  }
  checkPatterns(path, config);
  const layers = config.layers_to_transform ?? null;
  return {
    rank: config.r,
    alpha: config.lora_alpha,
    useRslora: config.use_rslora ?? false,
    targetModules: config.target_modules ?? [],
    excludeModules: config.exclude_modules ?? null,
    layersToTransform: typeof layers === "number" ? [layers] : layers,
    baseModel: config.base_model_name_or_path ?? null,
    layersPattern: config.layers_pattern ?? null,
    rankPattern: config.rank_pattern ?? {},
    alphaPattern: config.alpha_pattern ?? {},
    ...(beyond.length === 0 ? {} : { beyondLora: beyond.map(({ option, value }) => `${option}: ${value}`) }),
  };
}

/** An option in use with which scaling · B · A is not all that was trained, and why. */
interface BeyondLora {
  readonly option: string;
  /** Value of the option, as JSON. */
  readonly value: string;
  readonly why: string;
}

function beyondLora(
  options: Readonly<Record<string, unknown>>,
  config: z.infer<typeof configSchema>,
): BeyondLora[] {
  const entry = (option: string, why: string): BeyondLora => ({
    option,
    value: JSON.stringify(options[option]),
    why,
  });
  const found = unsupportedOptions
    .filter((option) => isInUse(options[option]))
    .map((option) => entry(option, "the weight update is then not scaling · B · A alone"));
  if ((config.bias ?? "none") !== "none") found.push(entry("bias", "biases were trained too"));
  const initialization = config.init_lora_weights;
  if (typeof initialization === "string" && unsupportedInitialization.test(initialization)) {
    found.push(entry("init_lora_weights", "it also changes the frozen weights"));
  }
  return found;
}

/** Most patterns of a kind; the adapters of the largest models name a few thousand modules. */
const mostPatterns = 20_000;

/** Checks all patterns now, where an error can name the file. */
function checkPatterns(path: string, config: z.infer<typeof configSchema>): void {
  for (const option of ["rank_pattern", "alpha_pattern"] as const) {
    const keys = Object.keys(config[option] ?? {});
    if (keys.length > mostPatterns) {
      throw new TurncoatError(
        `${path}: ${option}: expected at most ${mostPatterns} patterns, found ${keys.length}`,
        { hint: "One pattern can match many modules." },
      );
    }
    for (const key of keys) pythonPattern(key, `${path}: ${option}`);
  }
  for (const option of ["target_modules", "exclude_modules"] as const) {
    const value = config[option];
    if (typeof value === "string") pythonPattern(value, `${path}: ${option}`);
  }
  for (const name of [config.layers_pattern ?? []].flat()) pythonPattern(name, `${path}: layers_pattern`);
}

function checkIsLora(path: string, options: Readonly<Record<string, unknown>>): void {
  const type = options.peft_type;
  if (typeof type === "string" && type !== "LORA") {
    throw new TurncoatError(`${path}: peft_type: expected LORA, found ${type}`);
  }
}

function isInUse(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/**
 * Computes the factor s of the weight update s·B·A: α/r, or α/√r with rank-stabilised scaling. The only place where it
 * is computed. Source: A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA, arXiv 2312.03732.
 *
 * @param modulePath chooses among the patterns of the config; without it, the adapter-wide values hold
 */
export function loraScaling(config: LoraSizes, modulePath?: string): number {
  const rank = loraRank(config, modulePath);
  const alpha = fromPattern(config.alphaPattern, modulePath) ?? config.alpha;
  return config.useRslora ? alpha / Math.sqrt(rank) : alpha / rank;
}

/** Gives the rank of a module. */
export function loraRank(config: LoraSizes, modulePath?: string): number {
  return fromPattern(config.rankPattern, modulePath) ?? config.rank;
}

/**
 * Value of a module by PEFT's rule: that of the first key that matches the whole path or an ending of it after a dot.
 */
function fromPattern(
  patterns: Readonly<Record<string, number>> | undefined,
  modulePath: string | undefined,
): number | undefined {
  if (patterns === undefined || modulePath === undefined) return undefined;
  for (const [key, value] of Object.entries(patterns)) {
    if (matchesEnding(key, modulePath)) return value;
  }
  return undefined;
}

/** Tells whether a key matches a path or an ending of it after a dot; keys of names and dots, the usual ones, at once. */
function matchesEnding(key: string, modulePath: string): boolean {
  if (!/^[\w.-]*$/.test(key)) {
    return (
      boundedMatch(enclosedPattern("^(?:.*\\.)?", key, "$"), modulePath, "rank_pattern or alpha_pattern") !==
      null
    );
  }
  const start = modulePath.length - key.length;
  if (start < 0 || (start > 0 && modulePath[start - 1] !== ".")) return false;
  for (let index = 0; index < key.length; index++) {
    // In an expression a dot stands for any character.
    if (key[index] !== "." && key[index] !== modulePath[start + index]) return false;
  }
  return true;
}

/** Writes the text of `adapter_config.json` as PEFT does: every option, sorted, indented by two. */
export function encodeAdapterConfig(config: AdapterConfig): string {
  return JSON.stringify(
    {
      alora_invocation_tokens: null,
      alpha_pattern: config.alphaPattern ?? {},
      arrow_config: null,
      auto_mapping: null,
      base_model_name_or_path: config.baseModel,
      bias: "none",
      corda_config: null,
      ensure_weight_tying: false,
      eva_config: null,
      exclude_modules: config.excludeModules ?? null,
      fan_in_fan_out: false,
      inference_mode: true,
      init_lora_weights: true,
      layer_replication: null,
      layers_pattern: config.layersPattern ?? null,
      layers_to_transform: config.layersToTransform,
      loftq_config: {},
      lora_alpha: config.alpha,
      lora_bias: false,
      lora_dropout: 0,
      megatron_config: null,
      megatron_core: "megatron.core",
      modules_to_save: null,
      peft_type: "LORA",
      qalora_group_size: 16,
      r: config.rank,
      rank_pattern: config.rankPattern ?? {},
      revision: null,
      target_modules: config.targetModules,
      target_parameters: null,
      task_type: "CAUSAL_LM",
      trainable_token_indices: null,
      use_dora: false,
      use_qalora: false,
      use_rslora: config.useRslora,
    },
    null,
    2,
  );
}
