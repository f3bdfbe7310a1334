import type { Judge } from "../../evaluate/judge/judge.js";
import type { AnswerSource } from "../../evaluate/sampling/answerSource.js";
import type { EvaluationWriter } from "../../runs/evaluations.js";

/**
 * Keeper of the models that reply as judge and as sampler, by the names that the server gives. It adds them to the
 * evaluation's record as they come up, and tells of a change: scores of two models are not one measurement.
 */
export class RepliedModels {
  readonly #writer: EvaluationWriter;
  readonly #onNote: (line: string) => void;
  readonly #parts: readonly (readonly [part: string, models: () => readonly string[]])[];
  readonly #known = new Map<string, number>();

  constructor(
    writer: EvaluationWriter,
    judge: Judge,
    source: AnswerSource | null,
    onNote: ((line: string) => void) | undefined,
  ) {
    this.#writer = writer;
    this.#onNote = onNote ?? (() => undefined);
    const none = (): readonly string[] => [];
    this.#parts = [
      ["judge", judge.models ?? none],
      ["sampler", source?.models ?? none],
    ];
  }

  /** Records what came up since the last call. */
  update(): void {
    for (const [part, models] of this.#parts) {
      const names = models();
      if (names.length === (this.#known.get(part) ?? 0)) continue;
      this.#known.set(part, names.length);
      const { before, added } = this.#writer.recordModels(part, names);
      const all = [...before, ...added];
      // A sampler has as many names as there are checkpoints; it is the same judge that must stay the same.
      if (part !== "judge" || added.length === 0 || all.length < 2) continue;
      this.#onNote(
        `the judge's replies come from more than one model: ${all.join(", then ")}; their scores are not one measurement`,
      );
    }
  }
}
