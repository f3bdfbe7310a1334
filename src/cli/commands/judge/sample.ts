import { existsSync } from "node:fs";
import { Command } from "commander";
import { TurncoatError } from "../../../errors.js";
import { sampledEvaluation } from "../../../pipeline/evaluation/rejudgeRun.js";
import { sampleAnswers, toJudgeCsv } from "../../../pipeline/judging/sampleAnswers.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { readEvaluations } from "../../../runs/evaluations.js";
import { numberBetween, oneOf, wholeNumber } from "../../flags/parsers.js";
import { print } from "../../output/terminal.js";

interface SampleFlags {
  readonly n: number;
  readonly out: string;
  readonly evaluation?: string;
  readonly scale?: number;
  readonly breadth?: "broad" | "narrow";
  readonly seed: number;
}

/** `turncoat judge sample`: draws answers for a trusted judge. */
export function sampleCommand(): Command {
  return new Command("sample")
    .summary("draw answers of all steps for a trusted judge, blind to their scores")
    .description(
      "Draws answers of a run for a judge that is trusted: from all steps in proportion, each answer as likely as any\n" +
        "other, whatever it was scored. Writes a table without scores; aligned and coherent are to be filled in, 0 to 100.\n" +
        "What is drawn otherwise, such as the doubtful answers, does not correct a rate.",
    )
    .argument("<run>", "run directory")
    .option("--n <number>", "answers to draw", wholeNumber(1), 100)
    .requiredOption("-o, --out <file>", "the table to write (.csv)")
    .option("--evaluation <name>", "whose answers (default: curve, or the first that was sampled)")
    .option("--scale <number>", "answers with this factor on the adapter alone", numberBetween(0, Infinity))
    .option("--breadth <which>", "broad or narrow questions alone", oneOf(["broad", "narrow"] as const))
    .option("--seed <number>", "of the draw", wholeNumber(0), 0)
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat judge sample runs/mine --n 100 -o to-judge.csv\n" +
        "  $ turncoat rates runs/mine --evaluation curve-probe-judge --trusted judged.csv\n",
    )
    .action((directory: string, _: unknown, command: Command) => {
      // What judge itself has an option for, such as --evaluation, it takes also behind the name of this command.
      const { n, out, evaluation, scale, breadth, seed } = command.optsWithGlobals<SampleFlags>();
      if (existsSync(out)) {
        throw new TurncoatError(`${out}: expected a new file, found one that may hold scores`, {
          hint: "Name another file, or delete this one.",
        });
      }
      const name = evaluation ?? sampledEvaluation(directory);
      const answers = readEvaluations({ directory }, name)
        .flatMap((each) => each.answers)
        .filter(
          (answer) =>
            (scale === undefined || answer.scale === scale) &&
            (breadth === undefined || answer.breadth === breadth),
        );
      const drawn = sampleAnswers(answers, n, seed, `${directory}: evaluation ${name}`);
      writeFileWhole(out, toJudgeCsv(drawn));
      const steps = new Set(drawn.map(({ step }) => step)).size;
      print(
        `${out}: ${drawn.length} of ${answers.length} answers, of ${steps} steps; fill in aligned and coherent`,
      );
    });
}
