/**
 * Does a run come out the same when it is trained again? Trains it as its run.json says, and compares every tensor of every
 * checkpoint and every row of the log, to the bit; the figure lays both losses over each other. A run that was trained elsewhere
 * does not say how, so that it cannot be told.
 */
import { curvesFigure, openRun, verificationSentences, verifyRun } from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly model?: string;
  readonly data?: string;
  readonly steps?: number;
  readonly all?: boolean;
}

const script = "14-verify";

export const command = kit
  .scriptCommand(script, "Trains a run again and compares every step, to the bit.")
  .option("--model <folder>", "where its base model is now (default: the run's)")
  .option("--data <file>", "where its data are now (default: the run's)")
  .option("--steps <number>", "first steps to verify (default: all that the run has)", Number)
  .option("--all", "go on after the first difference, to the end")
  .action(async (directory: string, flags: Flags) => {
    const { model, data } = flags;
    const again: { readonly step: number; readonly loss: number }[] = [];
    const found = await verifyRun(directory, {
      ...{ model, data },
      ...(flags.steps === undefined ? {} : { steps: flags.steps }),
      goesOn: flags.all === true,
      onStep: (report) => again.push(report),
    });
    const steps = again.map(({ step }) => step);
    const logged = new Map(openRun(directory).log.map(({ step, loss }) => [step, loss ?? NaN]));
    const differing = (part: string): string =>
      String(found.differences.filter((each) => each.part === part).length);
    await kit.showResult({
      ...{ script, directory, flags },
      title: `Training again: ${found.status}`,
      sentences: verificationSentences(found),
      rows: [
        ["compared", "number", "differences"],
        ["checkpoints", String(found.checkpoints), differing("checkpoint")],
        ["states", String(found.states), differing("state")],
        ["files of random projections", String(found.directions), differing("directions")],
        ["rows of the log", String(found.rows), differing("log")],
      ],
      figures: [
        curvesFigure({
          title: "Training loss, as recorded and again",
          quantity: "loss (nats per token)",
          curves: [
            { name: "recorded", steps, values: steps.map((step) => logged.get(step) ?? NaN) },
            { name: "again", steps, values: again.map(({ loss }) => loss) },
          ],
          caption: "Both are one curve where training again gives the same.",
        }),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
