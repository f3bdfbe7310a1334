import { sizeOf } from "../../tensor/program.js";
import type { ModelParameters } from "../model.js";

/** Most weights of a small model; more would not stay in the caches of one of the processor's cores. */
const mostWeights = 2 ** 24;

/** Tells whether a model is so small that setting up an operation takes as long as computing it. */
export function isSmall(parameters: ModelParameters): boolean {
  return Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0) <= mostWeights;
}
