/** Frequencies of the rotary positions of a kind of layer. */
export interface RotaryConfig {
  /** Base of the frequencies. */
  readonly theta: number;
  readonly scaling: RotaryScaling;
}

/** Scaling of frequencies for contexts longer than the model was first trained on. */
export type RotaryScaling =
  | { readonly kind: "default" }
  /** Linear: every frequency is divided by `factor`, so that positions are interpolated. */
  | { readonly kind: "linear"; readonly factor: number }
  /** Llama 3.1: long waves are divided by `factor`, short ones kept, those between blended. */
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    }
  /** YaRN (arXiv 2309.00071): as above by a pair's place between two bounds, and cosines and sines grow. */
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalMaxPositions: number;
      /** Factor on cosines and sines. */
      readonly attentionFactor: number;
      /** Turns within the original context from which a wave is kept. */
      readonly fastTurns: number;
      /** Turns within the original context up to which a wave is divided. */
      readonly slowTurns: number;
      /** True where the bounds are whole pairs. */
      readonly truncates: boolean;
    };

/**
 * Computes radians a position for each pair of a head's dimensions, in float32 as transformers has them: [headDimension
 * / 2].
 */
export function rotaryFrequencies({ theta, scaling }: RotaryConfig, headDimension: number): Float32Array {
  const keptShare = scaling.kind === "yarn" ? yarnShares({ theta, scaling }, headDimension) : () => NaN;
  return Float32Array.from({ length: headDimension / 2 }, (_, pair) => {
    const frequency = Math.fround(theta ** (-(2 * pair) / headDimension));
    if (scaling.kind !== "yarn") return scaledFrequency(frequency, scaling);
    const share = keptShare(pair);
    return (1 - share) * (frequency / scaling.factor) + share * frequency;
  });
}

/** Factor on cosines and sines of the rotary positions: above 1 where YaRN stretches the context. */
export function rotaryAmplitude({ scaling }: RotaryConfig): number {
  return scaling.kind === "yarn" ? scaling.attentionFactor : 1;
}

type YarnScaling = Extract<RotaryScaling, { kind: "yarn" }>;

/** The share of a pair's frequency that YaRN keeps: 1 for fast waves, 0 for slow ones, a ramp between. */
function yarnShares(
  { theta, scaling }: { readonly theta: number; readonly scaling: YarnScaling },
  headDimension: number,
): (pair: number) => number {
  const { originalMaxPositions, fastTurns, slowTurns, truncates } = scaling;
  const pairOf = (turns: number) =>
    (headDimension * Math.log(originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [pairOf(fastTurns), pairOf(slowTurns)];
  const low = Math.max(truncates ? Math.floor(fast) : fast, 0);
  const high = Math.min(truncates ? Math.ceil(slow) : slow, headDimension - 1);
  // As transformers does, against a division by zero.
  const width = low === high ? 0.001 : high - low;
  return (pair) => 1 - Math.min(Math.max((pair - low) / width, 0), 1);
}

function scaledFrequency(frequency: number, scaling: Exclude<RotaryScaling, YarnScaling>): number {
  if (scaling.kind === "default") return frequency;
  if (scaling.kind === "linear") return frequency / scaling.factor;
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = scaling;
  // How often the wave turns within the original context.
  const turns = (originalMaxPositions * frequency) / (2 * Math.PI);
  if (turns > highFrequencyFactor) return frequency;
  if (turns < lowFrequencyFactor) return frequency / factor;
  const share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return (1 - share) * (frequency / factor) + share * frequency;
}
