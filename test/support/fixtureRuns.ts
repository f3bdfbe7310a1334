import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Figure } from "../../src/figures/figure.js";
import { withNotes } from "../../src/figures/style/noteMarks.js";
import { buildRunReport } from "../../src/pipeline/report/runReport.js";
import { exampleRun } from "./exampleAnalysisInput.js";
import { writeManyAdaptersRun, type ManyAdaptersShape } from "./training/manyAdaptersRun.js";
import { writeSecondEvaluation, writeSyntheticRun } from "./syntheticRun.js";
import { analyze } from "../../src/analysis/analyze.js";
import { drawFigures, runFigures } from "../../src/figures/run/runFigures.js";

/** A run of the fixtures with all its figures. */
export interface FixtureRun {
  readonly name: string;
  readonly figures: readonly Figure[];
}

const longName = "qwen2.5-14b-instruct_bad-medical-advice_rank1_layer24-down-proj_seed0_lr1e-4_second-try";

/** Synthetic runs: short and long, turning early, late and never, asked at one factor and at many. */
const synthetic = {
  "three-steps": { steps: 3, turn: 2, evaluateEvery: 1 },
  short: { steps: 8, turn: 4, evaluateEvery: 1 },
  usual: { steps: 60, turn: 30 },
  early: { steps: 60, turn: 8 },
  late: { steps: 60, turn: 55 },
  never: { steps: 60, turn: 500 },
  factors: { steps: 80, turn: 40, evaluateEvery: 8, scales: [0.5, 1, 2, 5, 10] },
  long: { steps: 160, turn: 70, evaluateEvery: 8 },
  longer: { steps: 320, turn: 200, evaluateEvery: 16 },
  sparse: { steps: 60, turn: 30, evaluateEvery: 20 },
  [longName]: { steps: 60, turn: 20, evaluateEvery: 5 },
} as const;

const manyAdapters: Readonly<Record<string, ManyAdaptersShape>> = {
  "many-adapters": { layers: 6, hidden: 24, keyValue: 12, mlp: 48, rank: 2 },
  "many-layers": { layers: 30, hidden: 16, keyValue: 8, mlp: 24, rank: 1 },
};

/** Runs of models that people use, which lie in the repository. */
const studies = resolve("data/studies/real");
const studied = ["smollm2-135m-medical-rank1-seed0", "qwen2.5-coder-0.5b-medical-rank1-seed0"];

/**
 * Writes twenty runs that differ in everything that a figure's texts depend on, and draws all their figures.
 * @param folder for those that have to be written
 */
export async function fixtureRuns(folder: string): Promise<FixtureRun[]> {
  const runs: FixtureRun[] = [];
  const add = async (name: string, directory: string, controls?: readonly string[]): Promise<void> => {
    const report = await buildRunReport(directory, controls === undefined ? {} : { controls });
    runs.push({ name, figures: report.figures.map(({ figure }) => figure) });
  };
  for (const [name, options] of Object.entries(synthetic)) {
    writeSyntheticRun(join(folder, name), options);
    await add(name, join(folder, name));
  }
  await add("with-control", join(folder, "usual"), [join(folder, "never")]);
  await add("with-long-control", join(folder, "late"), [join(folder, longName)]);
  writeSyntheticRun(join(folder, "two-evaluations"), { steps: 60, turn: 30 });
  writeSecondEvaluation(join(folder, "two-evaluations"), "scales");
  await add("two-evaluations", join(folder, "two-evaluations"));
  for (const [name, shape] of Object.entries(manyAdapters)) {
    const directory = join(folder, name);
    mkdirSync(directory);
    writeManyAdaptersRun(directory, shape, { steps: 24, seed: 1, bend: { step: 12, layers: [2, 4] } });
    await add(name, directory);
  }
  await add("peft", resolve("test/fixtures/peft-run-rank1-f32"));
  await add("peft-rslora", resolve("test/fixtures/peft-run-rslora-bf16"));
  for (const name of studied) await add(name, join(studies, name), [join(studies, `${name}-control`)]);
  runs.push({ name: "example", figures: notedExample() }, { name: "golden", figures: goldenFigures() });
  return runs;
}

/** A run with everything in it, and notes that lie close to each other. */
function notedExample(): Figure[] {
  const notes = [60, 64, 66, 70, 120, 158].map((step) => ({
    step,
    text: `here the learning rate was changed by hand, at step ${step}`,
  }));
  const input = { analysis: analyze(exampleRun()), probes: null, answers: null, control: null };
  return drawFigures(runFigures, input).map(({ figure, onStepAxis }) =>
    onStepAxis ? withNotes(figure, notes) : figure,
  );
}

/** Figures as they are stored: probes and records that the runs above lack. */
function goldenFigures(): Figure[] {
  const folder = resolve("test/golden/figures");
  const isFigure = z.custom<Figure>(
    (value) => typeof value === "object" && value !== null && "meta" in value,
  );
  return readdirSync(folder).map((name) =>
    isFigure.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
  );
}
