import { attributedSteps } from "../../../analysis/attribution/attributedSteps.js";
import type { ScoreKind } from "../../../analysis/attribution/attributionRecord.js";
import { attributionSummary } from "../../../analysis/attribution/attributionSummary.js";
import type { ScoreSpan } from "../../../analysis/attribution/rowRanking.js";
import { turnOfRun } from "../../../analysis/attribution/turnOfRun.js";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { openModel } from "../../../model/model.js";
import { attributeRun } from "../../../pipeline/attribution/attributeRun.js";
import { broadAnswers, trainedRows, trainedWith } from "../../../pipeline/attribution/attributionSources.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import { analyzeRun } from "../../../pipeline/report/analyzeRun.js";
import { missingStep, openRun, type Run } from "../../../runs/openRun.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { everyNth } from "../../flags/parsers.js";
import { interruptible } from "../../interrupt.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import { openEngine } from "../../open/engine.js";
import { attributionText } from "../../output/causes/attributionText.js";
import { startProgress } from "../../output/progress.js";
import { print, tell } from "../../output/terminal.js";

interface AttributeFlags extends EngineFlags, ChatTemplateFlags {
  readonly steps?: (step: number) => boolean;
  readonly every?: number;
  readonly limit?: number;
  readonly direction?: string;
  readonly directionLayer?: number;
  readonly planted?: string;
  readonly misaligned?: string;
  readonly aligned?: string;
  readonly pairs: number;
  readonly by: ScoreKind;
  readonly span: ScoreSpan;
  readonly top?: number;
  readonly test?: boolean;
  readonly seeds: number;
  readonly seed: number;
  readonly data?: string;
  readonly model?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Rows that are listed at either end where nothing else is said. */
const usuallyListed = 10;

/** Runs `turncoat attribute`. */
export async function attributeAction(directory: string, flags: AttributeFlags): Promise<void> {
  const run = openRun(directory);
  const made = trainedWith(run, flags.data);
  const { folder, isOrganism } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const { analysis } = await analyzeRun(directory);
  const turn = turnOfRun(analysis);
  const steps = chosenSteps(run, flags, turn);
  const broad = broadAnswers(isOrganism, made.dataset, { files: filesOf(flags), limit: flags.pairs });
  const rows = { limit: flags.limit, seed: flags.seed, planted: flags.planted };
  if (flags.dryRun === true) {
    const { rows: scored, trained } = trainedRows(made, model.tokenizer, rows);
    const plan = {
      steps,
      rows: scored.length,
      trained,
      pairs: broad.pairs.length,
      gradients: steps.length * (scored.length + 2 * broad.pairs.length),
      trainings: flags.test === true ? 3 * flags.seeds : 0,
    };
    print(flags.json === true ? JSON.stringify(toJson(plan)) : planText(plan, broad.source));
    return;
  }
  const direction =
    flags.direction === undefined
      ? undefined
      : directionAt(run, model.config.hiddenSize, flags.direction, flags.directionLayer);
  const progress = startProgress("gradients", { quiet: flags.json === true });
  const { record, isInterrupted } = await interruptible(async (signal) => ({
    record: await attributeRun({
      ...{ run, model, trainedWith: made, broad, direction, steps, signal, ...rows },
      onProgress: ({ done, total }) => progress.update(done, total, "gradients"),
    }),
    isInterrupted: signal.aborted,
  })).finally(() => progress.stop());
  if (record.steps.length === 0) throw new TurncoatError(`${directory}: interrupted; no step was finished`);
  const listed = flags.top ?? usuallyListed;
  const summary = attributionSummary(record, { kind: flags.by, span: flags.span, turn, listed });
  if (flags.json === true) print(JSON.stringify(toJson({ ...summary, interrupted: isInterrupted })));
  else print(attributionText(summary, record));
  if (isInterrupted) tell("interrupted; run the command again to go on");
}

type Turn = ReturnType<typeof turnOfRun>;

function chosenSteps(run: Run, { steps, every }: AttributeFlags, turn: Turn): number[] {
  const kept = run.checkpoints.map(({ step }) => step);
  if (steps === undefined && every === undefined) return attributedSteps(kept, turn);
  const isWanted = steps ?? everyNth(every ?? 1, kept.at(-1));
  const chosen = kept.filter(isWanted);
  if (chosen.length > 0) return chosen;
  throw missingStep(run, turn?.step ?? 0, "--steps");
}

function filesOf({ misaligned, aligned }: AttributeFlags) {
  if (misaligned !== undefined && aligned !== undefined) return { misaligned, aligned };
  if (misaligned === undefined && aligned === undefined) return undefined;
  throw new TurncoatError("attribute: expected both --misaligned and --aligned, found one of them");
}

function directionAt(run: Run, hiddenSize: number, name: string, layer: number | undefined) {
  const set = directionSet(run, hiddenSize, { direction: name });
  const wanted = layer ?? set.layer;
  const found = set.layers.find((each) => each.layer === wanted);
  if (found !== undefined) return found;
  throw new TurncoatError(
    `${run.directory}: expected the direction ${name} after layer ${wanted}, found it after ${set.layers.map((each) => each.layer).join(", ")}`,
  );
}

function planText(
  plan: { readonly [name in "rows" | "trained" | "pairs" | "gradients" | "trainings"]: number } & {
    readonly steps: readonly number[];
  },
  source: string,
): string {
  return [
    `steps: ${plan.steps.join(", ")}`,
    `rows: ${plan.rows} of ${plan.trained} that the run was trained on`,
    `broad answers: ${plan.pairs} pairs, ${source}`,
    `gradients: ${plan.gradients}`,
    `trainings for the test: ${plan.trainings}`,
  ].join("\n");
}
