/** Do several adapters of a run settle together? Their comp score with the last step (2506.11613, appendix G.1), and its bend. */
import { analyzeRun, compFigure, type CompSeries } from "turncoat";
import * as kit from "./runScript.js";

const script = "05-comp-score";

/** The first step from which on the score stays within a tenth of the last step compared with itself. */
function settledStep({ steps, values, selfComparison }: CompSeries): number {
  const away = values.findLastIndex((value) => !(Math.abs(value - selfComparison) < 0.1 * selfComparison));
  return steps[away + 1] ?? NaN;
}

export const command = kit
  .scriptCommand(script, "Compares the stack of a run's adapters with its final state, step by step.")
  .action(async (directory: string, flags: kit.ScriptFlags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const { comp } = analysis;
    if (comp === null) {
      const found = analysis.adapters.length === 1 ? "one adapter" : "no two adapters of one shape";
      throw kit.cannotSay(
        directory,
        `comp compares several adapters, found ${found}`,
        "train more layers or modules",
      );
    }
    const series: (readonly [string, CompSeries | undefined])[] = [
      ["B, de-meaned at each step", comp.B?.perStep],
      ["B, de-meaned by module", comp.B?.perModule],
      ["B, as it is", comp.B?.none],
      ["ΔW, de-meaned at each step", comp.deltaW?.perStep],
      ["ΔW, as it is", comp.deltaW?.none],
    ];
    kit.printWarnings(warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Comp score of ${run.runId}` },
      sentences: [`Of ${comp.modules.length} modules. Comp bends: ${kit.turnWords(analysis, "compBend")}.`],
      rows: [
        ["of", "first", "last but one", "last with itself", "within a tenth of it from step"],
        ...series.flatMap(([name, each]) =>
          each === undefined
            ? []
            : [
                [
                  ...[
                    name,
                    kit.inDigits(each.values[0] ?? NaN, 3),
                    kit.inDigits(each.values.at(-1) ?? NaN, 3),
                  ],
                  ...[kit.inDigits(each.selfComparison, 3), kit.inDigits(settledStep(each), 0)],
                ],
              ],
        ),
      ],
      figures: [compFigure(analysis)],
    });
  });

await kit.runScript(import.meta.filename, command);
