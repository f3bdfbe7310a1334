import { toJson } from "../../analysis/toJson.js";
import { eventWords } from "../../pipeline/training/trainingWatch.js";
import type { TrainRequest } from "../../pipeline/training/trainRun.js";
import { datasetUseWords } from "../../train/data/dataset.js";
import type { StepReport } from "../../train/train.js";
import { everyStep } from "../../train/checkpointSchedule.js";
import { keptForm, type KeptForm, type TrainConfig } from "../../train/trainConfig.js";
import { Pace } from "./pace.js";
import { startProgress, type Progress } from "./progress.js";
import { print, tell } from "./terminal.js";
import { commandLine } from "../../hints.js";

type Callbacks = Pick<TrainRequest, "onSetAside" | "onData" | "onStep" | "onTransition" | "onUnread">;

/** What a training has left of its kept steps. */
const keptWords: Readonly<Record<KeptForm, string>> = {
  full: "a checkpoint",
  bf16: "a checkpoint (most in bfloat16)",
  directions: "random projections",
};

/**
 * Reports trainings as they go: a bar for people, or for programs one JSON object a line, each with its `event`: data,
 * set-aside, step, transition, unread, end.
 */
export class TrainingReport {
  readonly #source: string;
  readonly #isJson: boolean;
  #progress: Progress;
  /** Runs that go through the model together now. */
  #together: readonly string[] = [];
  #losses: number[] = [];
  #pace = new Pace();
  #before: number | null = null;
  #last: StepReport | null = null;

  /** @param source data set, as it was named */
  constructor({ source, isJson }: { readonly source: string; readonly isJson: boolean }) {
    this.#source = source;
    this.#isJson = isJson;
    this.#progress = startProgress("training", { quiet: isJson });
  }

  /** Takes note of runs that start together. */
  group(directories: readonly string[], isGrid: boolean): void {
    this.#together = directories;
    this.#losses = [];
    this.#pace = new Pace();
    this.#before = null;
    if (!isGrid) return;
    this.#progress.stop();
    this.#progress = startProgress("training", { quiet: this.#isJson });
    if (!this.#isJson) tell(`training ${directories.join(", ")}`);
  }

  /** Gives what a run reports to. */
  of(run: string, config: TrainConfig): Callbacks {
    return {
      onSetAside: (directory) => {
        if (this.#isJson) this.#emit("set-aside", { run, directory });
        else tell(`the run that was there is kept as ${directory}`);
      },
      onData: (use) => {
        if (this.#isJson) {
          this.#emit("data", { run, ...use });
          return;
        }
        const words = datasetUseWords(use, config.maxLength);
        if (words !== null && run === this.#together[0]) this.#progress.say(`${this.#source}: ${words}`);
      },
      onStep: (report) => this.#step(run, report),
      onTransition: (event) => {
        if (!this.#isJson) {
          const which = this.#together.length > 1 ? `${run}: ` : "";
          this.#progress.say(`${which}${eventWords(event)}`);
          return;
        }
        const { knownAt, transition } = event;
        const { indicator, step, interval, adapter, method } = transition;
        this.#emit("transition", { run, knownAt, indicator, step, interval, adapter, method });
      },
      onUnread: (message) => {
        if (this.#isJson) this.#emit("unread", { run, message });
        else this.#progress.say(`${run}: its prompts are read no more, the training goes on: ${message}`);
      },
    };
  }

  stop(): void {
    this.#progress.stop();
  }

  /** Says how it ended, and what to do next. */
  end(
    status: "finished" | "interrupted",
    {
      directory,
      targets,
      config,
    }: { readonly directory: string; readonly targets: readonly string[]; readonly config: TrainConfig },
  ): void {
    if (this.#isJson) {
      this.#emit("end", { status, runs: targets });
      return;
    }
    const which = targets.length === 1 ? directory : `${targets.length} runs (${targets.join(", ")})`;
    if (status === "interrupted") {
      print(
        `${which}: interrupted; what was trained is readable\nnext: ${commandLine("train", directory, "--resume")}` +
          (targets.length === 1 ? "" : " with the same seeds and rates"),
      );
      return;
    }
    const made = this.#last?.step ?? config.steps;
    const early =
      made < config.steps ? `ended early after ${made} of ${config.steps} steps` : `${made} steps`;
    const kept = config.checkpoints ?? everyStep;
    print(
      `${which}: ${early}, ${keptWords[keptForm(config)]} at ${kept === everyStep ? "each" : kept}\nnext: ${commandLine("serve", ...targets)}`,
    );
  }

  #step(run: string, report: StepReport): void {
    const { step, steps, loss, gradientNorm, tokens } = report;
    this.#losses.push(loss);
    this.#last = report;
    const isLast = run === this.#together.at(-1);
    const now = performance.now() / 1000;
    const rate =
      this.#before === null ? null : (tokens * this.#together.length) / Math.max(1e-9, now - this.#before);
    const left = isLast ? this.#pace.secondsLeft(step, steps, now) : null;
    if (this.#isJson) {
      this.#emit("step", {
        run,
        ...report,
        ...(isLast ? { tokensPerSecond: rate, secondsLeft: left } : {}),
      });
    } else if (isLast) {
      const [least, most] = [Math.min(...this.#losses), Math.max(...this.#losses)];
      const range = this.#together.length === 1 ? loss.toFixed(4) : `${least.toFixed(3)}–${most.toFixed(3)}`;
      const speed = rate === null ? "" : `  ${Math.round(rate)} tokens/s`;
      this.#progress.update(step, steps, `loss ${range}  gradient ${gradientNorm.toFixed(4)}${speed}`);
    }
    if (!isLast) return;
    this.#before = now;
    this.#losses = [];
  }

  #emit(event: string, content: object): void {
    print(JSON.stringify(toJson({ event, ...content })));
  }
}
