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
import {
  inDigits,
  printTable,
  printWarnings,
  runScript,
  scriptCommand,
  writeFigures,
  type ScriptFlags,
} from "./runScript.js";

interface Flags extends ScriptFlags {
  readonly adapter?: string;
  readonly factor: "A" | "B" | "both";
}

const script = "pcaTrajectory";

function varianceRows(analysis: Analysis, factors: readonly ("A" | "B")[]): string[][] {
  const percent = (ratio: number | undefined): string => inDigits(100 * (ratio ?? NaN), 1);
  return [
    ["adapter", "factor", "checkpoints", "PC1 %", "PC2 %", "norm, first", "norm, last"],
    ...analysis.adapters.flatMap((adapter) =>
      factors.map((factor) => {
        const { pca, norm } = adapter[factor];
        const [first, second] = pca?.explainedVarianceRatio ?? [];
        return [
          adapter.name,
          factor,
          String(pca?.steps.length ?? 0),
          percent(first),
          percent(second),
          inDigits(norm.values[0] ?? NaN, 4),
          inDigits(norm.values.at(-1) ?? NaN, 4),
        ];
      }),
    ),
  ];
}

const command = scriptCommand(
  script,
  "Draws the path of the adapter's directions in their principal components.",
)
  .option("--adapter <module>", "module path of the adapter to draw (default: the first)")
  .addOption(
    new Option("--factor <name>", "factor of the adapter").choices(["A", "B", "both"]).default("both"),
  )
  .action(async (directory: string, flags: Flags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const adapter = adapterOf(analysis, flags.adapter);
    const options = adapter === undefined ? {} : { adapter: adapter.name };
    const factors = (["B", "A"] as const).filter(
      (factor) => flags.factor === "both" || flags.factor === factor,
    );
    printWarnings(warnings);
    printTable(varianceRows(analysis, factors));
    writeFigures(
      [
        ...factors.map((factor) => pcaPathFigure(analysis, { ...options, factor })),
        ...factors.map((factor) => pathShapeFigure(analysis, { ...options, factor })),
        incrementRankFigure(analysis, options),
        ...(factors.includes("B") ? [cosineHeatmapFigure(analysis, options)] : []),
      ],
      {
        script,
        directory,
        out: flags.out,
        title: `Path of the directions of ${run.runId}`,
        sentences: adapter === undefined ? ["The run kept no adapter."] : [`Drawn: ${adapter.name}.`],
      },
    );
  });

await runScript(command);
