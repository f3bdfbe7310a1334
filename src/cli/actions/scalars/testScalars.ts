import { significantRows, type ScalarRows } from "../../../analysis/scalars/scalarRows.js";
import { scalarTest, type ScalarTestOptions, type ScalarUnit } from "../../../analysis/scalars/scalarTest.js";
import { scalarTestSummary } from "../../../analysis/scalars/scalarTestSummary.js";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { coefficientsFigure } from "../../../figures/scalars/coefficientsFigure.js";
import { readScalars } from "../../../formats/scalars/scalarsFile.js";
import { writeOfflinePage } from "../../../notebook/offlinePage.js";
import { startProgress } from "../../output/progress.js";
import { scalarTestText } from "../../output/scalars/scalarTestText.js";
import { print } from "../../output/terminal.js";
import { commandLine } from "../../../hints.js";

/** The options of a test of adapter scalars. */
export interface ScalarTestFlags {
  readonly scalars?: readonly string[];
  readonly by: ScalarUnit;
  readonly split?: ScalarUnit;
  readonly penalty: "l1" | "l2";
  readonly c?: number;
  readonly repeats: number;
  readonly seed: number;
  readonly significant?: number;
  readonly html?: string;
  readonly json?: boolean;
}

/**
 * Tests whether the scalars of two files differ. The ways of splitting that were not asked for are tested too, since
 * one number alone does not say what the classifier has learnt.
 */
export function testScalars(run: string | undefined, files: readonly string[], flags: ScalarTestFlags): void {
  const [first, second, ...more] = files;
  if (run !== undefined || first === undefined || second === undefined || more.length > 0) {
    const count = files.length + (run === undefined ? 0 : 1);
    throw new TurncoatError(`--scalars: expected two files and no run, found ${count} names`);
  }
  const { by, split = by, penalty, repeats, seed } = flags;
  const [negative, positive] = [readRows(first, flags.significant), readRows(second, flags.significant)];
  const ways = [
    { by, split },
    ...[
      { by: "token", split: "token" } as const,
      { by: "token", split: "answer" } as const,
      { by: "answer", split: "answer" } as const,
    ].filter((way) => way.by !== by || (by === "token" && way.split !== split)),
  ];
  const progress = startProgress("fitting", { quiet: flags.json === true });
  const [chosen, ...others] = ways.map((way, index) => {
    const options: ScalarTestOptions = {
      ...way,
      penalty,
      repeats,
      seed,
      ...(flags.c === undefined ? {} : { c: flags.c }),
      onRepeat: (done, total) => progress.update(index * total + done, ways.length * total, "fits"),
    };
    return scalarTest(negative, positive, options);
  });
  progress.stop();
  if (chosen === undefined) throw new Error("testScalars: no test");
  const names = { negative: first, positive: second };
  if (flags.html !== undefined) {
    writeOfflinePage(flags.html, [coefficientsFigure(chosen, names)], {
      title: "Adapter scalars",
      sentences: [`${second} against ${first}`],
    });
  }
  if (flags.json === true) {
    const alternatives = others.map((test) => ({ ...scalarTestSummary(test), coefficients: undefined }));
    print(JSON.stringify(toJson({ ...scalarTestSummary(chosen), files: names, alternatives })));
  } else {
    if (flags.significant !== undefined) print(`Only tokens with ln(significance) ≥ ${flags.significant}.\n`);
    print(scalarTestText([chosen, ...others].map(scalarTestSummary), names));
    if (flags.html !== undefined) print(`\nCoefficients drawn: ${flags.html}`);
  }
}

/** Reads a file of scalars, all of its tokens or the significant ones. */
function readRows(path: string, least: number | undefined): ScalarRows {
  const file = readScalars(path);
  if (least === undefined) return file;
  if (file.significance === undefined) {
    throw new TurncoatError(`${path}: expected the significance of each token, found none`, {
      hint: `Write the file with ${commandLine("scalars", "<run>", "--significance")}`,
    });
  }
  if (file.significance.some(Number.isNaN)) {
    throw new TurncoatError(
      `${path}: expected the significance of each token, found it missing for some answers`,
      {
        hint: `To go on: ${commandLine("scalars", "<run>", "--significance")}`,
      },
    );
  }
  const rows = significantRows(file, file.significance, least);
  if (rows.answerIndex.length > 0) return rows;
  throw new TurncoatError(`${path}: no token has an ln(significance) of at least ${least}`);
}
