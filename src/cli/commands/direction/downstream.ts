import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { openModel } from "../../../model/model.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import { measureDownstream } from "../../../pipeline/interventions/downstream.js";
import { lastStep } from "../../../pipeline/interventions/plannedConditions.js";
import { promptQuestions } from "../../../pipeline/measurement/promptQuestions.js";
import { openRun } from "../../../runs/openRun.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../../flags/engineFlags.js";
import { finiteNumber, wholeNumber } from "../../flags/parsers.js";
import { downstreamText } from "../../output/directionText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface DownstreamFlags extends EngineFlags, ChatTemplateFlags {
  readonly step?: number;
  readonly layer?: number;
  readonly strength: number;
  readonly answersPerClass: number;
  readonly questions?: string;
  readonly limit: number;
  readonly random: number;
  readonly seed: number;
  readonly model?: string;
  readonly json?: boolean;
}

/** `turncoat direction downstream`: whether steering changes later layers as training did. */
export function downstreamCommand(): Command {
  return withEngineOptions(new Command("downstream"))
    .summary("whether adding a direction to the base changes later layers as training did")
    .description(
      "Adds a direction to the base after one layer, and compares layer by layer what that changes with what training\n" +
        "changed: the cosine of (steered − base) and (trained − base), text by text, beside random directions of the same\n" +
        "length.",
    )
    .argument("<run>", "run directory")
    .argument("<name>", "name of the direction")
    .option("--step <number>", "step of the trained model (default: the last)", wholeNumber(0))
    .option(
      "--layer <number>",
      "layer after which it is added (default: the direction's usual one)",
      wholeNumber(0),
    )
    .option(
      "--strength <number>",
      "length that is added, as a share of the residual norm",
      finiteNumber,
      0.25,
    )
    .option(
      "--answers-per-class <number>",
      "judged answers of either class to read beside prompts",
      wholeNumber(0),
      0,
    )
    .option(
      "--questions <file>",
      "questions whose prompts are read (default: the organism's test pool, else broad-questions)",
    )
    .option("--limit <number>", "most questions", wholeNumber(2), 40)
    .option("--random <number>", "random directions of the same length", wholeNumber(1), 5)
    .option("--seed <number>", "seed of what is drawn", wholeNumber(0), 0)
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat direction downstream runs/demo personas --layer 2 --answers-per-class 60\n",
    )
    .action(downstream);
}

async function downstream(directory: string, name: string, flags: DownstreamFlags): Promise<void> {
  const run = openRun(directory);
  const { folder, isOrganism } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const set = directionSet(run, model.config.hiddenSize, { direction: name });
  const { layer = set.layer, strength, answersPerClass, random: draws, seed } = flags;
  const progress = startProgress("reading", { quiet: flags.json === true });
  const cosines = await measureDownstream({
    ...{ run, model, set, layer, strength, answersPerClass, draws, seed },
    step: flags.step ?? lastStep(run),
    questions: promptQuestions(run, isOrganism, { source: flags.questions, limit: flags.limit }),
    onProgress: ({ done, total }) => progress.update(done, total, "passes"),
  }).finally(() => progress.stop());
  if (flags.json === true) print(JSON.stringify(toJson({ direction: name, layer, strength, cosines })));
  else print(downstreamText({ name, layer, strength }, cosines));
}
