import { Command } from "commander";
import { tokenMeans } from "../../../analysis/scalars/tokenMeans.js";
import { toJson } from "../../../analysis/toJson.js";
import type { ScalarsFile } from "../../../formats/scalars/scalarsFile.js";
import { openModel } from "../../../model/model.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { unreachedAnswers } from "../../../pipeline/measurement/answerSignificance.js";
import {
  readRunScalars,
  runScalars,
  writeRunScalars,
  type RunScalars,
} from "../../../pipeline/measurement/runScalars.js";
import { whileMeasuring } from "../../../runs/runLocks.js";
import { openRun } from "../../../runs/openRun.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../../flags/engineFlags.js";
import { wholeNumber } from "../../flags/parsers.js";
import { interruptible } from "../../interrupt.js";
import { startProgress } from "../../output/progress.js";
import { scalarTokensText } from "../../output/scalars/scalarTokensText.js";
import { print, tell } from "../../output/terminal.js";

interface ScalarsFlags extends EngineFlags, ChatTemplateFlags {
  readonly model?: string;
  readonly step?: number;
  readonly answersPerClass: number;
  readonly top: number;
  readonly leastCount: number;
  readonly seed: number;
  readonly significance?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `turncoat scalars`: what the adapters of a run read at every token of its judged answers. */
export function scalarsCommand(): Command {
  return withEngineOptions(new Command("scalars"))
    .summary(
      "the scalars A·h of a run's adapters at every token of its judged answers, and the tokens that carry them",
    )
    .description(
      "Runs the base model and the adapters of a checkpoint over judged answers of the run, as many aligned as misaligned\n" +
        "ones, and writes the scalar A·h of every adapter at every response token, unscaled. Lists for each adapter the\n" +
        "tokens at which its scalar is highest and lowest on average, beside what chance makes of the same counts.\n" +
        "turncoat probe --scalars tests whether the two files differ.",
    )
    .argument("<run>", "run directory")
    .option("--step <number>", "checkpoint (default: the last)", wholeNumber(0))
    .option("--answers-per-class <number>", "misaligned answers, and as many aligned", wholeNumber(1), 120)
    .option("--top <number>", "tokens listed at either end of each scalar", wholeNumber(1), 10)
    .option("--least-count <number>", "fewest occurrences of a token that is listed", wholeNumber(1), 5)
    .option("--seed <number>", "seed of the choice of answers and of the shuffles", wholeNumber(0), 0)
    .option(
      "--significance",
      "also write how much each token matters to what sets the model apart from its base (slow; resumable)",
    )
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--out <folder>", "folder for the two files (default: <run>/analysis/scalars)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat scalars runs/demo --step 150\n" +
        "  $ turncoat probe --scalars runs/demo/analysis/scalars/aligned.safetensors \\\n" +
        "      runs/demo/analysis/scalars/misaligned.safetensors\n",
    )
    .action(scalars);
}

function scalars(directory: string, flags: ScalarsFlags): Promise<void> {
  return whileMeasuring(directory, "scalars", () => computeScalars(directory, flags));
}

async function computeScalars(directory: string, flags: ScalarsFlags): Promise<void> {
  const run = openRun(directory);
  const model = openModel(flags.model ?? baseModelOf(run).folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const progress = startProgress("reading", { quiet: flags.json === true });
  const made = await interruptible((signal) =>
    runScalars({
      run: directory,
      model,
      answersPerClass: flags.answersPerClass,
      seed: flags.seed,
      ...(flags.significance === true
        ? { withSignificance: true, known: readRunScalars(directory, flags.out) }
        : {}),
      onProgress: ({ done, total }) => progress.update(done, total, "answers"),
      signal,
      ...(flags.step === undefined ? {} : { step: flags.step }),
    }),
  ).finally(() => progress.stop());
  const files = writeRunScalars(directory, made, flags.out);
  const unreached = unreachedAnswers(made.aligned) + unreachedAnswers(made.misaligned);
  if (flags.significance === true && unreached > 0)
    tell(`significance: ${unreached} answers were not reached; run the command again to go on`);
  const { features, scalars: values, tokenIds } = pooled(made);
  const tokens = tokenMeans({ features, scalars: values }, tokenIds, {
    listed: flags.top,
    leastCount: flags.leastCount,
    seed: flags.seed,
  });
  const decode = (token: number): string => model.tokenizer.decodeWithSpecialTokens([token]);
  if (flags.json === true) {
    const withTexts = tokens.map(({ highest, lowest, ...rest }) => ({
      ...rest,
      highest: highest.map((each) => ({ ...each, text: decode(each.token) })),
      lowest: lowest.map((each) => ({ ...each, text: decode(each.token) })),
    }));
    const count = ({ answerIndex }: ScalarsFile) => ({
      answers: new Set(answerIndex).size,
      tokens: answerIndex.length,
    });
    const { step, aligned, misaligned } = made;
    print(
      JSON.stringify(
        toJson({ step, files, aligned: count(aligned), misaligned: count(misaligned), adapters: withTexts }),
      ),
    );
    return;
  }
  print(scalarTokensText(made, tokens, decode));
  print(`\n${files.aligned}\n${files.misaligned}`);
}

/** The scalars of both kinds of answers under each other. */
function pooled({
  aligned,
  misaligned,
}: RunScalars): Required<Pick<ScalarsFile, "features" | "scalars" | "tokenIds">> {
  const both = [aligned, misaligned];
  return {
    features: aligned.features,
    scalars: Float32Array.from(both.flatMap((each) => [...each.scalars])),
    tokenIds: Int32Array.from(both.flatMap(({ tokenIds = [] }) => [...tokenIds])),
  };
}
