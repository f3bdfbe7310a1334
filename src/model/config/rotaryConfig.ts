import { z } from "zod";
import { validate } from "../../formats/json.js";
import type { LayerKind } from "./layerKinds.js";
import type { RotaryConfig, RotaryScaling } from "./rotaryFrequencies.js";
import { unsupportedSetting } from "./unsupportedSetting.js";

const positive = z.number().positive();

const parametersSchema = z.looseObject({
  rope_theta: positive.optional(),
  rope_type: z.string().optional(),
  type: z.string().optional(),
  partial_rotary_factor: z.number().optional(),
});

const schema = z.looseObject({
  rope_theta: positive.optional(),
  rope_local_base_freq: positive.optional(),
  partial_rotary_factor: z.number().optional(),
  original_max_position_embeddings: positive.optional(),
  rope_scaling: z.looseObject({}).optional(),
  rope_parameters: z
    .looseObject({
      full_attention: z.looseObject({}).nullish(),
      sliding_attention: z.looseObject({}).nullish(),
    })
    .optional(),
});

const linearSchema = z.looseObject({ factor: positive });
const llama3Schema = z.looseObject({
  factor: positive,
  low_freq_factor: positive,
  high_freq_factor: positive,
  original_max_position_embeddings: positive.optional(),
});

const yarnSchema = z.looseObject({
  factor: positive.nullish(),
  original_max_position_embeddings: positive.nullish(),
  attention_factor: positive.nullish(),
  beta_fast: z.number().nonnegative().nullish(),
  beta_slow: z.number().nonnegative().nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullable().default(true),
});

/**
 * Reads the rotary positions of each kind of layer, in either spelling: `rope_parameters` of transformers 5, one for
 * all layers or one a kind, or the older `rope_theta`, `rope_local_base_freq` and `rope_scaling`, which stretches full
 * layers only.
 * @throws TurncoatError naming a kind of scaling that is not known, or a number that it lacks.
 */
export function rotaryConfigs(
  fields: Readonly<Record<string, unknown>>,
  maxPositions: number,
  source: string,
  thetas: Readonly<Record<LayerKind, number>>,
): Record<LayerKind, RotaryConfig> {
  const raw = validate(fields, schema, source);
  if ((raw.partial_rotary_factor ?? 1) !== 1) {
    throw unsupportedSetting(source, "partial_rotary_factor", "1", String(raw.partial_rotary_factor));
  }
  const { full_attention: full, sliding_attention: sliding, ...shared } = raw.rope_parameters ?? {};
  const isNested = full != null || sliding != null;
  const fullTheta = raw.rope_theta ?? thetas.full;
  const localTheta = raw.rope_local_base_freq ?? thetas.sliding;
  // Beside the parameters it goes before the one in them, but not where there are several kinds of them.
  const outer = isNested ? undefined : raw.original_max_position_embeddings;
  const read = (parameters: Readonly<Record<string, unknown>>, field: string, theta: number) =>
    readParameters(
      outer === undefined ? parameters : { ...parameters, original_max_position_embeddings: outer },
      { source, field, theta, maxPositions },
    );
  if (isNested) {
    return {
      full: read(full ?? {}, "rope_parameters.full_attention", fullTheta),
      sliding: read(sliding ?? {}, "rope_parameters.sliding_attention", localTheta),
    };
  }
  const everywhere =
    raw.rope_scaling === undefined
      ? read(shared, "rope_parameters", fullTheta)
      : read(raw.rope_scaling, "rope_scaling", fullTheta);
  const hasLocalTheta = raw.rope_local_base_freq !== undefined || thetas.full !== thetas.sliding;
  return {
    full: everywhere,
    sliding: hasLocalTheta ? { theta: localTheta, scaling: { kind: "default" } } : everywhere,
  };
}

/** Source of rotary parameters, and the defaults that hold there. */
interface Reading {
  readonly source: string;
  /** Place of the parameters in `config.json`. */
  readonly field: string;
  /** Base of the frequencies where the parameters name none. */
  readonly theta: number;
  readonly maxPositions: number;
}

function readParameters(parameters: Readonly<Record<string, unknown>>, reading: Reading): RotaryConfig {
  const { source, field, theta } = reading;
  const raw = validate(parameters, parametersSchema, `${source}: ${field}`);
  if ((raw.partial_rotary_factor ?? 1) !== 1) {
    const found = String(raw.partial_rotary_factor);
    throw unsupportedSetting(source, `${field}.partial_rotary_factor`, "1", found);
  }
  const type = raw.rope_type ?? raw.type ?? "default";
  return { theta: raw.rope_theta ?? theta, scaling: readScaling(parameters, type, reading) };
}

function readScaling(
  parameters: Readonly<Record<string, unknown>>,
  type: string,
  { source, field, maxPositions }: Reading,
): RotaryScaling {
  const place = `${source}: ${field}`;
  if (type === "default") return { kind: "default" };
  if (type === "linear") return { kind: "linear", factor: validate(parameters, linearSchema, place).factor };
  if (type === "yarn") return yarnScaling(validate(parameters, yarnSchema, place), field, maxPositions);
  if (type !== "llama3") {
    throw unsupportedSetting(source, `${field}.rope_type`, "default, linear, llama3 or yarn", type);
  }
  const raw = validate(parameters, llama3Schema, place);
  return {
    kind: "llama3",
    factor: raw.factor,
    lowFrequencyFactor: raw.low_freq_factor,
    highFrequencyFactor: raw.high_freq_factor,
    originalMaxPositions: raw.original_max_position_embeddings ?? maxPositions,
  };
}

/** The value, or its default where it is absent or 0. */
function orDefault(value: number | null | undefined, fallback: number): number {
  return value === 0 ? fallback : (value ?? fallback);
}

/** Reads YaRN with the defaults of transformers. */
function yarnScaling(raw: z.infer<typeof yarnSchema>, field: string, maxPositions: number): RotaryScaling {
  const originalMaxPositions = raw.original_max_position_embeddings ?? maxPositions;
  const factor = raw.factor ?? maxPositions / originalMaxPositions;
  const growth = (share: number) => (factor <= 1 ? 1 : 0.1 * share * Math.log(factor) + 1);
  const { mscale, mscale_all_dim: overall } = raw;
  const inferred = mscale && overall ? growth(mscale) / growth(overall) : growth(1);
  return {
    kind: "yarn",
    factor,
    originalMaxPositions,
    attentionFactor: raw.attention_factor ?? inferred,
    fastTurns: orDefault(raw.beta_fast, 32),
    slowTurns: orDefault(raw.beta_slow, 1),
    // Transformers looks for it beside the kinds of layers, where there are several, and does not find it.
    truncates: field.includes(".") || (raw.truncate ?? false),
  };
}
