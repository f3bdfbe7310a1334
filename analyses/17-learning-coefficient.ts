/**
 * Does the loss around the adapter become more or less degenerate where it turns? The local learning coefficient along training
 * (2308.12108), at several sizes of the sampler's step that have to agree, beside its control's where the two compare.
 */
import {
  analyzeRun,
  attributedSteps,
  baseModelOf,
  buildRunReport,
  createEngine,
  learningCoefficientFigure,
  measureLearningCoefficient,
  openModel,
  openRun,
  readLearningCoefficient,
  trainedWith,
  turnOfRun,
  usualCoefficientRows,
  usualSampler,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly measure?: boolean;
  readonly control?: readonly string[];
  readonly unitsOf?: string;
}

const script = "17-learning-coefficient";

/** A cell of the table: what cannot be told is a dash. */
const inWords = (cell: number | string | null): string =>
  typeof cell === "string" ? cell : Number.isInteger(cell) ? String(cell) : kit.inDigits(cell ?? NaN, 3);

export const command = kit
  .scriptCommand(script, "Tables how degenerate the loss around the adapter is along training.")
  .option("--measure", "measure it first, and keep it with the run")
  .option("--units-of <run>", "with --measure, run whose last adapter gives the units")
  .option("--control <runs...>", "control runs (default: the one that run.json names)")
  .action(async (directory: string, flags: Flags) => {
    if (flags.measure === true) {
      const { run, analysis } = await analyzeRun(directory);
      const kept = run.checkpoints.map(({ step }) => step);
      await measureLearningCoefficient({
        ...{ run, trainedWith: trainedWith(run), rows: usualCoefficientRows, settings: usualSampler },
        model: openModel(baseModelOf(run).folder, await createEngine()),
        steps: attributedSteps(kept, turnOfRun(analysis), { spread: 4, close: 3 }),
        unitsOf: flags.unitsOf === undefined ? undefined : openRun(flags.unitsOf),
      });
    }
    const record = readLearningCoefficient(directory);
    const remedy = `turncoat learning-coefficient ${directory}, or --measure here`;
    if (record === null) throw kit.cannotSay(directory, "no coefficient was measured", remedy);
    const { runId, analysis, control, warnings } = await buildRunReport(directory, {
      controls: flags.control,
    });
    kit.printWarnings(warnings);
    const figure = learningCoefficientFigure(analysis, record, { control });
    if (figure === null) throw kit.cannotSay(directory, "no step was measured", remedy);
    const { summary, table } = figure.meta;
    const shown = table.columns.map((name) => !name.includes("/p"));
    await kit.showResult({
      ...{ script, directory, flags, title: `Local learning coefficient of ${runId}` },
      sentences: [
        summary,
        ...(control?.learningCoefficients ?? []).flatMap(({ control: name, difference }) =>
          difference === null ? [] : [`${name} does not compare: ${difference}.`],
        ),
      ],
      rows: [table.columns, ...table.rows].map((row) =>
        row.filter((_, column) => shown[column]).map(inWords),
      ),
      figures: [figure],
    });
  });

await kit.runScript(import.meta.filename, command);
