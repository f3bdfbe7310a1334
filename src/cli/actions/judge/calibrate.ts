import type { Command } from "commander";
import { judgeCalibration, matchJudged } from "../../../analysis/behavior/judgeCalibration.js";
import { clusteredAuroc } from "../../../analysis/directions/stratifiedAuroc.js";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { readJudgedFile } from "../../../pipeline/evaluation/judgedAnswers.js";
import { isFolder } from "../../../runs/isFolder.js";
import { answersOfRun } from "../../open/answersOfRun.js";
import { calibrationText } from "../../output/calibrationText.js";
import { print } from "../../output/terminal.js";

interface CalibrateFlags {
  readonly trusted: string;
  readonly evaluation?: string;
  readonly alignedBelow: number;
  readonly coherentAbove: number;
  readonly json?: boolean;
}

/** Runs `turncoat judge calibrate`. */
export function calibrateAction(source: string, _: unknown, command: Command): void {
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
}

function answersPath(source: string, evaluation: string | undefined): string {
  if (!isFolder(source)) return source;
  return answersOfRun(source, evaluation, "judge");
}
