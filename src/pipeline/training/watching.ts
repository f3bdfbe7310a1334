import type { TransitionEvent } from "../../analysis/transitions/transitionWatch.js";
import type { Model } from "../../model/model.js";
import { appendTransitions, readTransitions, type FiredTransition } from "../../runs/transitionLog.js";
import type { StepReport, TrainRequest as Training } from "../../train/train.js";
import type { TrainConfig } from "../../train/trainConfig.js";
import { LiveDisposition } from "./liveDisposition.js";
import { TrainingWatch } from "./trainingWatch.js";

/** Training of a run, and who is told of it. */
export interface WatchedTraining {
  readonly directory: string;
  readonly model: Model;
  readonly config: TrainConfig;
  readonly onStep?: (report: StepReport) => void;
  /**
   * Called when a transition detector first fires on what has been trained; each is kept in `transitions.jsonl`. A
   * resumed run is watched from where it resumes.
   */
  readonly onTransition?: (event: TransitionEvent) => void;
  /**
   * Checkpoints whose prompts are read along the usual personas while the run is trained: the first, the last and those at
   * steps divisible by this. See `LiveDisposition`. @default none
   */
  readonly dispositionEvery?: number;
  /** Called once where prompts can no longer be read; the training goes on without. */
  readonly onUnread?: (message: string) => void;
}

/**
 * Makes what a training reports to: the caller; the transition detectors, where the caller wants to know; and the reader of
 * prompts, where the caller asks for one.
 */
export function watching(request: WatchedTraining): Pick<Training, "onStep" | "onCheckpoint" | "onWritten"> {
  const { directory, onStep, onTransition, dispositionEvery: every } = request;
  const watch = onTransition === undefined ? null : new TrainingWatch();
  const live = every === undefined ? null : new LiveDisposition({ ...request, every });
  return {
    ...(live === null
      ? {}
      : {
          onWritten: async (step, isLast) => {
            const curve = await live.follow(step, isLast);
            // A resumed run's curve begins at its beginning, so that its turn would be found again.
            if (curve !== null && !hasFired(directory)) watch?.setDisposition(curve);
          },
        }),
    ...(watch === null ? {} : { onCheckpoint: (step, adapter) => watch.addCheckpoint(step, adapter) }),
    onStep: (report) => {
      onStep?.(report);
      const events = watch?.addStep(report.step, report.gradientNorm) ?? [];
      appendTransitions(directory, events.map(firedTransition));
      for (const event of events) onTransition?.(event);
    },
  };
}

function hasFired(directory: string): boolean {
  return readTransitions(directory).some(({ indicator }) => indicator === "disposition");
}

/** Converts a transition to the form that is kept with the run. */
function firedTransition({ knownAt, transition }: TransitionEvent): FiredTransition {
  const { indicator, step, interval, adapter, method } = transition;
  return { knownAt, indicator, step, interval, ...(adapter === undefined ? {} : { adapter }), method };
}
