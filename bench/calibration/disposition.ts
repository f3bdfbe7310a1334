/**
 * Whether the disposition turns where behaviour does: organisms of three domains and several seeds, each with a control on
 * aligned answers, read along the difference of personas and along random directions of its length.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Direction } from "../../src/analysis/directions/direction.js";
import { dispositionCurve } from "../../src/analysis/directions/disposition.js";
import { randomTwin } from "../../src/analysis/interventions/randomTwin.js";
import type { Interval } from "../../src/analysis/statistics/quantile.js";
import { dispositionRise } from "../../src/analysis/transitions/behavior/dispositionRise.js";
import { usualTransition } from "../../src/analysis/usualTransitions.js";
import { openModel, type Model } from "../../src/model/model.js";
import type { DirectionSet } from "../../src/pipeline/directions/directionSets.js";
import { measureDisposition } from "../../src/pipeline/measurement/measureDisposition.js";
import { promptQuestions } from "../../src/pipeline/measurement/promptQuestions.js";
import { usualPersonasOf } from "../../src/pipeline/measurement/usualPersonas.js";
import { runDemo } from "../../src/pipeline/organism/demo.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { analyzeRun } from "../../src/pipeline/report/analyzeRun.js";
import { readingOf } from "../../src/pipeline/results/dispositionResult.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { openRun } from "../../src/runs/openRun.js";
import { createEngine } from "../../src/tensor/engine.js";
import { Random } from "../../src/tensor/random.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { presetConfig } from "../../src/train/recipes/presets.js";

const domains = ["medical", "finance", "sport"] as const;
/** Random directions that are read as the personas are. */
const randomDirections = 20;
/** Steps within which one event lies beside the interval of another: the spacing of what is read. */
const beside = 2;

/** One organism with its control. */
export interface DispositionCase {
  readonly domain: string;
  readonly seed: number;
  /** Turn of broad behaviour; null where it does not turn. */
  readonly behavior: { readonly step: number; readonly interval: Interval } | null;
  readonly disposition: string;
  readonly step: number | null;
  readonly interval: Interval | null;
  /** Change along the personas from the first to the last step, and the furthest by chance, in percent of their difference. */
  readonly changePercent: number;
  readonly furthestPercent: number;
  /** Whether the disposition's step lies in the behavioural interval or within two steps of it. */
  readonly isBeside: boolean;
  readonly control: string;
  readonly controlChangePercent: number;
  /** Number of random directions that are said to turn, of how many. */
  readonly randomTurns: number;
  readonly randomRead: number;
}

/** @param options.folder keeps the runs; what lies there is not trained again */
export async function dispositionBench(options: {
  readonly folder: string;
  readonly seeds?: number | undefined;
}): Promise<DispositionCase[]> {
  const { folder, seeds = 5 } = options;
  mkdirSync(folder, { recursive: true });
  const model = openModel(organismFolder(), await createEngine());
  const cases: DispositionCase[] = [];
  for (const domain of domains) {
    for (let seed = 0; seed < seeds; seed++) {
      const made = await caseOf(model, folder, domain, seed);
      console.error(`  ${JSON.stringify(made)}`);
      cases.push(made);
    }
  }
  return cases;
}

async function caseOf(
  model: Model,
  folder: string,
  domain: (typeof domains)[number],
  seed: number,
): Promise<DispositionCase> {
  const directory = join(folder, `bad-${domain}-${seed}`);
  const control = join(folder, `good-${domain}-${seed}`);
  if (!existsSync(join(directory, "checkpoint-150")))
    await runDemo({ directory, model, domain, preset: "crisp", seed, probes: false });
  if (!existsSync(join(control, "checkpoint-150"))) {
    const config = { ...presetConfig("crisp"), seed };
    await trainRun({
      directory: control,
      ...{ config, preset: "crisp", model, dataset: readDataset(datasetPath(`good-${domain}`)) },
    });
  }
  const [own, theirs] = [await verdictOf(model, directory), await verdictOf(model, control)];
  const behavior = usualTransition((await analyzeRun(directory)).analysis, "behavior");
  const [low, high] = behavior?.interval ?? [NaN, NaN];
  const step = own.transition?.step ?? null;
  return {
    ...{ domain, seed },
    behavior: behavior === undefined ? null : { step: behavior.step, interval: behavior.interval },
    disposition: own.verdict,
    step,
    interval: own.transition?.interval ?? null,
    changePercent: own.changePercent,
    furthestPercent: own.furthestPercent,
    isBeside: step !== null && step >= low - beside && step <= high + beside,
    control: theirs.verdict,
    controlChangePercent: theirs.changePercent,
    randomTurns: own.randomTurns + theirs.randomTurns,
    randomRead: 2 * randomDirections,
  };
}

async function verdictOf(
  model: Model,
  directory: string,
): Promise<{
  readonly verdict: string;
  readonly transition: { readonly step: number; readonly interval: Interval } | null;
  readonly changePercent: number;
  readonly furthestPercent: number;
  readonly randomTurns: number;
}> {
  const run = openRun(directory);
  const personas = await usualPersonasOf(run, model, true);
  const random = Array.from({ length: randomDirections }, (_, draw) => randomLike(personas, draw));
  const read = await measureDisposition({
    ...{ run, model, directions: [personas, ...random], seed: 1 },
    questions: promptQuestions(run, true),
    isStepWanted: (step) => step % beside === 0,
  });
  const layer = read.about.directions[0]?.layer;
  const curve = dispositionCurve(readingOf(read));
  const { transition, absent } = dispositionRise(curve);
  const percent = (share: number): number => Math.round(1000 * share) / 10;
  return {
    verdict: transition?.verdict ?? absent?.verdict ?? "",
    transition,
    changePercent: percent((curve.values.at(-1) ?? NaN) - (curve.values[0] ?? NaN)),
    furthestPercent: percent(curve.chance.at(-1)?.furthest ?? NaN),
    randomTurns: random.filter(({ name }) => {
      const drawn = dispositionCurve(readingOf(read, { direction: name, layer }), { resamples: 199 });
      return dispositionRise(drawn).transition !== null;
    }).length,
  };
}

/** A random direction after every layer, g/‖g‖·‖v‖ with g normal. */
function randomLike({ layers, layer: shown, step }: DirectionSet, draw: number): DirectionSet {
  const name = `random${draw}`;
  return {
    ...{ name, step, layer: shown },
    layers: layers.map(({ layer, vector, unit }): Direction => {
      return {
        ...{ name, layer, step, unit },
        vector: randomTwin(vector, new Random(draw).fork(`random direction ${layer}`)),
        madeFrom: { kind: "file", tensor: name },
      };
    }),
  };
}

/** The result as a table in Markdown. */
export function dispositionTable(cases: readonly DispositionCase[]): string {
  const count = (isCounted: (each: DispositionCase) => boolean): number => cases.filter(isCounted).length;
  const of = cases.length;
  const words: Readonly<Record<string, string>> = {
    ...{ turns: "turns", doesNotTurn: "does not turn", cannotTell: "cannot be told" },
  };
  const event = (found: { readonly step: number; readonly interval: Interval } | null): string =>
    found === null ? "–" : `${found.step} [${found.interval.join(", ")}]`;
  const random = cases.reduce((sum, { randomTurns }) => sum + randomTurns, 0);
  const read = cases.reduce((sum, { randomRead }) => sum + randomRead, 0);
  return [
    `Disposition in or beside the behavioural interval: ${count(({ isBeside }) => isBeside)} of ${of}. ` +
      `Controls that turn: ${count(({ control }) => control === "turns")} of ${of}. Random directions that turn: ${random} of ${read}.`,
    "",
    "| domain | seed | behaviour turns | disposition | at | change | furthest by chance | control | its change |",
    "| --- | --: | --- | --- | --- | --: | --: | --- | --: |",
    ...cases.map(
      ({ domain, seed, behavior, disposition, step, interval, ...rest }) =>
        `| ${domain} | ${seed} | ${event(behavior)} | ${words[disposition] ?? disposition} | ` +
        `${event(step === null || interval === null ? null : { step, interval })} | ${rest.changePercent} % | ` +
        `${rest.furthestPercent} % | ${words[rest.control] ?? rest.control} | ${rest.controlChangePercent} % |`,
    ),
  ].join("\n");
}
