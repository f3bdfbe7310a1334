import { detectors, type TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { eventWords } from "../../analysis/transitions/events.js";
import type { Model } from "../../model/model.js";
import { namedControl, heldAgainstControls } from "../report/controlledRun.js";
import { analyzeRun, type AnalyzedRun } from "../report/analyzeRun.js";
import { measureDisposition } from "../measurement/measureDisposition.js";
import { promptQuestions } from "../measurement/promptQuestions.js";
import { usualPersonasOf } from "../measurement/usualPersonas.js";
import { openRun } from "../../runs/openRun.js";

/** What every sign says of one run, by the sign's name; NaN where it says nothing. */
export type RunSigns = ReadonlyMap<string, number>;

/** Steps between two readings of the disposition. */
const readEvery = 10;

/** Signs of verdicts: an event, none, or that it cannot be told. */
const [present, absent, untold] = [1, 0, 0.5];

/** Indicators that need no answer. */
const mechanistic: readonly TransitionIndicator[] = detectors
  .filter(({ needs }) => needs !== "answers" && needs !== "distributionChange")
  .map(({ name }) => name);

/**
 * Reads the signs of one sealed run, none of which needs an answer of it: whether each detector finds an event; whether its
 * control has that event too; where prompts lie at the end along the difference of personas; and two numbers of which nobody
 * claims anything, to measure the others by: how long B is at the end, and the loss of the first step.
 */
export async function runSigns(directory: string, model: Model, signal?: AbortSignal): Promise<RunSigns> {
  await readDisposition(directory, model, signal);
  const analyzed = await analyzeRun(directory);
  const control = namedControl(directory, analyzed.run.manifest);
  if (control !== null) await readDisposition(control, model, signal);
  const held = control === null ? null : await heldAgainstControls(analyzed, [control]);
  const ofControl = (indicator: TransitionIndicator): number => {
    const verdict = held?.verdicts.find((each) => each.indicator === indicator)?.verdict;
    if (held === null) return NaN;
    return verdict === "specific" ? present : verdict === "cannotTell" ? untold : absent;
  };
  const { analysis } = analyzed;
  const { log } = analyzed.run;
  return new Map([
    ...mechanistic.flatMap((indicator): (readonly [string, number])[] => {
      const found = verdictOf(analyzed, indicator);
      return Number.isNaN(found)
        ? []
        : [
            [eventWords(indicator), found],
            [
              `${eventWords(indicator)}, and not in the control`,
              found === present ? ofControl(indicator) : found,
            ],
          ];
    }),
    ["prompts toward the misaligned persona at the end", analysis.disposition?.values.at(-1) ?? NaN],
    ["length of B at the end", analysis.adapters[0]?.B.norm.values.at(-1) ?? NaN],
    ["loss of the first step", log.find(({ loss }) => loss !== undefined)?.loss ?? NaN],
  ]);
}

function verdictOf({ analysis }: AnalyzedRun, indicator: TransitionIndicator): number {
  if (analysis.transitions.some((each) => each.indicator === indicator)) return present;
  const missing = analysis.absent.find((each) => each.indicator === indicator);
  if (missing === undefined) return NaN;
  return missing.verdict === "doesNotTurn" ? absent : untold;
}

async function readDisposition(
  directory: string,
  model: Model,
  signal: AbortSignal | undefined,
): Promise<void> {
  const run = openRun(directory);
  const last = run.checkpoints.at(-1)?.step;
  await measureDisposition({
    ...{ run, model },
    isStepWanted: (step) => step % readEvery === 0 || step === last,
    directions: [await usualPersonasOf(run, model, true)],
    questions: promptQuestions(run, true, { limit: 48 }),
    ...(signal === undefined ? {} : { signal }),
  });
}
