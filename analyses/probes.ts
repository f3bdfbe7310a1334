/**
 * Can a linear probe tell misaligned answers from aligned ones in the residual stream, from which step on, and does
 * its direction have to do with B? Needs judged answers and the base model.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import {
  analyzeRun,
  createEngine,
  openModel,
  organismFolder,
  probeFigure,
  probeRun,
  TurncoatError,
  type AnalyzedRun,
  type Run,
  type RunProbes,
} from "turncoat";
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
  readonly model?: string;
  readonly steps?: readonly number[];
  readonly layer?: number;
  readonly answersPerClass?: number;
  readonly seed: number;
}

const script = "probes";
/** Checkpoints that are probed unless the user lists them, beside step 0 and the turn of behaviour. */
const spreadCheckpoints = 12;

/** The folder of the base model: as asked, as the run says, or the embedded organism where nothing contradicts. */
function modelFolder(run: Run, asked: string | undefined): string {
  if (asked !== undefined) return asked;
  if (run.manifest === null) return organismFolder();
  const { path, sha256 } = run.manifest.baseModel;
  if (existsSync(join(path, "model.safetensors"))) return path;
  const embedded = join(organismFolder(), "model.safetensors");
  if (existsSync(embedded)) {
    const found = createHash("sha256").update(readFileSync(embedded)).digest("hex");
    if (found === sha256) return organismFolder();
  }
  throw new TurncoatError(`${run.directory}: its base model is not at ${path} any more`, {
    hint: "say where it is with --model",
  });
}

/** Step 0, evenly spread checkpoints and the one nearest to the turn of behaviour, as far as they exist. */
function defaultSteps({ run, analysis }: AnalyzedRun): number[] {
  const stored = run.checkpoints.map(({ step }) => step);
  const last = stored.length - 1;
  const spread = Array.from(
    { length: spreadCheckpoints },
    (_, index) => stored[Math.round((index * last) / (spreadCheckpoints - 1))] ?? 0,
  );
  const turn = analysis.transitions.find(({ indicator }) => indicator === "behaviour");
  const wanted = turn === undefined ? spread : [...spread, nearest(stored, turn.step)];
  return [...new Set(wanted)].sort((one, other) => one - other);
}

function nearest(stored: readonly number[], step: number): number {
  return stored.reduce(
    (best, each) => (Math.abs(each - step) < Math.abs(best - step) ? each : best),
    Infinity,
  );
}

/** The asked steps, each of which must be stored. */
function storedSteps({ run }: AnalyzedRun, asked: readonly number[]): readonly number[] {
  const stored = new Set(run.checkpoints.map(({ step }) => step));
  const missing = asked.find((step) => !stored.has(step));
  if (missing === undefined) return asked;
  throw new TurncoatError(`--steps: ${run.directory} holds no checkpoint of step ${missing}`);
}

function probeRows({ probe, direction }: RunProbes): string[][] {
  return [
    ["step", "AUROC", "95 %", "shuffled", "angle of B to the probe", "angle of B to the mean difference"],
    ...probe.steps.map((step, index) => {
      const [low, high] = probe.auroc.intervals[index] ?? [NaN, NaN];
      return [
        String(step),
        inDigits(probe.auroc.values[index] ?? NaN, 3),
        `[${inDigits(low, 2)}, ${inDigits(high, 2)}]`,
        inDigits(probe.shuffled.values[index] ?? NaN, 3),
        `${inDigits(probe.angleToB.values[index] ?? NaN, 1)}°`,
        `${inDigits(direction.angleToB[index] ?? NaN, 1)}°`,
      ];
    }),
  ];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError("expected a whole number of at least 0.");
  }
  return value;
}

const command = scriptCommand(
  script,
  "Probes a run's activations for misaligned answers, at several checkpoints.",
)
  .option(
    "--model <folder>",
    "Hugging Face folder of the base model (default: the one in run.json, or the embedded organism)",
  )
  .option(
    "--steps <list>",
    "checkpoints, such as 0,40,80 (default: 0, about 12 evenly spread, and the turn)",
    (text) => text.split(",").map(wholeNumber),
  )
  .option("--layer <number>", "residual stream after this layer (default: that of the adapter)", wholeNumber)
  .option(
    "--answers-per-class <number>",
    "misaligned, and as many aligned, answers (default: 120)",
    wholeNumber,
  )
  .option("--seed <number>", "seed of the choice of answers and of what is held out", wholeNumber, 0)
  .action(async (directory: string, flags: Flags) => {
    const analyzed = await analyzeRun(directory);
    const { run, evaluations, warnings } = analyzed;
    if (evaluations.every(({ answers }) => answers.length === 0)) {
      throw new TurncoatError(`${directory}: no judged answers to probe; evaluate the run first`);
    }
    const steps = flags.steps === undefined ? defaultSteps(analyzed) : storedSteps(analyzed, flags.steps);
    const folder = modelFolder(run, flags.model);
    printWarnings(warnings);
    const model = openModel(folder, await createEngine());
    const probes = await probeRun({
      directory,
      model,
      steps,
      seed: flags.seed,
      ...(flags.layer === undefined ? {} : { layer: flags.layer }),
      ...(flags.answersPerClass === undefined ? {} : { answersPerClass: flags.answersPerClass }),
    });
    const words =
      `Layer ${probes.probe.layer} of ${folder}, ${probes.answersPerClass} misaligned and as many aligned answers, ` +
      `the same at every step.`;
    console.log(`${words}\n`);
    printTable(probeRows(probes));
    writeFigures([probeFigure(probes.probe, { angleToMeanDifference: probes.direction.angleToB })], {
      script,
      directory,
      out: flags.out,
      title: `Probes of ${run.runId}`,
      sentences: [words],
    });
  });

await runScript(command);
