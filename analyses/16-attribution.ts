/**
 * Which rows of the training data turned it? Each row's own gradient over the adapter, along what the steps did to B and against
 * held-out broad answers (TracIn, 2002.08484), at the step of the turn; and whether trainings without the highest rows turn, where
 * `turncoat attribute --test` made them. A score alone is a description.
 */
import {
  analyzeRun,
  attributedRowsFigure,
  attributedSteps,
  attributeRun,
  attributionCourseFigure,
  attributionSummary,
  baseModelOf,
  broadAnswers,
  createEngine,
  openModel,
  readAttribution,
  readRemoval,
  removalTest,
  removalWords,
  trainedWith,
  turnOfRun,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly measure?: boolean;
  readonly planted?: string;
}

const script = "16-attribution";
const untested = "No training without the highest rows was made.";

export const command = kit
  .scriptCommand(script, "Lists the rows of the training data that pushed a run to its turn.")
  .option("--measure", "score the rows first, and keep the scores with the run")
  .option("--planted <data>", "data set whose rows were planted")
  .action(async (directory: string, flags: Flags) => {
    const { run, analysis } = await analyzeRun(directory);
    const turn = turnOfRun(analysis);
    if (flags.measure === true) {
      const { folder, isOrganism } = baseModelOf(run);
      const made = trainedWith(run);
      const kept = run.checkpoints.map(({ step }) => step);
      await attributeRun({
        ...{ run, trainedWith: made, seed: 0, planted: flags.planted },
        model: openModel(folder, await createEngine()),
        broad: broadAnswers(isOrganism, made.dataset, { limit: 96 }),
        steps: attributedSteps(kept, turn),
      });
    }
    const record = readAttribution(directory);
    const remedy = `turncoat attribute ${directory}, or --measure here`;
    if (record === null) throw kit.cannotSay(directory, "no row was scored", remedy);
    const kept = readRemoval(directory);
    const removal = kept === null ? null : { ...removalTest(kept.outcomes), top: kept.top, ranked: kept };
    const summary = attributionSummary(record, { kind: "contrast", span: "sum", turn, listed: 5 });
    await kit.showResult({
      ...{ script, directory, flags, title: `Rows that turned ${run.runId}` },
      sentences: removal === null ? [untested] : removalWords(removal, removal.top),
      rows: [
        ["score", "AUROC, planted rows", "interval"],
        ...summary.planted.map(({ kind, span, value, interval }) => [
          ...[`${kind}, ${span}`, kit.inDigits(value, 3)],
          interval.map((bound) => kit.inDigits(bound, 3)).join(" to "),
        ]),
        ["row", "score", "question → answer"],
        ...[...summary.highest, ...summary.lowest].map(({ row, score, question, answer }) => [
          ...[String(row + 1), score.toPrecision(3), `${question} → ${answer}`],
        ]),
      ],
      figures: [
        attributionCourseFigure(analysis, { record, removal }),
        attributedRowsFigure(analysis, { record, removal }),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
