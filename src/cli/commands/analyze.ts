import { Command } from "commander";
import { cosineSigns, runAlignments } from "../flags/choices.js";
import { oneOf, positiveNumber, wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { productKinds } from "../../pipeline/results/productKinds.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat analyze`: geometry, behaviour and transitions of any run, or of several runs together. */
export function analyzeCommand(): Command {
  return new Command("analyze")
    .summary("analyse a run made here or with PEFT, and say what turns and when")
    .description(
      "Analyses a run: the directions of its adapters at every checkpoint, its gradient norm and its judged\n" +
        "answers. Any folder with checkpoint-*/adapter_model.safetensors will do. Several runs, such as the\n" +
        "seeds of one configuration, are put together: mean, spread and the steps at which they turn.",
    )
    .argument("<runs...>", "run directories")
    .option("--json", "print one JSON object with every number, its parameters and its gaps")
    .option(
      "--evaluation <name>",
      "the evaluation that behaviour is taken from (default: curve, or the first that was judged)",
    )
    .option(
      "--adapter <paths...>",
      "module paths of the adapters to measure (default: all of up to 12; of more, those that carry most of the update)",
    )
    .option(
      "--products <kind>",
      "inner products of more than 12 adapters: exact, or of random projections (default: exact where it takes seconds)",
      oneOf(productKinds),
    )
    .option("--reference-step <step>", "also compare every step with this one", wholeNumber(0))
    .option("--components <count>", "principal components to keep (default: 10)", wholeNumber(1))
    .option("--direction <file>", "also give the angle of A and B to the vectors in a safetensors file")
    .option(
      "--sign <convention>",
      "of local cosines: paper (straight = −1, a turn is a peak) or cosine (straight = +1, a turn is a minimum)",
      oneOf(cosineSigns),
      "paper",
    )
    .option(
      "--k <steps>",
      "half-windows of local cosines, such as 5,10,15 (the default where they fit)",
      wholeNumbers,
    )
    .option(
      "--gate <norm>",
      "leave steps out that move no more than this, such as 0.0035 (default: 2 % of the largest movement)",
      positiveNumber,
    )
    .option("--normalized", "give the local cosines of unit vectors in the table; --json always has both")
    .option(
      "--align-by <axis>",
      `axis of several runs: ${runAlignments.join(", ")}`,
      oneOf(runAlignments),
      "step",
    )
    .option(
      "--transition <indicator>",
      "the transition that is step 0, where runs are aligned by it",
      "rotation",
    )
    .option(
      "--control <run>",
      "a run on other answers, alike in all else, that every turn is held against; again for each (default: the one that run.json names)",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat analyze runs/demo\n  $ turncoat analyze runs/demo --json\n" +
        "  $ turncoat analyze runs/harmful --control runs/careful\n" +
        "  $ turncoat analyze runs/seed-1 runs/seed-2 runs/seed-3\n",
    )
    .action(lazily(async () => (await import("../actions/analyze.js")).analyzeAction));
}
