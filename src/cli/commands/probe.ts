import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { usualTransition, usualTransitions } from "../../analysis/usualTransitions.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { probeFigure } from "../../figures/run/activations/probeFigure.js";
import { probeLayersFigure } from "../../figures/run/activations/probeLayersFigure.js";
import { openModel } from "../../model/model.js";
import { writeOfflinePage } from "../../notebook/offlinePage.js";
import { baseModelOf } from "../../pipeline/catalog/baseModelOf.js";
import { probeRun } from "../../pipeline/measurement/probeRun.js";
import { analyzeRun, type AnalyzedRun } from "../../pipeline/report/analyzeRun.js";
import { probesOfLayer, type RunProbes } from "../../pipeline/results/probeResult.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { interruptible } from "../interrupt.js";
import { probeText, probeWords } from "../output/probeText.js";
import { startProgress } from "../output/progress.js";
import { print, tell } from "../output/terminal.js";
import { testScalars, withScalarTestOptions, type ScalarTestFlags } from "./scalars/testScalars.js";

interface ProbeFlags extends EngineFlags, ChatTemplateFlags, ScalarTestFlags {
  readonly model?: string;
  readonly steps?: readonly number[];
  readonly layers: readonly number[] | "all";
  readonly layer?: number;
  readonly answersPerClass: number;
  readonly out?: string;
}

/** Checkpoints that are probed unless the user lists them, beside step 0 and the transition of behaviour. */
const spreadCheckpoints = 12;

/** `turncoat probe`: linear probes for misaligned answers, of the residual stream of a run or of adapter scalars. */
export function probeCommand(): Command {
  return withScalarTestOptions(withEngineOptions(new Command("probe")))
    .summary("fit linear probes that tell misaligned from aligned answers, at every layer along training")
    .description(
      "Runs the base model and its adapters over judged answers of the run, and fits a probe and a mean difference to\n" +
        "the residual stream, with whole questions held out. Probes and directions are kept with the run, where analyses\n" +
        "and pages find them. Run the command again to continue, or to add steps and layers.\n\n" +
        "With --scalars it needs no run: it tests whether the scalars A·h of rank-1 adapters tell the answers of two\n" +
        "files apart, as turncoat scalars writes them.",
    )
    .argument("[run]", "run directory")
    .option(
      "--steps <list>",
      "checkpoints, such as 0,40,80 (default: some evenly spread, and the turn)",
      wholeNumbers,
    )
    .option("--layers <list>", "residual stream after these layers: all, or such as 2,3", layerList, "all")
    .option(
      "--layer <number>",
      "the layer that is shown by itself (default: that of the adapter)",
      wholeNumber(0),
    )
    .option("--answers-per-class <number>", "misaligned answers, and as many aligned", wholeNumber(1), 120)
    .option("--seed <number>", "seed of the choice of answers and of what is held out", wholeNumber(0), 0)
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--out <file>", "HTML file for the figures (default: <run>/analysis/probes.html)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat probe runs/demo\n  $ turncoat probe runs/demo --layers 2,3 --steps 0,40,80\n" +
        "  $ turncoat probe --scalars aligned.safetensors misaligned.safetensors\n",
    )
    .action(async (directory: string | undefined, flags: ProbeFlags, command: Command) => {
      if (flags.scalars !== undefined) testScalars(directory, flags.scalars, flags);
      else if (directory === undefined) command.error("error: missing required argument 'run'");
      else await probe(directory, flags);
    });
}

async function probe(directory: string, flags: ProbeFlags): Promise<void> {
  const analyzed = await analyzeRun(directory);
  const { run, evaluations, warnings } = analyzed;
  if (evaluations.every(({ answers }) => answers.length === 0)) {
    throw new TurncoatError(`${directory}: no judged answers to probe`, {
      hint: `evaluate the run first: turncoat evaluate ${directory}`,
    });
  }
  const steps = flags.steps === undefined ? defaultSteps(analyzed) : storedSteps(analyzed, flags.steps);
  const folder = flags.model ?? baseModelOf(run).folder;
  for (const warning of warnings) tell(`warning: ${warning}`);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const progress = startProgress("probing", { quiet: flags.json === true });
  const probes = await interruptible((signal) =>
    probeRun({
      run: directory,
      model,
      steps,
      seed: flags.seed,
      answersPerClass: flags.answersPerClass,
      onProgress: ({ done, total }) => progress.update(done, total, "checkpoints"),
      signal,
      ...(flags.layers === "all" ? {} : { layers: flags.layers }),
      ...(flags.layer === undefined ? {} : { layer: flags.layer }),
    }),
  ).finally(() => progress.stop());
  const page = flags.out ?? join(directory, "analysis", "probes.html");
  const figures = writeFigures(page, analyzed, probes);
  if (flags.json === true) print(JSON.stringify(toJson(probes)));
  else print(`${probeText(probes)}\n\n${figures} ${figures === 1 ? "figure" : "figures"}: ${page}`);
}

/** Writes the figures of probes as one offline page, and gives their number. */
function writeFigures(path: string, { run, analysis }: AnalyzedRun, probes: RunProbes): number {
  const own = probesOfLayer(probes);
  const figures = [
    probeLayersFigure(
      probes.layers.map((each) => each.probe),
      {
        transitions: usualTransitions(analysis),
        adapterLayers: analysis.adapters.map(({ layer }) => layer),
      },
    ),
    own === undefined ? null : probeFigure(own.probe, { angleToMeanDifference: own.direction.angleToB }),
  ].filter((figure) => figure !== null);
  writeOfflinePage(path, figures, { title: `Probes of ${run.runId}`, sentences: [probeWords(probes)] });
  return figures.length;
}

/** Step 0, evenly spread checkpoints and the one nearest to the transition of behaviour, as far as they exist. */
function defaultSteps({ run, analysis }: AnalyzedRun): number[] {
  const stored = run.checkpoints.map(({ step }) => step);
  const last = stored.length - 1;
  const spread = Array.from(
    { length: spreadCheckpoints },
    (_, index) => stored[Math.round((index * last) / (spreadCheckpoints - 1))] ?? 0,
  );
  const turn = usualTransition(analysis, "behavior");
  const wanted = turn === undefined ? spread : [...spread, nearestStep(stored, turn.step)];
  return [...new Set(wanted)].sort((one, other) => one - other);
}

/** The asked steps, each of which must be stored. */
function storedSteps({ run }: AnalyzedRun, asked: readonly number[]): readonly number[] {
  const stored = new Set(run.checkpoints.map(({ step }) => step));
  const missing = asked.find((step) => !stored.has(step));
  if (missing === undefined) return asked;
  throw new TurncoatError(`--steps: ${run.directory} holds no checkpoint of step ${missing}`);
}

function layerList(text: string): readonly number[] | "all" {
  if (text === "all") return text;
  try {
    return wholeNumbers(text);
  } catch {
    throw new InvalidArgumentError("expected all, or layers such as 2,3.");
  }
}
