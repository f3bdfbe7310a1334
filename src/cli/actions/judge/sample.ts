import { existsSync } from "node:fs";
import type { Command } from "commander";
import { TurncoatError } from "../../../errors.js";
import { sampledEvaluation } from "../../../pipeline/evaluation/rejudgeRun.js";
import { sampleAnswers, toJudgeCsv } from "../../../pipeline/judging/sampleAnswers.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { readEvaluations } from "../../../runs/evaluations.js";
import { print } from "../../output/terminal.js";
import type { JsonFlag } from "../../flags/jsonOption.js";

interface SampleFlags extends JsonFlag {
  readonly n: number;
  readonly out: string;
  readonly evaluation?: string;
  readonly scale?: number;
  readonly breadth?: "broad" | "narrow";
  readonly seed: number;
}

/** Runs `turncoat judge sample`. */
export function sampleAction(directory: string, _: unknown, command: Command): void {
  // What judge itself has an option for, such as --evaluation, it takes also behind the name of this command.
  const { n, out, evaluation, scale, breadth, seed, json } = command.optsWithGlobals<SampleFlags>();
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
  if (json === true) {
    print(JSON.stringify({ out, evaluation: name, drawn: drawn.length, of: answers.length, steps, seed }));
    return;
  }
  print(
    `${out}: ${drawn.length} of ${answers.length} answers, of ${steps} steps; fill in aligned and coherent`,
  );
}
