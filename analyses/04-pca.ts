/**
 * The path of A and of B in its principal components: how much of the movement lies in a plane, where on the
 * path the run turns, how fast it moves and in how many directions.
 */
import { Option } from "commander";
import {
  analyzeRun,
  cosineHeatmapFigure,
  incrementRankFigure,
  pathShapeFigure,
  pcaPathFigure,
  type Analysis,
} from "turncoat";
import { adapterOf } from "./adapterOf.js";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly adapter?: string;
  readonly factor: "A" | "B" | "both";
}

const script = "04-pca";

function varianceRows(analysis: Analysis, factors: readonly ("A" | "B")[]): string[][] {
  const percent = (ratio: number | undefined): string => kit.inDigits(100 * (ratio ?? NaN), 1);
  return [
    ["adapter", "factor", "checkpoints", "PC1 %", "PC2 %", "norm, first", "norm, last"],
    ...analysis.adapters.flatMap((adapter) =>
      factors.flatMap((factor) => {
        const path = adapter[factor];
        // A trained vector has no A.
        if (path === null) return [];
        const { pca, norm } = path;
        const [first, second] = pca?.explainedVarianceRatio ?? [];
        const row = [
          ...[adapter.name, factor, String(pca?.steps.length ?? 0), percent(first), percent(second)],
          ...[kit.inDigits(norm.values[0] ?? NaN, 4), kit.inDigits(norm.values.at(-1) ?? NaN, 4)],
        ];
        return [row];
      }),
    ),
  ];
}

export const command = kit
  .scriptCommand(script, "Draws the path of the adapter's directions in their principal components.")
  .option("--adapter <module>", "module path of the adapter to draw (default: the first)")
  .addOption(
    new Option("--factor <name>", "factor of the adapter").choices(["A", "B", "both"]).default("both"),
  )
  .action(async (directory: string, flags: Flags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const adapter = adapterOf(analysis, flags.adapter);
    if (adapter === undefined)
      throw kit.cannotSay(directory, "the run kept no adapter", "train adapters instead of the weights");
    const options = { adapter: adapter.name };
    const factors = (["B", "A"] as const).filter(
      (factor) => flags.factor === "both" || flags.factor === factor,
    );
    kit.printWarnings(warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Path of the directions of ${run.runId}` },
      sentences: [`Drawn: ${adapter.name}.`],
      rows: varianceRows(analysis, factors),
      figures: [
        ...factors.map((factor) => pcaPathFigure(analysis, { ...options, factor })),
        ...factors.map((factor) => pathShapeFigure(analysis, { ...options, factor })),
        incrementRankFigure(analysis, options),
        ...(factors.includes("B") ? [cosineHeatmapFigure(analysis, options)] : []),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
