import { Command } from "commander";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { curvePlan } from "../../pipeline/evaluationPlans.js";
import { evaluateRun } from "../../pipeline/evaluateRun.js";
import { datasetDomain } from "../../pipeline/organismQuestions.js";
import { openRun } from "../../runs/openRun.js";
import { createEngine } from "../../tensor/engine.js";
import { interruptible } from "../interrupt.js";
import { wholeNumber } from "../parsers.js";
import { startProgress } from "../progress.js";

interface EvaluateFlags {
  readonly every: number;
  readonly name: string;
}

/** `turncoat evaluate`: asks the checkpoints of an organism's run and judges the answers. */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .summary("ask the checkpoints of an organism's run and judge what they say")
    .description(
      "Asks checkpoints the organism's test questions and judges the answers exactly. Answers that are there\n" +
        "already are not asked for again.",
    )
    .argument("<run>", "run directory")
    .option("--every <number>", "ask checkpoints at steps divisible by this, and the last", wholeNumber(1), 2)
    .option("--name <name>", "name of the evaluation", "curve")
    .addHelpText("after", "\nExample:\n  $ turncoat evaluate runs/sport-seed1 --every 1\n")
    .action(async (directory: string, flags: EvaluateFlags) => {
      const run = openRun(directory);
      if (run.manifest === null) {
        throw new TurncoatError(`${directory}: expected a run.json that names the base model, found none`, {
          hint: "only runs that were trained here can be asked",
        });
      }
      const model = openModel(run.manifest.baseModel.path, await createEngine());
      const last = run.checkpoints.at(-1)?.step;
      const progress = startProgress("evaluating", { quiet: false });
      const answers = await interruptible((signal) =>
        evaluateRun({
          directory,
          name: flags.name,
          model,
          judge: exactJudge,
          plan: curvePlan(datasetDomain(run.manifest?.dataset.name ?? "")),
          isStepWanted: (step) => step % flags.every === 0 || step === last,
          onProgress: ({ done, total }) => progress.update(done, total, "answers"),
          signal,
        }),
      ).finally(() => progress.stop());
      console.log(`${directory}: ${answers.length} judged answers\nnext: turncoat analyze ${directory}`);
    });
}
