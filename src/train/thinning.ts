import { AdapterProjector, usualProjection } from "../formats/directions/adapterProjector.js";
import type { LoraAdapter } from "../formats/peft.js";
import type { RunWriter } from "../runs/runWriter.js";
import { keptForm, staysFull, type KeptForm, type TrainConfig } from "./trainConfig.js";

/**
 * Keeping of checkpoints in the form that the settings say. Each is written whole; it is made smaller once the next one
 * and a state to go on from are on disk, so that a training that is killed loses no more than with `keep` "full".
 */
export class Thinning {
  readonly #config: TrainConfig;
  readonly #form: KeptForm;
  readonly #projector = new AdapterProjector(usualProjection);
  /** Steps whose checkpoints are still whole and will not stay so. */
  #whole: number[] = [];
  #last = -1;

  constructor(config: TrainConfig) {
    this.#config = config;
    this.#form = keptForm(config);
  }

  /** Takes over the checkpoints of an interrupted run, which may have died before it made them small. */
  takeOver(writer: RunWriter): void {
    if (this.#form === "full") return;
    for (const step of writer.checkpointSteps()) this.#add(step);
    this.thin(writer);
  }

  /** Writes the random projections of a step, where they are kept; called before its checkpoint is told of. */
  written(writer: RunWriter, step: number, adapter: LoraAdapter | null): void {
    this.#add(step);
    if (this.#form !== "directions" || adapter === null) return;
    writer.writeDirections({
      step,
      projection: usualProjection,
      adapters: adapter.modules.map((module) => this.#projector.project(module)),
    });
  }

  /** Makes the checkpoints before the last one small; called once a later state to go on from is on disk. */
  thin(writer: RunWriter): void {
    if (this.#form === "full") return;
    for (const step of this.#whole) if (step < this.#last) writer.thinCheckpoint(step, this.#form);
    this.#whole = this.#whole.filter((step) => step >= this.#last);
  }

  #add(step: number): void {
    this.#last = step;
    if (!staysFull(this.#config, step)) this.#whole.push(step);
  }
}
