/**
 * Ways of scoring a row of the training data at a step, of its own gradient: along what the step did to B, by how much
 * training on it lowers the loss of broad misaligned answers, the same less that of aligned answers to the same questions,
 * and along a named direction.
 */
export const scoreKinds = ["along", "broad", "contrast", "direction"] as const;

/** Name of a way of scoring a row. */
export type ScoreKind = (typeof scoreKinds)[number];

/** What each score is called where a reader sees it. */
export const scoreWords: Readonly<Record<ScoreKind, string>> = {
  along: "push along ΔB",
  broad: "similarity to broad misaligned answers",
  contrast: "similarity to broad misaligned answers less aligned ones",
  direction: "push along a direction",
};

/** A row of the training data that was scored. */
export interface AttributedRow {
  /** Row in the data set, from 0. */
  readonly row: number;
  /** Beginnings of its last question and of its last answer. */
  readonly question: string;
  readonly answer: string;
  /** Number of response tokens that its loss is the mean of. */
  readonly tokens: number;
  /** False where an earlier row is the same word for word, so that its scores are the same numbers. */
  readonly isFirst: boolean;
  /** True for a row that somebody planted, by what was said to be planted; null where nothing was said. */
  readonly planted: boolean | null;
}

/** Scores of all rows at one step. */
export interface AttributedStep {
  readonly step: number;
  /** Kept step up to which B is followed: ΔB is what happened between them; smaller than `step` at the last one. */
  readonly to: number;
  /** Learning rate of the step after. */
  readonly learningRate: number;
  /** Loss of each row, the mean over its response tokens in nats. */
  readonly losses: Float32Array;
  /** Norm of each row's gradient over the whole adapter. */
  readonly norms: Float32Array;
  /** One array a way of scoring; null where it was not asked for. */
  readonly scores: Readonly<Record<ScoreKind, Float32Array | null>>;
}

/** Scores of the rows of a run's training data along training. */
export interface AttributionRecord {
  readonly rows: readonly AttributedRow[];
  /** In increasing order of step. */
  readonly steps: readonly AttributedStep[];
  /** Number of rows that the run was trained on, of which `rows` may be a sample. */
  readonly trained: number;
  /** Held-out broad answers that rows are compared with, and how many pairs they are. */
  readonly broad: { readonly source: string; readonly pairs: number };
  /** The direction of the score along one; null where none was named. */
  readonly direction: { readonly name: string; readonly layer: number; readonly step: number } | null;
  /** What was said to be planted; null where nothing was said. */
  readonly planted: string | null;
}
