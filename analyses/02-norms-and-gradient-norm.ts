/** How do the norms of A, B and ΔW grow, and when does the gradient norm peak? Every adapter of a run, beside its loss. */
import {
  analyzeRun,
  curvesFigure,
  gradientNormFigure,
  lossFigure,
  normsFigure,
  type AdapterAnalysis,
  type StepSeries,
} from "turncoat";
import * as kit from "./runScript.js";

const script = "02-norms-and-gradient-norm";

/** First and last norm, and the step from which on it stays above half of the last. */
function normCells({ steps, values }: StepSeries): string[] {
  const last = values.at(-1) ?? NaN;
  const below = values.findLastIndex((value) => value < last / 2);
  return [kit.inDigits(values[0] ?? NaN, 4), kit.inDigits(last, 4), kit.inDigits(steps[below + 1] ?? NaN, 0)];
}

function normRows(adapters: readonly AdapterAnalysis[]): string[][] {
  return [
    ["adapter", "matrix", "norm, first", "norm, last", "half of it from step"],
    ...adapters.flatMap(({ name, A, B, deltaW }) => {
      // A trained vector has no A.
      const factors =
        A === null ? [["v", B] as const] : [["A", A] as const, ["B", B] as const, ["ΔW", deltaW] as const];
      return factors.map(([of, { norm }]) => [name, of, ...normCells(norm)]);
    }),
  ];
}

export const command = kit
  .scriptCommand(script, "Tables the norms of every adapter and finds the peak of the gradient norm.")
  .action(async (directory: string, flags: kit.ScriptFlags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const { adapters, gradNorm } = analysis;
    if (adapters.length === 0 && gradNorm === null) {
      throw kit.cannotSay(
        directory,
        "no adapter and no gradient norm",
        "train adapters, or log grad_norm at every step",
      );
    }
    const updates = adapters.map(({ name, deltaW }) => ({ name, ...deltaW.norm }));
    kit.printWarnings(warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Norms of ${run.runId}` },
      sentences: [
        `Gradient norm peaks: ${kit.turnWords(analysis, "gradientNorm")}.`,
        `‖B‖ grows fastest: ${kit.turnWords(analysis, "normGrowth")}.`,
      ],
      rows: normRows(adapters),
      figures: [
        gradientNormFigure(analysis),
        normsFigure(analysis),
        updates.length < 2
          ? null
          : curvesFigure({
              title: "Norms of ΔW of all adapters",
              quantity: "‖ΔW‖",
              curves: updates,
              analysis,
            }),
        lossFigure(analysis),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
