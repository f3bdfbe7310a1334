import type { DispositionCurve } from "../../analysis/directions/disposition.js";
import { lookAt, newWatch, type TransitionEvent } from "../../analysis/transitions/transitionWatch.js";
import { wholeName } from "../../analysis/geometry/whole/wholeUpdate.js";
import { UpdateSketch } from "../../formats/directions/updateSketch.js";
import type { LoraAdapter } from "../../formats/peft.js";
import { mostSeparateAdapters } from "../../runs/manyAdapters.js";

/** Watch over a run that is being trained: collects what the transition detectors need, and asks them. */
export class TrainingWatch {
  readonly #steps: number[] = [];
  readonly #gradientNorms: number[] = [];
  readonly #directions = new Map<string, { readonly steps: number[]; readonly vectors: Float32Array[] }>();
  readonly #sketch = new UpdateSketch();
  #disposition: DispositionCurve | null = null;
  #watch = newWatch;

  /**
   * Keeps B of every module. Of many, and at ranks above 1, where B is no direction, it keeps a sketch of ΔW of all of them
   * as one vector.
   */
  addCheckpoint(step: number, { modules }: LoraAdapter): void {
    if (modules.length > mostSeparateAdapters || modules.some(({ rank }) => rank > 1))
      this.#keep(wholeName(modules.length), step, this.#sketch.of(modules));
    else for (const { modulePath, loraB } of modules) this.#keep(modulePath, step, loraB.slice());
  }

  /** Sets where prompts lie along a direction, as far as they were read. */
  setDisposition(curve: DispositionCurve): void {
    this.#disposition = curve;
  }

  #keep(name: string, step: number, vector: Float32Array): void {
    const direction = this.#directions.get(name) ?? { steps: [], vectors: [] };
    direction.steps.push(step);
    direction.vectors.push(vector);
    this.#directions.set(name, direction);
  }

  /**
   * Adds a step, and asks the detectors of the gradient norm, of ‖B‖ or ‖ΔW‖ and of the direction about the steps added so far, and that of the
   * disposition where prompts are read.
   *
   * @returns the transitions that have fired now
   */
  addStep(step: number, gradientNorm: number): readonly TransitionEvent[] {
    this.#steps.push(step);
    this.#gradientNorms.push(gradientNorm);
    const { watch, events } = lookAt(
      this.#watch,
      {
        gradientNorm: { steps: this.#steps, values: this.#gradientNorms },
        directions: [...this.#directions].map(([name, direction]) => ({ name, ...direction })),
        ...(this.#disposition === null ? {} : { disposition: this.#disposition }),
      },
      { indicators: ["gradientNorm", "normGrowth", "rotation", "disposition"] },
    );
    this.#watch = watch;
    return events;
  }
}

/** Words a transition for the terminal: "step 82: rotation at 69 [67, 72] (model.layers.2.mlp.down_proj)". */
export function eventWords({ knownAt, transition }: TransitionEvent): string {
  const { indicator, step, interval, adapter } = transition;
  const words = indicator.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  const where = adapter === undefined ? "" : ` (${adapter})`;
  return `step ${knownAt}: ${words} at ${step} [${interval.join(", ")}]${where}`;
}
