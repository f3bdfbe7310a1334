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
    };

/**
 * Computes radians a position for each pair of a head's dimensions, in float32 as transformers has them: [headDimension
 * / 2].
 */
export function rotaryFrequencies({ theta, scaling }: RotaryConfig, headDimension: number): Float32Array {
  return Float32Array.from({ length: headDimension / 2 }, (_, pair) =>
    scaledFrequency(Math.fround(theta ** (-(2 * pair) / headDimension)), scaling),
  );
}

function scaledFrequency(frequency: number, scaling: RotaryScaling): number {
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
