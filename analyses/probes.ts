/**
 * Can a linear probe tell misaligned answers from aligned ones in the residual stream, after which layers and from
 * which step on, and does its direction have to do with B? Needs judged answers and the base model.
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
  probeLayersFigure,
  probeRun,
  probesOfLayer,
  TurncoatError,
  type AnalyzedRun,
  type LayerProbes,
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
  readonly layers: readonly number[] | "all";
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
  const turn = analysis.transitions.find(({ indicator }) => indicator === "behavior");
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

function probeRows({ probe, direction }: LayerProbes): string[][] {
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

/** The AUROC of every layer, a row a step; a step that a layer was not probed at is a dash. */
function layerRows({ layers }: RunProbes): string[][] {
  const steps = [...new Set(layers.flatMap(({ probe }) => probe.steps))].sort((one, other) => one - other);
  return [
    ["step", ...layers.map(({ probe }) => `layer ${probe.layer}`)],
    ...steps.map((step) => [
      String(step),
      ...layers.map(({ probe }) => inDigits(probe.auroc.values[probe.steps.indexOf(step)] ?? NaN, 3)),
    ]),
  ];
}

/** Says after the first checkpoint how long the others will take, where that is worth saying. */
function timeTeller(): (progress: { readonly done: number; readonly total: number }) => void {
  const start = performance.now();
  return ({ done, total }) => {
    if (done !== 1 || total === 1) return;
    const seconds = ((total - 1) * (performance.now() - start)) / 1000;
    if (seconds < 20) return;
    const words = seconds < 100 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
    process.stderr.write(
      `${total - 1} more checkpoints take about ${words}; what is done is kept, and --layers probes fewer layers\n`,
    );
  };
}

function layerList(text: string): readonly number[] | "all" {
  return text === "all" ? text : text.split(",").map(wholeNumber);
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
  .option("--layers <list>", "residual stream after these layers: all, or such as 2,3", layerList, "all")
  .option("--layer <number>", "the layer that is drawn by itself (default: that of the adapter)", wholeNumber)
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
      onProgress: timeTeller(),
      ...(flags.layers === "all" ? {} : { layers: flags.layers }),
      ...(flags.layer === undefined ? {} : { layer: flags.layer }),
      ...(flags.answersPerClass === undefined ? {} : { answersPerClass: flags.answersPerClass }),
    });
    const own = probesOfLayer(probes);
    const all = probes.layers.map(({ probe }) => probe);
    const words =
      `${all.length} ${all.length === 1 ? "layer" : "layers"} of ${folder}, ${probes.answersPerClass} misaligned and as many ` +
      `aligned answers, the same at every step.`;
    console.log(`${words}\n`);
    if (all.length > 1) {
      console.log("AUROC of held-out answers:");
      printTable(layerRows(probes));
      console.log("");
    }
    if (own !== undefined) {
      console.log(`Layer ${probes.layer}:`);
      printTable(probeRows(own));
    }
    const { analysis } = analyzed;
    const figures = [
      probeLayersFigure(all, {
        transitions: analysis.transitions,
        adapterLayers: analysis.adapters.map(({ layer }) => layer),
      }),
      own === undefined ? null : probeFigure(own.probe, { angleToMeanDifference: own.direction.angleToB }),
    ];
    writeFigures(figures, {
      script,
      directory,
      out: flags.out,
      title: `Probes of ${run.runId}`,
      sentences: [words],
    });
  });

await runScript(command);
