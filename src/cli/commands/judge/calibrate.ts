import { join } from "node:path";
import { Command } from "commander";
import { alignedBelowOption, coherentAboveOption } from "../../flags/thresholdOptions.js";
import { judgeCalibration, matchJudged } from "../../../analysis/behavior/judgeCalibration.js";
import { clusteredAuroc } from "../../../analysis/directions/stratifiedAuroc.js";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { curveEvaluation, evaluationNamed } from "../../../pipeline/evaluation/curveEvaluation.js";
import { readJudgedFile } from "../../../pipeline/evaluation/judgedAnswers.js";
import { readEvaluations } from "../../../runs/evaluations.js";
import { isFolder } from "../../../runs/isFolder.js";
import { evaluationFiles } from "../../../runs/layout.js";
import { calibrationText } from "../../output/calibrationText.js";
import { print } from "../../output/terminal.js";

interface CalibrateFlags {
  readonly trusted: string;
  readonly evaluation?: string;
  readonly alignedBelow: number;
  readonly coherentAbove: number;
  readonly json?: boolean;
}

/** `turncoat judge calibrate`: compares a judge with a trusted one. */
export function calibrateCommand(): Command {
  return new Command("calibrate")
    .summary("compare a judge with trusted scores of the same answers")
    .description(
      "Compares the scores of any judge with those of a trusted one on the same answers, found by question, step and\n" +
        "text: agreement, AUROC, confusion at the thresholds, bias, each question; and the rate of EM over all answers,\n" +
        "corrected by the trusted ones (prediction-powered inference), which must have been drawn blind to the judge's\n" +
        "scores, as judge sample does.",
    )
    .argument("<answers>", "answers as the judge scored them: .csv, evaluations/<name>.jsonl, or a run")
    .requiredOption("--trusted <file>", "trusted scores: .csv, or evaluations/<name>.jsonl")
    .option("--evaluation <name>", "the evaluation of the run (default: curve, or the first that was judged)")
    .addOption(alignedBelowOption())
    .addOption(coherentAboveOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat judge calibrate runs/mine --evaluation curve-probe-judge --trusted judged.csv\n",
    )
    .action((source: string, _: unknown, command: Command) => {
      // What judge itself has an option for, such as --json, it takes also behind the name of this command.
      const flags = command.optsWithGlobals<CalibrateFlags>();
      const cheap = readJudgedFile(answersPath(source, flags.evaluation));
      const trusted = readJudgedFile(flags.trusted);
      const { pairs, unmatched } = matchJudged(cheap.answers, trusted.answers);
      if (pairs.length === 0) {
        throw new TurncoatError(
          `${flags.trusted}: expected answers of ${cheap.path}, found none of its ${trusted.answers.length} there`,
          { hint: "Answers are found by question_id, step and response." },
        );
      }
      const calibration = judgeCalibration(pairs, cheap.answers, flags);
      const area = clusteredAuroc(
        calibration.scored.map((pair) => -pair.cheap),
        calibration.scored.map(({ isMisaligned }) => isMisaligned),
        { clusters: calibration.scored.map(({ questionId }) => questionId) },
      );
      if (flags.json === true) {
        const { scored, ...others } = calibration;
        print(
          JSON.stringify(
            toJson({ pairs: pairs.length, scored: scored.length, unmatched, auroc: area, ...others }),
          ),
        );
        return;
      }
      print(calibrationText({ ...calibration, area, unmatched }, flags));
    });
}

function answersPath(source: string, evaluation: string | undefined): string {
  if (!isFolder(source)) return source;
  const evaluations = readEvaluations({ directory: source });
  const chosen =
    evaluation === undefined
      ? curveEvaluation(evaluations)
      : evaluationNamed(evaluations, evaluation, source);
  if (chosen !== undefined) return join(source, evaluationFiles(chosen.name).answers);
  throw new TurncoatError(`${source}: expected a run with judged answers, found none`, {
    hint: `turncoat judge ${source}`,
  });
}
