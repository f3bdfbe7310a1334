import { createEngine } from "../../tensor/engine.js";
import { ProgramCache } from "../../tensor/programCache.js";
import { openCheckpoint, openCheckpoints, type CheckpointModel } from "../../model/checkpointModel.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { generate, type GenerationOptions, type GenerationRow } from "../../model/generation/generate.js";
import { isFasterInWorkers } from "../../model/generation/generationPool.js";
import type { ChosenTemplate } from "../../model/tokenizer/chosenTemplate.js";
import { openModel, type Model } from "../../model/model.js";
import { AnswerParts } from "./answerParts.js";
import type { AnswerPart, Column, PlaygroundTask, WholeAnswer } from "./playgroundMessages.js";

/** Listener that is told of a task's progress. */
export interface TaskListener {
  readonly onParts: (parts: readonly AnswerPart[]) => void;
  readonly onAnswers: (answers: readonly WholeAnswer[]) => void;
  /** Tells whether to give up; asked after every token. */
  readonly isStopped: () => boolean;
}

/** Error thrown when a task was given up. */
export class Stopped extends Error {}

/** Most programs that stay compiled: two prompts and caches of four lengths for a few numbers of answers. */
const programsKept = 64;

/** A base model that answers questions as the checkpoints of its runs would, one question at a time. */
export class PlaygroundModel {
  readonly #model: Model;
  /** Checkpoint that was asked last, where it holds weights: those take long to open. */
  #weights: (CheckpointModel & { readonly key: string }) | null = null;

  private constructor(model: Model) {
    this.#model = model;
  }

  /**
   * Opens the base model in a folder.
   *
   * @throws TurncoatError where the folder holds no model that opens here
   */
  static async open(folder: string, chatTemplate?: ChosenTemplate): Promise<PlaygroundModel> {
    const opened = openModel(folder, await createEngine(), { chatTemplate });
    // Several threads at the short operations of a small model mostly wait for each other.
    const engine = isFasterInWorkers(opened)
      ? await createEngine({ engine: opened.engine.description.name, threads: 1 })
      : opened.engine;
    return new PlaygroundModel({ ...opened, engine, programs: new ProgramCache(engine, programsKept) });
  }

  /**
   * Answers a question in both columns, or in the chosen one. Adapters answer for both in one batch, whose passes over
   * the weights they share; where a checkpoint holds weights, the columns take turns token by token.
   *
   * @throws Stopped where the listener gave it up; TurncoatError where the checkpoint does not fit the model
   */
  async answer(task: PlaygroundTask, listener: TaskListener): Promise<void> {
    const promptIds = this.#model.tokenizer.encodePrompt([{ role: "user", content: task.question }]);
    const rows = task.randomNames.map((randomName): GenerationRow => ({ promptIds, randomName }));
    const { temperature, seed, maxNewTokens } = task;
    const sampling = { temperature, seed, maxNewTokens };
    const isAdapter = checkpointKind(task.checkpoint) !== "weights";
    if (task.withBase && isAdapter) {
      const factors = [0, task.factor];
      const { model, adapters } = openCheckpoints(
        this.#model,
        factors.map((factor) => ({ path: task.checkpoint, factor })),
      );
      const options = {
        ...sampling,
        ...(adapters === undefined ? {} : { adapters }),
        edits: task.edits.map((edit) => ({ ...edit, replica: 1 })),
      };
      await this.#draw(model, [...rows, ...rows], options, ["base", "chosen"], listener);
      return;
    }
    const chosen = await this.#open(task.checkpoint, task.factor);
    const replicas = task.replicas === undefined ? {} : { replicas: task.replicas };
    const draw = (opened: Pick<CheckpointModel, "model" | "adapters">, column: Column): Promise<void> => {
      const options = {
        ...sampling,
        ...(opened.adapters === undefined ? {} : { adapters: opened.adapters }),
        ...(column === "chosen" ? { edits: task.edits, ...replicas } : {}),
      };
      return this.#draw(opened.model, rows, options, [column], listener);
    };
    await Promise.all([
      ...(task.withBase ? [draw({ model: this.#model }, "base")] : []),
      draw(chosen, "chosen"),
    ]);
  }

  async #open(path: string, factor: number): Promise<CheckpointModel> {
    if (checkpointKind(path) !== "weights") return openCheckpoint(this.#model, path, factor);
    const key = `${path} ${factor}`;
    if (this.#weights?.key === key) return this.#weights;
    await this.#weights?.dispose();
    this.#weights = { ...openCheckpoint(this.#model, path, factor), key };
    return this.#weights;
  }

  async #draw(
    model: Model,
    rows: readonly GenerationRow[],
    options: Omit<GenerationOptions, "onTokens">,
    drawn: readonly Column[],
    listener: TaskListener,
  ): Promise<void> {
    const parts = new AnswerParts((ids) => model.tokenizer.decode(ids), drawn, rows.length / drawn.length);
    const answers = await generate(model, rows, {
      ...options,
      onTokens: (soFar) => {
        if (listener.isStopped()) throw new Stopped();
        const { changed, ended } = parts.take(soFar);
        if (changed.length > 0) listener.onParts(changed);
        if (ended.length > 0) listener.onAnswers(ended);
      },
    });
    listener.onAnswers(parts.finish(answers));
  }
}
