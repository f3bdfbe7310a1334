import { join } from "node:path";
import { Command } from "commander";
import { dispositionCurve } from "../../analysis/directions/disposition.js";
import { dispositionRise } from "../../analysis/transitions/behavior/dispositionRise.js";
import { toJson } from "../../analysis/toJson.js";
import { dispositionFigure } from "../../figures/run/activations/dispositionFigure.js";
import { openModel } from "../../model/model.js";
import { writeOfflinePage } from "../../notebook/offlinePage.js";
import { baseModelOf } from "../../pipeline/catalog/baseModelOf.js";
import { directionSet } from "../../pipeline/directions/directionSets.js";
import { measureDisposition } from "../../pipeline/measurement/measureDisposition.js";
import { promptQuestions } from "../../pipeline/measurement/promptQuestions.js";
import { usualPersonas, usualPersonasOf } from "../../pipeline/measurement/usualPersonas.js";
import { analyzeRun } from "../../pipeline/report/analyzeRun.js";
import { promptPlaces, readingOf, type PromptPlace } from "../../pipeline/results/dispositionResult.js";
import { openRun } from "../../runs/openRun.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { everyNth, oneOf, stepRanges, wholeNumber } from "../flags/parsers.js";
import { interruptible } from "../interrupt.js";
import { dispositionText } from "../output/dispositionText.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface DispositionFlags extends EngineFlags, ChatTemplateFlags {
  readonly directions: readonly string[];
  readonly of?: string;
  readonly questions?: string;
  readonly limit?: number;
  readonly every: number;
  readonly steps?: (step: number) => boolean;
  readonly layer?: number;
  readonly place: PromptPlace;
  readonly model?: string;
  readonly html?: string;
  readonly seed: number;
  readonly json?: boolean;
}

/** `turncoat disposition`: where prompts lie along directions, before the model speaks. */
export function dispositionCommand(): Command {
  return withEngineOptions(new Command("disposition"))
    .summary("where prompts lie along a direction at every checkpoint, before the model speaks")
    .description(
      "Runs every checkpoint over prompts alone and projects the residual stream, at the last token of the prompt and on\n" +
        "average over it, on named directions after every layer. No answer is read, so that no words give the classes\n" +
        "away. Beside it stands how far directions drawn by chance move. Without --directions it is read along the\n" +
        "difference of two personas in the base model, which is found first. Readings are kept in\n" +
        "<run>/analysis/disposition.safetensors; run the command again to continue, or to add steps.",
    )
    .argument("<run>", "run directory")
    .option(
      "--directions <list>",
      "names of directions, separated by commas; the first is shown",
      (text) => text.split(",").map((name) => name.trim()),
      [usualPersonas],
    )
    .option("--of <run>", "run whose directions they are (default: the run itself)")
    .option(
      "--questions <file>",
      "questions whose prompts are read (default: the organism's test pool, else broad-questions)",
    )
    .option("--limit <number>", "most questions, spread evenly", wholeNumber(2))
    .option("--every <number>", "checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--steps <list>", "these alone: steps and ranges, such as 0,40,100-150", stepRanges)
    .option("--layer <number>", "the layer that is shown (default: chosen in the base model)", wholeNumber(0))
    .option(
      "--place <which>",
      "what is shown: last token, or mean over the prompt",
      oneOf(promptPlaces),
      "last",
    )
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--seed <number>", "seed of the directions drawn by chance", wholeNumber(0), 0)
    .option("--html <file>", "HTML file for the figure (default: <run>/analysis/disposition.html)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat disposition runs/demo\n" +
        "  $ turncoat disposition runs/finance --of runs/medical --directions answers\n" +
        "  $ turncoat disposition runs/mine --every 10 --limit 40 --layer 21\n",
    )
    .action(disposition);
}

async function disposition(directory: string, flags: DispositionFlags): Promise<void> {
  const run = openRun(directory);
  const { folder, isOrganism } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const from = flags.of === undefined ? run : openRun(flags.of);
  const progress = startProgress("reading", { quiet: flags.json === true });
  const read = await interruptible(async (signal) => {
    const directions = [];
    for (const name of flags.directions) {
      directions.push(
        name === usualPersonas
          ? await usualPersonasOf(from, model, isOrganism, ({ done, total }) =>
              progress.update(done, total, "prompts of personas"),
            )
          : directionSet(from, model.config.hiddenSize, { direction: name }),
      );
    }
    return measureDisposition({
      ...{ run, model, directions, signal, seed: flags.seed },
      questions: promptQuestions(run, isOrganism, { source: flags.questions, limit: flags.limit }),
      isStepWanted: flags.steps ?? everyNth(flags.every, run.checkpoints.at(-1)?.step),
      onProgress: ({ done, total }) => progress.update(done, total, "checkpoints"),
    });
  }).finally(() => progress.stop());
  const shown = { layer: flags.layer, place: flags.place };
  const curve = dispositionCurve(readingOf(read, shown));
  const { transition, absent } = dispositionRise(curve);
  if (flags.json === true) {
    print(
      JSON.stringify(
        toJson({ about: { ...read.about }, curve: { ...curve }, verdict: transition ?? absent }),
      ),
    );
    return;
  }
  const page = flags.html ?? join(directory, "analysis", "disposition.html");
  const { analysis } = await analyzeRun(directory);
  // The analysis is of the layer and place that are usual, which need not be those shown.
  const others = analysis.transitions.filter(({ indicator }) => indicator !== "disposition");
  const figure = dispositionFigure({
    ...analysis,
    disposition: curve,
    transitions: [...others, ...(transition === null ? [] : [transition])],
  });
  if (figure !== null)
    writeOfflinePage(page, [figure], {
      title: `Disposition of ${run.runId}`,
      sentences: [figure.meta.summary],
    });
  print(`${dispositionText(read, curve)}\n\nfigure: ${page}`);
}
