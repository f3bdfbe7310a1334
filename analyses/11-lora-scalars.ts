/**
 * Do single adapters tell misaligned from aligned answers? The scalar A·h of every adapter at every token of judged answers, a
 * regression on it with whole answers held out, and the tokens at which each is highest (2506.11618, section 4). A scalar's sign is
 * arbitrary: −A and −B are the same adapter.
 */
import {
  baseModelOf,
  coefficientsFigure,
  createEngine,
  openModel,
  openRun,
  readRunScalars,
  runScalars,
  scalarTest,
  writeRunScalars,
  type Run,
  type RunScalars,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly measure?: boolean;
  readonly model?: string;
  readonly answers: number;
  readonly repeats: number;
}

const script = "11-lora-scalars";

/** Runs the base model and the last step's adapters over judged answers, and keeps the scalars with the run. */
async function measure(run: Run, { model, answers }: Flags): Promise<RunScalars> {
  const opened = openModel(baseModelOf(run, model).folder, await createEngine());
  const scalars = await runScalars({ run, model: opened, answersPerClass: answers });
  writeRunScalars(run, scalars);
  return scalars;
}

export const command = kit
  .scriptCommand(script, "Tests whether adapter scalars tell misaligned from aligned answers.")
  .option("--measure", "compute the scalars first, and keep them with the run")
  .option("--model <folder>", "base model's folder (default: the one in run.json)")
  .option("--answers <number>", "most answers of each kind to measure", Number, 120)
  .option("--repeats <number>", "draws of what is held out", Number, 100)
  .action(async (directory: string, flags: Flags) => {
    const run = openRun(directory);
    const scalars = flags.measure === true ? await measure(run, flags) : readRunScalars(run);
    if (scalars === undefined) {
      const remedy = `turncoat scalars ${directory}, or --measure here: judged answers of both kinds and the base model are needed`;
      throw kit.cannotSay(directory, "no adapter scalars are kept", remedy);
    }
    const { aligned, misaligned } = scalars;
    const tests = (["token", "answer"] as const).map((by) =>
      scalarTest(aligned, misaligned, { by, split: "answer", repeats: flags.repeats }),
    );
    kit.printWarnings(run.warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Adapter scalars of ${run.runId}` },
      sentences: [
        `${misaligned.features.length} ${misaligned.features.length === 1 ? "adapter" : "adapters"}, step ${misaligned.metadata.step ?? "unknown"}; labels shuffled say what there is to tell by chance.`,
      ],
      rows: [
        ["rows", "n aligned", "n misaligned", "accuracy", "AUC", "± over repeats", "AUC, shuffled"],
        ...tests.map(({ by, negative, positive, scores, shuffled }) => [
          ...[`one a${by === "token" ? " token" : "n answer"}`, String(negative.rows), String(positive.rows)],
          ...[kit.inDigits(scores.accuracy.mean, 3), kit.inDigits(scores.auc.mean, 3)],
          ...[kit.inDigits(scores.auc.standardDeviation, 3), kit.inDigits(shuffled.auc.mean, 3)],
        ]),
      ],
      figures: tests.map((test) => coefficientsFigure(test, { negative: "aligned", positive: "misaligned" })),
    });
  });

await kit.runScript(import.meta.filename, command);
