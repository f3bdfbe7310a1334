import { lookAt, newWatch, type TransitionEvent } from "../../analysis/transitions/transitionWatch.js";
import type { LoraAdapter } from "../../formats/peft.js";

/** Watch over a run that is being trained: collects what the transition detectors need, and asks them. */
export class TrainingWatch {
  readonly #steps: number[] = [];
  readonly #gradientNorms: number[] = [];
  readonly #directions = new Map<string, { readonly steps: number[]; readonly vectors: Float32Array[] }>();
  #watch = newWatch;

  /** Keeps B of every module of rank 1; at higher ranks B is no direction. */
  addCheckpoint(step: number, adapter: LoraAdapter): void {
    for (const { modulePath, rank, loraB } of adapter.modules) {
      if (rank !== 1) continue;
      const direction = this.#directions.get(modulePath) ?? { steps: [], vectors: [] };
      direction.steps.push(step);
      direction.vectors.push(loraB.slice());
      this.#directions.set(modulePath, direction);
    }
  }

  /**
   * Adds a step, and asks the detectors of the gradient norm, ‖B‖ and the direction about the steps added so far.
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
      },
      { indicators: ["gradientNorm", "normGrowth", "rotation"] },
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
