import { attributedSteps } from "../../../analysis/attribution/attributedSteps.js";
import type { ScoreKind } from "../../../analysis/attribution/attributionRecord.js";
import { attributionSummary } from "../../../analysis/attribution/attributionSummary.js";
import { removalTest } from "../../../analysis/attribution/removalTest.js";
import { rankedRows, scoresOf, type ScoreSpan } from "../../../analysis/attribution/rowRanking.js";
import { turnOfRun } from "../../../analysis/attribution/turnOfRun.js";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { openModel } from "../../../model/model.js";
import { attributeRun } from "../../../pipeline/attribution/attributeRun.js";
import { broadAnswers, trainedRows, trainedWith } from "../../../pipeline/attribution/attributionSources.js";
import { trainWithout, type WithoutRequest } from "../../../pipeline/attribution/trainWithout.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import { analyzeRun } from "../../../pipeline/report/analyzeRun.js";
import type { RunAttribution } from "../../../pipeline/results/attributionResult.js";
import { writeRemoval, type RunRemoval } from "../../../pipeline/results/removalResult.js";
import { missingStep, openRun, type Run } from "../../../runs/openRun.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { everyNth } from "../../flags/parsers.js";
import { interruptible } from "../../interrupt.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import { openEngine } from "../../open/engine.js";
import { removalText } from "../../output/causes/removalText.js";
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
  const listed = flags.test === true ? usuallyListed : (flags.top ?? usuallyListed);
  const summary = attributionSummary(record, { kind: flags.by, span: flags.span, turn, listed });
  const tested =
    flags.test === true && !isInterrupted
      ? await testRows({ run, model, trainedWith: made, broad, isOrganism }, record, summary.step, flags)
      : null;
  const interrupted = isInterrupted || (flags.test === true && tested === null);
  const test = tested === null ? null : { ...tested, ...removalTest(tested.outcomes) };
  if (flags.json === true) print(JSON.stringify(toJson({ ...summary, test, interrupted })));
  else {
    print(attributionText(summary, record));
    print(
      test === null
        ? "\nA score is a description: --test tells whether the run turns without these rows."
        : `\n${removalText(test)}`,
    );
  }
  if (interrupted) tell("interrupted; run the command again to go on");
}

/** Share of the rows that the test leaves out where nothing else is said and nothing is known to be planted. */
const usuallyLeftOut = 0.05;

/** Trains again without the top rows and without as many at random; null where it was interrupted. */
async function testRows(
  sources: Pick<WithoutRequest, "run" | "model" | "trainedWith" | "broad" | "isOrganism">,
  record: RunAttribution,
  step: number,
  flags: AttributeFlags,
): Promise<RunRemoval | null> {
  const { by: kind, span } = flags;
  const order = rankedRows(scoresOf(record, { kind, span, step }));
  const planted = record.rows.filter((row) => row.planted === true).length;
  const top =
    flags.top ?? (planted > 0 ? planted : Math.max(1, Math.round(usuallyLeftOut * record.rows.length)));
  if (order.length < 2 * top) {
    throw new TurncoatError(
      `--top: expected at most half of the ${order.length} rows that were scored, found ${top}`,
    );
  }
  const first = sources.trainedWith.config.seed;
  const progress = startProgress("without rows", { quiet: flags.json === true });
  const outcomes = await interruptible((signal) =>
    trainWithout({
      ...sources,
      ...{ signal, ranking: `${kind}-${span}` },
      top: order.slice(0, top).flatMap((place) => record.rows[place]?.row ?? []),
      rows: record.rows.map(({ row }) => row),
      seeds: Array.from({ length: flags.seeds }, (_, index) => first + index),
      onProgress: ({ done, total, note }) => progress.update(done, total, note),
    }),
  ).finally(() => progress.stop());
  if (outcomes === null) return null;
  const { trained, broad } = record;
  const removal: RunRemoval = { formatVersion: 1, ...{ kind, span, step, top, trained, broad, outcomes } };
  writeRemoval(sources.run.directory, removal);
  return removal;
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
  plan: Readonly<Record<"rows" | "trained" | "pairs" | "gradients" | "trainings", number>> & {
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
