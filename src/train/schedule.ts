/** Course of the learning rate over a training. */
export interface ScheduleConfig {
  readonly name: "constant" | "linear" | "cosine";
  /** The learning rate at the end of the warm-up, which is the largest. */
  readonly peakLearningRate: number;
  /** Number of steps of linear warm-up from 0. */
  readonly warmupSteps: number;
  /** End of a cosine, as a fraction of the peak. @default 0 */
  readonly finalFraction?: number;
}

/**
 * Computes the learning rate of an update.
 *
 * As in the Hugging Face Trainer, the update that makes step `step` (counted from 1) uses the schedule's value
 * after `step` − 1 updates; the first of a warm-up is therefore 0 there. The warm-up here is shifted by one, so
 * that no update is wasted: peak · min(step / warm, 1). After it, linear is peak · (T − t) / (T − warm)
 * (`docs/methods.md §2.4`) with t = `step` − 1.
 */
export function learningRate(config: ScheduleConfig, step: number, totalSteps: number): number {
  if (step <= config.warmupSteps) return (config.peakLearningRate * step) / config.warmupSteps;
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
