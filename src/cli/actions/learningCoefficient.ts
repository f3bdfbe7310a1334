import { attributedSteps } from "../../analysis/attribution/attributedSteps.js";
import { turnOfRun } from "../../analysis/attribution/turnOfRun.js";
import { coefficientVerdict, sizeDiagnostics } from "../../analysis/learningCoefficient/plateau.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { trainedWith } from "../../pipeline/attribution/attributionSources.js";
import { baseModelOf } from "../../pipeline/catalog/baseModelOf.js";
import {
  evaluationsOf,
  measureLearningCoefficient,
} from "../../pipeline/learningCoefficient/measureLearningCoefficient.js";
import { analyzeRun } from "../../pipeline/report/analyzeRun.js";
import type { RunLearningCoefficient } from "../../pipeline/results/learningCoefficientResult.js";
import { missingStep, openRun, type Run } from "../../runs/openRun.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import { openEngine } from "../open/engine.js";
import { learningCoefficientText } from "../output/directions/learningCoefficientText.js";
import { startProgress } from "../output/progress.js";
import { print, tell } from "../output/terminal.js";

interface LearningCoefficientFlags extends EngineFlags, ChatTemplateFlags {
  readonly steps?: (step: number) => boolean;
  readonly rows: number;
  readonly chains: number;
  readonly draws: number;
  readonly burnIn: number;
  readonly together: number;
  readonly localization: number;
  readonly stepSizes: readonly number[];
  readonly seed: number;
  readonly unitsOf?: string;
  readonly data?: string;
  readonly model?: string;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Numbers of steps that are measured where nothing else is said: each takes thousands of gradients. */
const usualSteps = { spread: 4, close: 3 };

/** Runs `turncoat learning-coefficient`. */
export async function learningCoefficientAction(
  directory: string,
  flags: LearningCoefficientFlags,
): Promise<void> {
  const run = openRun(directory);
  const made = trainedWith(run, flags.data);
  const { chains, draws, burnIn, together, localization, seed, rows } = flags;
  const settings = { stepShares: flags.stepSizes, chains, draws, burnIn, together, localization, seed };
  const steps = await chosenSteps(run, flags.steps);
  if (flags.dryRun === true) {
    const { least, most } = evaluationsOf(settings, rows);
    const [leastGradients, gradients] = [steps.length * least, steps.length * most];
    const words = leastGradients === gradients ? String(gradients) : `${leastGradients} to ${gradients}`;
    print(
      flags.json === true
        ? JSON.stringify({ steps, gradients, leastGradients })
        : `steps: ${steps.join(", ")}\ngradients over ${together} rows: ${words}`,
    );
    return;
  }
  const { folder } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const progress = startProgress("sampling", { quiet: flags.json === true });
  const { record, isInterrupted } = await interruptible(async (signal) => ({
    record: await measureLearningCoefficient({
      ...{ run, model, trainedWith: made, steps, rows, settings, signal },
      unitsOf: flags.unitsOf === undefined ? undefined : openRun(flags.unitsOf),
      overwrite: flags.overwrite,
      onProgress: ({ done, total }) => progress.update(done, total, "gradients"),
    }),
    isInterrupted: signal.aborted,
  })).finally(() => progress.stop());
  if (record.steps.length === 0) throw new TurncoatError(`${directory}: interrupted; no step was finished`);
  if (flags.json === true) print(JSON.stringify(toJson({ ...toldOf(record), interrupted: isInterrupted })));
  else print(learningCoefficientText(record));
  if (isInterrupted) tell("interrupted; run the command again to go on");
}

async function chosenSteps(run: Run, isWanted: ((step: number) => boolean) | undefined): Promise<number[]> {
  const kept = run.checkpoints.map(({ step }) => step);
  if (isWanted === undefined) {
    const { analysis } = await analyzeRun(run);
    return attributedSteps(kept, turnOfRun(analysis), usualSteps);
  }
  const chosen = kept.filter(isWanted);
  if (chosen.length > 0) return chosen;
  throw missingStep(run, 0, "--steps");
}

/** What is kept, without traces of losses, and with what is said of every step. */
function toldOf({ steps, ...about }: RunLearningCoefficient) {
  return {
    ...about,
    steps: steps.map((at) => ({
      ...at,
      verdict: coefficientVerdict(at, about),
      sizes: at.sizes.map(({ chains, ...size }) => ({
        ...size,
        ...sizeDiagnostics({ chains, ...size }, at, about),
        chains: chains.map(({ value, isFailed }) => ({ value, isFailed })),
      })),
    })),
  };
}
