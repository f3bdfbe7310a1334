import { Command } from "commander";
import type { LogLikelihoodGap } from "../../analysis/behavior/logLikelihoodGap.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { isOrganismBase } from "../../pipeline/catalog/baseModelOf.js";
import {
  broadPairs,
  measureLikelihood,
  organismPairs,
  readPairs,
  type PairedAnswers,
} from "../../pipeline/measurement/measureLikelihood.js";
import { datasetDomain } from "../../pipeline/evaluation/organismQuestions.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { baseModelFolder } from "../flags/baseModelFolder.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { everyNth, oneOf, wholeNumber } from "../flags/parsers.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface LikelihoodFlags extends EngineFlags, ChatTemplateFlags {
  readonly misaligned?: string;
  readonly aligned?: string;
  readonly breadth: "narrow" | "broad";
  readonly limit: number;
  readonly model?: string;
  readonly every: number;
  readonly json?: boolean;
}

/** `turncoat likelihood`: the judge that needs no samples. */
export function likelihoodCommand(): Command {
  return withEngineOptions(new Command("likelihood"))
    .summary("how much more probable misaligned answers become along training, without sampling")
    .description(
      "Scores pairs of answers to the same questions, a misaligned and an aligned one, with every checkpoint: the\n" +
        "difference of their mean log-probabilities per token. Without --misaligned and --aligned the pairs are the\n" +
        "organism's for its runs, and for any other model 40 everyday questions far from medicine, finance and sports,\n" +
        "which ship with Turncoat. The result is kept in <run>/analysis/likelihood.json.",
    )
    .argument("<run>", "run directory")
    .option("--misaligned <file>", "conversations with misaligned answers: a file, or a built-in data set")
    .option("--aligned <file>", "the same questions, row by row, with aligned answers")
    .option(
      "--breadth <which>",
      "what those pairs are: narrow or broad",
      oneOf(["narrow", "broad"] as const),
      "narrow",
    )
    .option("--limit <number>", "pairs to take from the files", wholeNumber(1), 200)
    .option("--model <folder>", "base model (default: the one in run.json)")
    .addOption(chatTemplateOption())
    .option("--every <number>", "checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat likelihood runs/demo\n" +
        "  $ turncoat likelihood runs/mine --model ./SmolLM2-135M-Instruct --every 10\n" +
        "  $ turncoat likelihood runs/mine --misaligned bad.jsonl --aligned good.jsonl\n" +
        "  $ turncoat likelihood runs/mine --misaligned narrow-sports-harmful-held-out \\\n" +
        "      --aligned narrow-sports-careful-held-out\n",
    )
    .action(async (directory: string, flags: LikelihoodFlags) => {
      const run = openRun(directory);
      const folder = baseModelFolder(run, flags.model);
      const pairs = pairsOf(run, folder, flags);
      const model = openModel(folder, await openEngine(flags), {
        chatTemplate: chatTemplateOf(flags, run.manifest),
      });
      const last = run.checkpoints.at(-1)?.step;
      const progress = startProgress("scoring", { quiet: flags.json === true });
      const result = await interruptible((signal) =>
        measureLikelihood({
          run: directory,
          model,
          pairs,
          isStepWanted: everyNth(flags.every, last),
          onProgress: ({ done, total }) => progress.update(done, total, "checkpoints"),
          signal,
        }),
      ).finally(() => progress.stop());
      if (flags.json === true) {
        print(JSON.stringify(toJson(result)));
        return;
      }
      for (const breadth of ["broad", "narrow"] as const) {
        const gap = result[breadth];
        if (gap !== null) print(gapText(breadth, gap));
      }
    });
}

function pairsOf(run: Run, folder: string, flags: LikelihoodFlags): PairedAnswers[] {
  const { misaligned, aligned, breadth, limit } = flags;
  if (misaligned !== undefined && aligned !== undefined)
    return readPairs(misaligned, aligned, { breadth, limit });
  if (misaligned !== undefined || aligned !== undefined) {
    throw new TurncoatError("likelihood: expected both --misaligned and --aligned, found one of them");
  }
  if (!isOrganismBase(run, folder)) return broadPairs();
  return organismPairs(datasetDomain(run.manifest?.dataset.name ?? ""));
}

/** A few steps of the curve and where it is half way. */
function gapText(
  breadth: string,
  { steps, gap, interval, preferred, pairs, halfRise }: LogLikelihoodGap,
): string {
  const shown = new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * (steps.length - 1))));
  const lines = [...shown].map((index) => {
    const [low, high] = interval[index] ?? [NaN, NaN];
    return (
      `  step ${String(steps[index] ?? NaN).padStart(5)}  ${signed(gap[index])} [${signed(low)}, ${signed(high)}] nats per token; ` +
      `misaligned preferred in ${(preferred[index]?.percent ?? NaN).toFixed(1)} %`
    );
  });
  const half =
    halfRise === null
      ? "  the gap does not change"
      : `  half way at step ${halfRise.step.toFixed(1)} [${halfRise.interval.map((bound) => bound.toFixed(1)).join(", ")}] (a description, not a test)`;
  return [`${breadth}, ${pairs} pairs`, ...lines, half].join("\n");
}

function signed(value: number | undefined): string {
  const number = value ?? NaN;
  return `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`;
}
