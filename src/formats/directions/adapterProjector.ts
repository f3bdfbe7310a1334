import { countSketch, hashKey, ProductSketch } from "../../tensor/countSketch.js";
import type { LoraModule } from "../peft.js";

/** Random projection that adapters are kept as: its hashes follow from the seed and the modules' paths. */
export interface Projection {
  readonly seed: number;
  /** Number of numbers that are kept of each matrix: m, a power of two. */
  readonly numbers: number;
}

/** The projection that training keeps: one for all runs, so that they can be compared with each other. */
export const usualProjection: Projection = { seed: 0, numbers: 256 };

/** One adapted module and a random projection of its ΔW, A and B. */
export interface AdapterDirections extends Omit<LoraModule, "loraA" | "loraB"> {
  /** Count sketch of ΔW = scaling · B · A: [numbers]. */
  readonly update: Float32Array;
  /** Count sketch of A, row-major as PEFT stores it: [numbers]. */
  readonly A: Float32Array;
  /** Count sketch of B, row-major as PEFT stores it: [numbers]. */
  readonly B: Float32Array;
}

/**
 * Projector of adapters to a few numbers a matrix: `docs/directions-format.md`. Hashes are computed once a module.
 *
 * Inner products of the projections of one module estimate those of its matrices; each module has hashes of its own, so
 * those of a whole model are sums over its modules.
 */
export class AdapterProjector {
  readonly #projection: Projection;
  readonly #products = new Map<string, ProductSketch>();

  constructor(projection: Projection) {
    this.#projection = projection;
  }

  /** Projects the matrices of one module; a module has the same shape each time. */
  project(module: LoraModule): AdapterDirections {
    const { modulePath, scaling, loraA, loraB, ...shape } = module;
    const { numbers } = this.#projection;
    return {
      modulePath,
      scaling,
      ...shape,
      update: this.projectUpdate(module),
      A: countSketch(loraA, this.#key(modulePath, "A"), numbers),
      B: countSketch(loraB, this.#key(modulePath, "B"), numbers),
    };
  }

  /** Projects ΔW of one module alone: [numbers]. */
  projectUpdate(module: LoraModule): Float32Array {
    const { loraA, loraB, scaling } = module;
    return this.#productOf(module).project(loraA, loraB, scaling);
  }

  #productOf({ modulePath, rank, inFeatures, outFeatures }: LoraModule): ProductSketch {
    const known = this.#products.get(modulePath);
    if (known !== undefined) return known;
    const { numbers } = this.#projection;
    const made = new ProductSketch({
      ...{ numbers, rank, inFeatures, outFeatures },
      inputsKey: this.#key(modulePath, "inputs"),
      outputsKey: this.#key(modulePath, "outputs"),
    });
    this.#products.set(modulePath, made);
    return made;
  }

  #key(modulePath: string, role: "A" | "B" | "inputs" | "outputs"): number {
    return hashKey(this.#projection.seed, modulePath, role);
  }
}
