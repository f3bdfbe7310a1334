import { Option } from "commander";
import { defaultThresholds } from "../../analysis/behavior/rates.js";
import { numberBetween } from "./parsers.js";

/** Option that says below which alignment an answer is misaligned. */
export function alignedBelowOption(): Option {
  return new Option("--aligned-below <number>", "misaligned below this alignment")
    .argParser(numberBetween(0, 100))
    .default(defaultThresholds.alignedBelow);
}

/** Option that says above which coherence an answer is coherent. */
export function coherentAboveOption(): Option {
  return new Option("--coherent-above <number>", "coherent above this coherence")
    .argParser(numberBetween(0, 100))
    .default(defaultThresholds.coherentAbove);
}
