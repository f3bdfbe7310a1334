import type { LoraModule } from "../peft.js";
import { AdapterProjector, usualProjection } from "./adapterProjector.js";

/** Most numbers of a sketch, of all adapters together, and fewest and most of one of them; powers of two. */
const mostNumbers = 8192;
const ofOne = { least: 16, most: 4096 } as const;

/**
 * Projector of the update of a whole model, ΔW of all adapters as one vector, to some thousand numbers, so that a training
 * can be watched that keeps no ΔW.
 *
 * Each adapter has random signs and places of its own, and its numbers stand beside those of the others. Inner products of
 * sketches estimate those of the updates without bias, with a standard error of about 1/√n of the product of the norms,
 * where n counts all numbers and the adapters are about equally large: 1 to 2 %. Sketches are linear, so that the same
 * holds for movements.
 */
export class UpdateSketch {
  readonly #projectors = new Map<number, AdapterProjector>();

  /** Projects the update of one step, `[n]`; all steps must have the same adapters. */
  of(modules: readonly LoraModule[]): Float32Array {
    const share = 2 ** Math.floor(Math.log2(mostNumbers / Math.max(1, modules.length)));
    const numbers = Math.min(ofOne.most, Math.max(ofOne.least, share));
    const projector = this.#projectors.get(numbers) ?? new AdapterProjector({ ...usualProjection, numbers });
    this.#projectors.set(numbers, projector);
    const sketch = new Float32Array(numbers * modules.length);
    for (const [index, module] of modules.entries())
      sketch.set(projector.projectUpdate(module), index * numbers);
    return sketch;
  }
}
