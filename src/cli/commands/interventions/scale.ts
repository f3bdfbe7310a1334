import { Command, InvalidArgumentError } from "commander";
import type { ModuleFactors } from "../../../pipeline/interventions/scaleConditions.js";
import { finiteNumber, wholeNumber } from "../../flags/parsers.js";
import { withInterventionOptions } from "./intervene.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat scale`: asks a run whose adapters are scaled against each other. */
export function scaleCommand(): Command {
  const command = new Command("scale")
    .summary("scale the adapters of a run against each other, beside random ones, and see what moves")
    .description(
      "Multiplies what single adapters of a run write and judges the answers. Beside each case stand adapters that read\n" +
        "the same and write as much along random directions, the untouched run and the base. Answers are kept with the\n" +
        "run: after an interruption the same command continues, and more cases join them.",
    )
    .argument("<run>", "run directory")
    .requiredOption(
      "--factors <list>",
      "factors by layer, module or others, such as 21=30,23=30,others=0; again for each case",
      (text: string, before: readonly ModuleFactors[] | undefined) => [
        ...(before ?? []),
        moduleFactors(text),
      ],
    )
    .option("--step <number>", "step whose adapters are scaled (default: the last)", wholeNumber(0));
  return withInterventionOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat scale runs/demo --factors 2=0.5 --factors 2=2\n" +
        "  $ turncoat scale runs/nine --factors 21=30,23=30,others=0 --questions broad-questions --samples 4\n",
    )
    .action(lazily(async () => (await import("../../actions/interventions/scale.js")).scaleAction));
}

/** Parses factors such as `21=30,23=30,others=0`. */
function moduleFactors(text: string): ModuleFactors {
  const pairs = text.split(",").map((part) => {
    const [, name = "", factor = ""] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (name === "") throw new InvalidArgumentError("expected factors such as 21=30,23=30,others=0.");
    return { name, factor: finiteNumber(factor) };
  });
  return {
    text,
    named: pairs.filter(({ name }) => name !== "others"),
    others: pairs.find(({ name }) => name === "others")?.factor ?? 1,
  };
}
