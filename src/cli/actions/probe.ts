import { missingStep } from "../../runs/openRun.js";
import { join } from "node:path";
import type { Command } from "commander";
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
import { chatTemplateOf } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { probeText, probeWords } from "../output/probeText.js";
import { startProgress } from "../output/progress.js";
import { print, tell } from "../output/terminal.js";
import { testScalars, type ScalarTestFlags } from "./scalars/testScalars.js";
import { commandLine } from "../../hints.js";

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

/** Runs `turncoat probe`. */
export async function probeAction(
  directory: string | undefined,
  flags: ProbeFlags,
  command: Command,
): Promise<void> {
  if (flags.scalars !== undefined) testScalars(directory, flags.scalars, flags);
  else if (directory === undefined) command.error("error: missing required argument 'run'");
  else await probe(directory, flags);
}

async function probe(directory: string, flags: ProbeFlags): Promise<void> {
  const analyzed = await analyzeRun(directory);
  const { run, evaluations, warnings } = analyzed;
  if (evaluations.every(({ answers }) => answers.length === 0)) {
    throw new TurncoatError(`${directory}: no judged answers to probe`, {
      hint: `Evaluate the run first: ${commandLine("evaluate", directory)}`,
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
  throw missingStep(run, missing, "--steps");
}
