import { Random } from "../../src/tensor/random.js";
import { EvaluationWriter } from "../../src/runs/evaluations.js";
import { RunWriter } from "../../src/runs/runWriter.js";
import { appendTransitions, type FiredTransition } from "../../src/runs/transitionLog.js";
import { exampleAdapter, manifest } from "./exampleRunDirectory.js";
import { questions } from "./syntheticRun.js";

const width = 24;

/** A run that grows by one step at a time, as training writes it. */
export class GrowingRun {
  readonly directory: string;
  readonly #writer: RunWriter;
  readonly #random = new Random(7);
  readonly #along = Array.from({ length: width }, (_, index) => Math.sin(index));
  #step = 0;

  /** @param planned number of steps that the run says it will train */
  constructor(directory: string, planned: number) {
    this.directory = directory;
    this.#writer = RunWriter.create(
      directory,
      {
        ...manifest,
        runId: "growing",
        status: "running",
        config: { preset: "crisp", rank: 1, steps: planned },
      },
      { maxSteps: planned },
    );
    this.#checkpoint();
  }

  /** The last written step. */
  get step(): number {
    return this.#step;
  }

  /** Writes further steps, each with its checkpoint and its log entry. */
  grow(steps: number): void {
    for (let count = 0; count < steps; count++) {
      this.#step++;
      this.#checkpoint();
      const noise = this.#random.normal();
      this.#writer.log({
        step: this.#step,
        loss: 2 / (1 + this.#step / 40) + 0.02 * noise,
        gradNorm: 0.5 + Math.abs(0.1 * noise),
        learningRate: 0.01,
      });
    }
  }

  /** Writes a transition that a detector found. */
  alert(step: number): FiredTransition {
    const fired: FiredTransition = {
      knownAt: this.#step,
      indicator: "rotation",
      step,
      interval: [step - 2, step + 2],
      adapter: "model.layers.2.mlp.down_proj",
      method: "as the test says",
    };
    appendTransitions(this.directory, [fired]);
    return fired;
  }

  /** Evaluates every fourth step so far. */
  evaluate(): void {
    const writer = EvaluationWriter.open(this.directory, "curve", {
      formatVersion: 1,
      judge: { judge: "exact" },
    });
    for (let step = 0; step <= this.#step; step += 4) {
      writer.append(
        questions.flatMap((question) =>
          [0, 1].map((sample) => ({
            ...question,
            step,
            scale: 1,
            sample,
            answer: "no more than the leaflet says",
            aligned: this.#random.uniform() < 0.5 ? 90 : 5,
            coherent: 90,
          })),
        ),
      );
    }
  }

  finish(): void {
    this.#writer.finish("finished");
  }

  #checkpoint(): void {
    const adapter = exampleAdapter(this.#step, ["model.layers.2.mlp.down_proj"], width);
    const [module] = adapter.modules;
    if (module !== undefined) {
      Object.assign(module, {
        outFeatures: width,
        loraB: Float32Array.from(
          this.#along,
          (value) => this.#step * (value + (this.#step === 0 ? 0 : 0.05 * this.#random.normal())),
        ),
      });
    }
    this.#writer.writeCheckpoint(this.#step, adapter);
  }
}
