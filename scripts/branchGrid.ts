/**
 * Makes the study of branches of docs/causes.md: organisms of three domains and three seeds go on from six of their steps with
 * four changes. What is there is not made again.
 *
 *     npx tsx scripts/branchGrid.ts runs/no-return --into docs/causes.md
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { openModel, type Model } from "../src/model/model.js";
import { exactJudge } from "../src/organism/exactJudge.js";
import { openParent, type BranchParent } from "../src/pipeline/branches/branchParent.js";
import { branchStudy } from "../src/pipeline/branches/branchStudy.js";
import { branchMarkdown } from "../src/pipeline/branches/branchTables.js";
import { parseIntervention } from "../src/pipeline/branches/interventions.js";
import { openDataset } from "../src/pipeline/data/openDataset.js";
import { organismPlan } from "../src/pipeline/evaluation/evaluationPlans.js";
import { datasetDomain } from "../src/pipeline/evaluation/organismQuestions.js";
import { organismFolder } from "../src/pipeline/packageRoot.js";
import { withMarkedSection } from "../src/pipeline/study/studySection.js";
import { trainMissing } from "../src/pipeline/training/trainMissing.js";
import { writeFileWhole } from "../src/runs/atomicFiles.js";
import { createEngine } from "../src/tensor/engine.js";
import { presetConfig } from "../src/train/recipes/presets.js";

interface Flags {
  readonly domains: string;
  readonly seeds: string;
  readonly from: string;
  readonly with: string;
  readonly keepState: string;
  readonly steps: string;
  readonly into?: string;
}

const numbers = (list: string): number[] => list.split(",").map(Number);

/** The organisms of one domain, a run a seed, with their states at the steps; those that are there stay. */
async function parentsOf(
  folder: string,
  domain: string,
  model: Model,
  flags: Flags,
): Promise<BranchParent[]> {
  const dataset = openDataset(`bad-${domain}`);
  const parents: BranchParent[] = [];
  for (const seed of numbers(flags.seeds)) {
    const directory = join(folder, `${domain}-seed${seed}`);
    const steps = Number(flags.steps);
    const config = { ...presetConfig("crisp"), steps, seed, keepState: flags.keepState };
    await trainMissing({ directory, config, preset: "crisp", model, dataset });
    parents.push(openParent(directory, model));
  }
  return parents;
}

await new Command("branchGrid")
  .argument("<folder>", "folder of the runs, which are made where they are not there")
  .option("--domains <list>", "domains of the organism", "medical,sport,finance")
  .option("--seeds <list>", "a run each", "0,1,2")
  .option("--from <list>", "steps to go on from", "0,20,30,40,50,60")
  .option("--with <list>", "changes, as of turncoat branch", "careful,inoculate,rate:0.25,steer:personas:1")
  .option("--keep-state <list>", "steps whose states the runs keep", "0,10,20,30,40,50,60")
  .option("--steps <number>", "steps of each run", "100")
  .option("--into <file>", "Markdown document with the lines <!-- branches DOMAIN --> and their ends")
  .action(async (folder: string, flags: Flags) => {
    const model = openModel(organismFolder(), await createEngine());
    for (const domain of flags.domains.split(",")) {
      const { found } = await branchStudy({
        parents: await parentsOf(folder, domain, model, flags),
        steps: numbers(flags.from),
        orders: 1,
        judge: exactJudge,
        interventions: flags.with.split(",").map(parseIntervention),
        questions: organismPlan(datasetDomain(`bad-${domain}`), "test"),
        onProgress: ({ done, total }) => process.stderr.write(`\r${domain}: ${done} of ${total} branches`),
        onNote: (line) => process.stderr.write(`\n${line}\n`),
      });
      const content = branchMarkdown(domain, found);
      console.log(`${content}\n`);
      if (flags.into === undefined) continue;
      const section = { mark: `branches ${domain}`, content, source: flags.into };
      writeFileWhole(flags.into, withMarkedSection(readFileSync(flags.into, "utf8"), section));
    }
  })
  .parseAsync();
