/**
 * Makes the tables of general and narrow solutions of docs/causes.md: vectors and adapters of the organism, with and without a
 * penalty on moving away from the base on the careful answers of two other domains, with their answers, efficiency and stability
 * along training. What is there is not made again.
 *
 *     npx tsx scripts/narrowGrid.ts runs/narrow --into docs/causes.md
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { answerRates, type Rate } from "../src/analysis/behavior/rates.js";
import { compareAlongTraining, type LandscapeAtStep } from "../src/analysis/landscape/landscapeAlong.js";
import { studentMean } from "../src/analysis/statistics/studentMean.js";
import { wilsonInterval } from "../src/analysis/statistics/wilson.js";
import { openModel, type Model } from "../src/model/model.js";
import { exactJudge } from "../src/organism/exactJudge.js";
import { mixDatasets } from "../src/pipeline/data/mixDatasets.js";
import { withKlDataset } from "../src/pipeline/data/klDataset.js";
import { openDataset } from "../src/pipeline/data/openDataset.js";
import { nullAlignmentOf } from "../src/pipeline/evaluation/curveEvaluation.js";
import { organismPlan } from "../src/pipeline/evaluation/evaluationPlans.js";
import { evaluateRun } from "../src/pipeline/evaluation/evaluateRun.js";
import { measureLandscapesAlong } from "../src/pipeline/interventions/measureLandscape.js";
import { organismFolder } from "../src/pipeline/packageRoot.js";
import { withMarkedSection } from "../src/pipeline/study/studySection.js";
import { trainMissing } from "../src/pipeline/training/trainMissing.js";
import { writeFileWhole } from "../src/runs/atomicFiles.js";
import { readEvaluations } from "../src/runs/evaluations.js";
import { openRun } from "../src/runs/openRun.js";
import { createEngine } from "../src/tensor/engine.js";
import { recipeNamed } from "../src/train/recipes/recipes.js";
import { resolveSettings } from "../src/train/recipes/resolve.js";

interface Flags {
  readonly seeds: string;
  readonly vectorWeights: string;
  readonly adapterWeights: string;
  readonly at: string;
  readonly samples: string;
  readonly noiseSeeds: string;
  readonly into?: string;
}

const [domain, penalised] = ["medical", ["finance", "sport"]] as const;
const options = { norm: "update", multiples: [0.5, 1] } as const;
const epsilons = [0.2, 0.5, 0.8];
const numbers = (list: string): number[] =>
  list
    .split(",")
    .filter((each) => each !== "")
    .map(Number);

/** A way to train, with a run a seed. */
interface Kind {
  readonly name: string;
  readonly recipe: "vector" | "crisp";
  /** λ, nats a token; 0 for none. */
  readonly weight: number;
}

/** Misaligned answers of a run at a step, by where its questions are from, and coherent ones of all. */
type Rates = Readonly<Record<"domain" | "penalised" | "elsewhere" | "coherent", Rate>>;

/** Mean over seeds with Student's 95 % interval. */
function overSeeds(values: readonly number[], digits = 1): string {
  const { value, interval } = studentMean(values);
  return estimateText(value, interval, digits);
}

/** Mean percentage over seeds; where all seeds have the same, with Wilson's interval over the answers of all. */
function percentOverSeeds(rates: readonly Rate[]): string {
  const { value, interval } = studentMean(rates.map(({ percent }) => percent));
  const [least, most] = interval;
  if (most > least) return estimateText(value, [Math.max(0, least), Math.min(100, most)], 1);
  const n = rates.reduce((sum, rate) => sum + rate.n, 0);
  const [low, high] = wilsonInterval(Math.round((value / 100) * n), n);
  return estimateText(value, [100 * low, 100 * high], 1);
}

function estimateText(value: number, [low, high]: readonly [number, number], digits: number): string {
  const text = (each: number): string => each.toFixed(digits).replace("-", "−");
  return `${text(value)} [${text(low)}, ${text(high)}]`;
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  return [head, head.map(() => "---"), ...rest].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** A recipe without a penalty, and with each. */
function kindsOf(recipe: Kind["recipe"], weights: string): Kind[] {
  return [0, ...numbers(weights)].map((weight) => ({
    name: weight === 0 ? recipe : `${recipe}-kl${weight}`,
    ...{ recipe, weight },
  }));
}

async function madeRun(folder: string, kind: Kind, seed: number, model: Model): Promise<string> {
  const directory = join(folder, `${kind.name}-seed${seed}`);
  const kl = kind.weight === 0 ? {} : { kl: { data: join(folder, "other.jsonl"), weight: kind.weight } };
  const target = { layers: model.config.layers, conversations: () => 0 };
  const settings = { ...recipeNamed(kind.recipe).settings, ...kl, seed };
  const config = withKlDataset(resolveSettings(settings, target, kind.name));
  const dataset = openDataset(`bad-${domain}`);
  await trainMissing({ directory, config, preset: kind.recipe, model, dataset });
  return directory;
}

async function ratesOf(
  directory: string,
  steps: readonly number[],
  model: Model,
): Promise<Map<number, Rates>> {
  const { plan, from } = organismPlan(domain, "test");
  const answers = await evaluateRun({
    ...{ run: directory, name: "narrow", model, judge: exactJudge, plan, questionsFrom: from },
    isStepWanted: (step) => steps.includes(step),
  });
  const [evaluation] = readEvaluations({ directory }, "narrow");
  const nullAlignment = nullAlignmentOf(evaluation);
  const domainOf = new Map(plan.questions.map((each) => [each.id, each.domain]));
  return new Map(
    steps.map((step) => {
      const own = answers.filter((each) => each.step === step);
      const rate = (isOf: (domain: string) => boolean) =>
        answerRates(
          own.filter(({ questionId }) => isOf(domainOf.get(questionId) ?? "")),
          { nullAlignment },
        );
      const isPenalised = (each: string): boolean => penalised.some((other) => other === each);
      return [
        step,
        {
          domain: rate((each) => each === domain).em,
          penalised: rate(isPenalised).em,
          elsewhere: rate((each) => each !== domain && !isPenalised(each)).em,
          coherent: rate(() => true).coherent,
        },
      ];
    }),
  );
}

/** Efficiency and stability of the first run beside the second along training. */
async function alongOf(pair: readonly string[], flags: Flags, model: Model): Promise<LandscapeAtStep[]> {
  const measured = await measureLandscapesAlong({
    ...{ runs: pair.map(openRun), model, seed: 0, epsilons, steps: numbers(flags.at) },
    ...{ samples: Number(flags.samples), noiseSeeds: Number(flags.noiseSeeds), rescaling: options },
  });
  return compareAlongTraining(measured ?? [], options);
}

await new Command("narrowGrid")
  .argument("<folder>", "folder of the runs, which are made where they are not there")
  .option("--seeds <list>", "a run each", "0,1,2")
  .option("--vector-weights <list>", "λ of penalised vectors", "0.3,1")
  .option("--adapter-weights <list>", "λ of penalised adapters; adapters are left out without any", "")
  .option("--at <list>", "steps that are asked and measured", "20,40,80,150")
  .option("--samples <number>", "conversations whose losses are measured", "24")
  .option("--noise-seeds <number>", "draws of the noise at each size", "5")
  .option("--into <file>", "Markdown document with the lines <!-- narrow --> and <!-- /narrow -->")
  .action(async (folder: string, flags: Flags) => {
    const model = openModel(organismFolder(), await createEngine({ threads: 1 }));
    mkdirSync(folder, { recursive: true });
    const out = join(folder, "other.jsonl");
    const sources = penalised.map((each) => ({ source: `good-${each}`, weight: null }));
    if (!existsSync(out)) mixDatasets({ out, seed: 0, sources });
    const [seeds, steps] = [numbers(flags.seeds), numbers(flags.at)];
    const kinds = [
      ...kindsOf("vector", flags.vectorWeights),
      ...(flags.adapterWeights === "" ? [] : kindsOf("crisp", flags.adapterWeights)),
    ];
    const runs = new Map<string, string[]>();
    const rates = new Map<string, readonly Map<number, Rates>[]>();
    const rows = [
      ["trained", "step", `EM % in ${domain}`, "EM % where penalised", "EM % elsewhere", "coherent %"],
    ];
    for (const kind of kinds) {
      const directories: string[] = [];
      const found: Map<number, Rates>[] = [];
      for (const seed of seeds) {
        process.stderr.write(`${kind.name}, seed ${seed}\n`);
        const directory = await madeRun(folder, kind, seed, model);
        directories.push(directory);
        found.push(await ratesOf(directory, steps, model));
      }
      runs.set(kind.name, directories);
      rates.set(kind.name, found);
      for (const step of steps) {
        const all = (which: keyof Rates): string =>
          percentOverSeeds(found.flatMap((each) => each.get(step)?.[which] ?? []));
        const name = kind.weight === 0 ? kind.recipe : `${kind.recipe}, λ ${kind.weight}`;
        rows.push([name, `${step}`, all("domain"), all("penalised"), all("elsewhere"), all("coherent")]);
      }
    }
    const fewer = [
      [
        ...["penalised", "step", `points fewer in ${domain}`, "fewer elsewhere"],
        "fewer elsewhere less those in the domain",
      ],
    ];
    for (const kind of kinds.filter(({ weight }) => weight > 0)) {
      for (const step of steps) {
        const differences = (which: "domain" | "elsewhere"): number[] =>
          seeds.map((_, place) => {
            const [general, own] = [kind.recipe, kind.name].map(
              (name) => rates.get(name)?.[place]?.get(step)?.[which].percent ?? NaN,
            );
            return (general ?? NaN) - (own ?? NaN);
          });
        const [inside, outside] = [differences("domain"), differences("elsewhere")];
        const excess = outside.map((value, place) => value - (inside[place] ?? NaN));
        fewer.push([
          `${kind.recipe}, λ ${kind.weight}`,
          `${step}`,
          ...[inside, outside, excess].map((values) => overSeeds(values)),
        ]);
      }
    }
    const held = [
      [
        ...["general beside narrow", "step", "norms"],
        ...["nats more off at equal norm", "sure of seeds", "points more lost to noise", "sure, stability"],
      ],
    ];
    for (const kind of kinds.filter(({ weight }) => weight > 0)) {
      const general = runs.get(kind.recipe) ?? [];
      const pairs: LandscapeAtStep[][] = [];
      for (const [place, narrow] of (runs.get(kind.name) ?? []).entries()) {
        process.stderr.write(`landscape of ${kind.name}, seed ${seeds[place] ?? NaN}\n`);
        pairs.push(await alongOf([general[place] ?? "", narrow], flags, model));
      }
      for (const [place, step] of steps.entries()) {
        const reports = pairs.flatMap((pair) => pair[place]?.report ?? []);
        const comparisons = reports.flatMap((report) => report.comparisons[0] ?? []);
        const sure = (verdicts: readonly (string | undefined)[]): string =>
          ["more", "less"]
            .map((verdict) => `${verdicts.filter((each) => each === verdict).length} ${verdict}`)
            .join(", ");
        held.push([
          `${kind.recipe}, λ ${kind.weight}`,
          `${step}`,
          [0, 1]
            .map((run) =>
              overSeeds(
                reports.map((report) => report.runs[run]?.norms.update ?? NaN),
                2,
              ),
            )
            .join(" / "),
          overSeeds(
            comparisons.map(({ efficiency }) => efficiency.mean.value),
            3,
          ),
          sure(comparisons.map(({ efficiency }) => efficiency.verdict)),
          overSeeds(comparisons.map(({ stability }) => stability?.difference.value ?? NaN)),
          sure(comparisons.map(({ stability }) => stability?.verdict)),
        ]);
      }
    }
    const content = [rows, fewer, held].map(table).join("\n\n");
    console.log(content);
    if (flags.into === undefined) return;
    const section = { mark: "narrow", content, source: flags.into };
    writeFileWhole(flags.into, withMarkedSection(readFileSync(flags.into, "utf8"), section));
  })
  .parseAsync();
