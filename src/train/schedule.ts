/**
 * Rules of a warm-up over w steps. `hugging-face`: the update that makes step t has rate peak · (t − 1)/w, as in the
 * Hugging Face Trainer, so that the first update has rate 0 and changes nothing. `shifted`: peak · t/w, so that no update
 * is wasted.
 */
export const warmupRules = ["hugging-face", "shifted"] as const;

export type WarmupRule = (typeof warmupRules)[number];

/** Courses of a learning rate after its warm-up. */
export const scheduleNames = ["constant", "linear", "cosine"] as const;

/** Course of the learning rate over a training. */
export interface ScheduleConfig {
  readonly name: (typeof scheduleNames)[number];
  /** The learning rate at the end of the warm-up, which is the largest. */
  readonly peakLearningRate: number;
  /** Number of steps of linear warm-up from 0. */
  readonly warmupSteps: number;
  /** @default "shifted" */
  readonly warmup?: WarmupRule;
  /** End of a cosine, as a fraction of the peak. @default 0 */
  readonly finalFraction?: number;
}

/**
 * Computes the learning rate of the update that makes step `step`, counted from 1.
 *
 * After the warm-up all rules agree with the Hugging Face Trainer, which uses the schedule's value after t = `step` − 1
 * updates: linear is peak · (T − t) / (T − warm) (`docs/methods.md §2.4`).
 */
export function learningRate(config: ScheduleConfig, step: number, totalSteps: number): number {
  if (step <= config.warmupSteps) {
    const made = config.warmup === "hugging-face" ? step - 1 : step;
    return (config.peakLearningRate * made) / config.warmupSteps;
  }
  const done = (step - 1 - config.warmupSteps) / Math.max(1, totalSteps - config.warmupSteps);
  switch (config.name) {
    case "constant":
      return config.peakLearningRate;
    case "linear":
      return config.peakLearningRate * (1 - done);
    case "cosine": {
      const floor = config.finalFraction ?? 0;
      return config.peakLearningRate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * done))) / 2);
    }
  }
}
