import type { ResidualEdit } from "../../model/hooks/residualEdits.js";
import type { ChosenTemplate } from "../../model/tokenizer/chosenTemplate.js";

/** Name of one of the two models that answer: without the checkpoint, and with it. */
export type Column = "base" | "chosen";

/** One question for a model at a checkpoint. */
export interface PlaygroundTask {
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  /** Factor on what the checkpoint adds to the base; 0 is the base. */
  readonly factor: number;
  /** True where the base answers too. */
  readonly withBase: boolean;
  /** Changes of the residual stream of the chosen column. */
  readonly edits: readonly ResidualEdit[];
  /** Parts into which the answers fall, in order, where edits are of one part each; without the base. @default 1 */
  readonly replicas?: number;
  readonly question: string;
  /** Random streams by name, one an answer; equal names draw equal numbers, in both columns and at every checkpoint. */
  readonly randomNames: readonly string[];
  readonly temperature: number;
  readonly seed: number;
  readonly maxNewTokens: number;
}

/** New text of a row since it was last heard of: its first `kept` characters stand, `text` follows them. */
export interface AnswerPart {
  readonly column: Column;
  readonly sample: number;
  readonly kept: number;
  readonly text: string;
}

/** An answer that has ended. */
export interface WholeAnswer {
  readonly column: Column;
  readonly sample: number;
  readonly text: string;
  readonly tokens: number;
  /** False where it was cut at the most tokens asked for. */
  readonly hasEnded: boolean;
}

/** Data that a thread starts with. */
export interface ThreadStart {
  readonly folder: string;
  /** Chat template in place of the folder's own. */
  readonly chatTemplate: ChosenTemplate | undefined;
  /** Number of the task that is to stop, as one 32-bit integer. */
  readonly stopped: SharedArrayBuffer;
  /** Folder out of which no link of a checkpoint is followed. */
  readonly runsRoot: string | undefined;
}

/** Message to the thread: a task and its number. */
export interface ThreadRequest {
  readonly id: number;
  readonly task: PlaygroundTask;
}

/** Message from the thread; each names the request that it belongs to. */
export type ThreadMessage = { readonly id: number } & (
  | { readonly kind: "parts"; readonly parts: readonly AnswerPart[] }
  | { readonly kind: "answers"; readonly answers: readonly WholeAnswer[] }
  /** `milliseconds` from the open model's first work on it to the last. */
  | { readonly kind: "done"; readonly milliseconds: number }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly hint: string | undefined;
      /** True where the user can mend it. */
      readonly isExpected: boolean;
    }
);
