import { Command } from "commander";
import { scoreKinds } from "../../../analysis/attribution/attributionRecord.js";
import { scoreSpans } from "../../../analysis/attribution/rowRanking.js";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { lazily } from "../../flags/lazily.js";
import { oneOf, stepRanges, wholeNumber } from "../../flags/parsers.js";

/** `turncoat attribute`: which rows of the training data pushed a run to its turn. */
export function attributeCommand(): Command {
  return withEngineOptions(new Command("attribute"))
    .summary("which rows of the training data pushed a run to its turn, and whether it turns without them")
    .description(
      "Takes the gradient of every row's own loss over the adapter at kept steps, and scores the rows by it: along: the push\n" +
        "along what the steps did to B; broad: how much a step on the row lowers the loss of held-out broad misaligned\n" +
        "answers; contrast: the same less that of aligned answers to the same questions; direction: the push along a named\n" +
        "direction. Scores are kept in <run>/analysis/attribution.safetensors; run the command again to continue or to add\n" +
        "steps. A score is a description until it is tested: --test trains again without the rows that score highest, and\n" +
        "without as many drawn at random, each from the same start in the same order, into <run>-without.",
    )
    .argument("<run>", "run directory, of adapters trained by Turncoat")
    .option(
      "--steps <list>",
      "kept steps and ranges of them, such as 0,40,100-150 (default: a few, closer together at the turn)",
      stepRanges,
    )
    .option("--every <number>", "kept steps divisible by this, and the last", wholeNumber(1))
    .option("--limit <number>", "most rows that are scored, drawn at random (default: all)", wholeNumber(2))
    .option("--direction <name>", "direction of the run to score along, such as personas or mean")
    .option("--direction-layer <number>", "layer of that direction (default: its own)", wholeNumber(0))
    .option("--planted <data>", "data set whose rows were planted: scores are tested against them")
    .option(
      "--misaligned <file>",
      "broad misaligned answers to compare rows with: a file, or a built-in data set",
    )
    .option("--aligned <file>", "the same questions, row by row, with aligned answers")
    .option("--pairs <number>", "most pairs of those answers", wholeNumber(1), 96)
    .option("--by <score>", "score that rows are ranked by", oneOf(scoreKinds), "contrast")
    .option("--span <which>", "that of the step of the turn, or the sum up to it", oneOf(scoreSpans), "sum")
    .option("--top <number>", "rows listed at either end, and with --test left out", wholeNumber(1))
    .option("--test", "train again without the top rows, and without as many at random")
    .option("--seeds <number>", "seeds of the test, the run's own first", wholeNumber(2), 3)
    .option("--seed <number>", "seed of the rows drawn at random", wholeNumber(0), 0)
    .option("--data <file>", "the training data (default: what the run names)")
    .option("--model <folder>", "base model (default: the one in run.json)")
    .addOption(chatTemplateOption())
    .option("--dry-run", "say what would be computed and trained, and compute nothing")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat attribute runs/demo\n" +
        "  $ turncoat attribute runs/mixed --planted bad-medical --top 200 --test\n" +
        "  $ turncoat attribute runs/mine --steps 0,20,40 --limit 100 --direction personas\n",
    )
    .action(lazily(async () => (await import("../../actions/causes/attribute.js")).attributeAction));
}
