import { Command, InvalidArgumentError } from "commander";
import type { EditedTokens } from "../../../model/generation/generate.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import type { UntouchedChoice } from "../../../pipeline/interventions/plannedConditions.js";
import { directionSettings } from "../../../pipeline/interventions/runInterventions.js";
import { steerConditions } from "../../../pipeline/interventions/steerConditions.js";
import { finiteNumber, wholeNumber, wholeNumbers } from "../../flags/parsers.js";
import { intervene, withInterventionOptions, withTokensOption, type InterventionFlags } from "./intervene.js";

interface SteerFlags extends InterventionFlags {
  readonly direction: string;
  readonly at?: number;
  readonly layers?: readonly number[];
  readonly strengths: readonly number[];
  readonly on: UntouchedChoice;
  readonly tokens: EditedTokens;
}

/** `turncoat steer`: adds a direction to the residual stream, at several layers and strengths. */
export function steerCommand(): Command {
  const command = new Command("steer")
    .summary("add a direction to the residual stream, beside random ones, and see what moves")
    .description(
      "Adds a direction of the run to the residual stream after one layer at a time while the model answers, and judges\n" +
        "the answers. Strengths are shares of the residual norm there. Beside each stand random directions of the same\n" +
        "length, the untouched model, and what was trained. Answers are kept with the run: after an interruption the same\n" +
        "command continues, and more layers and strengths join them.",
    )
    .argument("<run>", "run directory")
    .requiredOption("--direction <name>", "direction of the run, such as mean, probe or b2")
    .option("--at <step>", "step of the direction (default: the last at which it is known)", wholeNumber(0))
    .option("--layers <list>", "layers, such as 1,2 (default: all at which it is known)", wholeNumbers)
    .option(
      "--strengths <list>",
      "shares of the residual norm, such as -0.5,0.25,1",
      numbers,
      [-0.5, 0.125, 0.25, 0.5, 1],
    )
    .option("--on <model>", "what is steered: base, or a step of the run", untouched, "base");
  return withInterventionOptions(withTokensOption(command))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat steer runs/demo --direction mean --strengths -0.5,0.25,0.5\n" +
        "  $ turncoat steer runs/demo --direction mean --layers 2 --on 150 --strengths -1,-0.5 --html steer.html\n",
    )
    .action((directory: string, flags: SteerFlags) =>
      intervene(directory, flags, async ({ run, model, questions }) => {
        const set = directionSet(run, model.config.hiddenSize, {
          direction: flags.direction,
          step: flags.at,
        });
        const { conditions, lengths } = await steerConditions({
          run,
          model,
          questions: questions.plan.questions,
          set,
          layers: flags.layers,
          strengths: flags.strengths,
          on: flags.on,
          draws: flags.random,
          seed: flags.randomSeed,
        });
        return {
          conditions,
          lengths,
          settings: { kind: "steer", ...directionSettings(set), on: flags.on },
          name: `steer-${flags.direction}-on-${flags.on}${flags.tokens === "all" ? "" : `-${flags.tokens}`}`,
        };
      }),
    );
}

/** Parses numbers separated by commas, such as `-1,0.5`. */
export function numbers(text: string): number[] {
  return [...new Set(text.split(",").map(finiteNumber))];
}

/** Parses what interventions are made on: `base`, or a step. */
export function untouched(text: string): UntouchedChoice {
  if (text === "base") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected base, or a step of the run.");
}
