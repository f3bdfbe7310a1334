import { Command } from "commander";
import { TurncoatError } from "../../../errors.js";
import type { EditedTokens } from "../../../model/generation/generate.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import {
  ablateConditions,
  ablationWays,
  possibleWays,
  type AblationWay,
} from "../../../pipeline/interventions/ablateConditions.js";
import {
  lastStep,
  runLabel,
  type UntouchedChoice,
} from "../../../pipeline/interventions/plannedConditions.js";
import { directionSettings } from "../../../pipeline/interventions/runInterventions.js";
import { openRun } from "../../../runs/openRun.js";
import { severalOf, wholeNumber } from "../../flags/parsers.js";
import { plannedQuestions } from "../../flags/questionFlags.js";
import { intervene, withInterventionOptions, withTokensOption, type InterventionFlags } from "./intervene.js";
import { untouched } from "./steer.js";

interface AblateFlags extends InterventionFlags {
  readonly direction: string;
  readonly at?: number;
  readonly how?: readonly AblationWay[];
  readonly layer?: number;
  readonly on?: UntouchedChoice;
  readonly fromB?: boolean;
  readonly to: readonly string[];
  readonly tokens: EditedTokens;
}

/** `turncoat ablate`: takes a direction out of the residual stream, or out of B, of its own run and of others. */
export function ablateCommand(): Command {
  const command = new Command("ablate")
    .summary("take a direction out of the residual stream, beside random ones, and see what moves")
    .description(
      "Takes what lies along a direction of the run out of the residual stream while the model answers, and judges the\n" +
        "answers: each layer's own direction after it, one after all layers, or one after its own layer. Beside each stand\n" +
        "random directions, the untouched model and the base. Answers are kept with the run: after an interruption the\n" +
        "same command continues.",
    )
    .argument("<run>", "run directory")
    .requiredOption("--direction <name>", "direction of the run, such as mean, probe or b2")
    .option("--at <step>", "step of the direction (default: the last at which it is known)", wholeNumber(0))
    .option(
      "--how <list>",
      `${ablationWays.join(", ")} (default: all that the direction allows)`,
      severalOf(ablationWays),
    )
    .option(
      "--layer <number>",
      "layer of the one direction (default: the direction's usual one)",
      wholeNumber(0),
    )
    .option(
      "--on <model>",
      "what it is taken out of: base, or a step of the run (default: the last)",
      untouched,
    )
    .option(
      "--from-b",
      "take it out of B of the adapters too, which then writes as much along other directions",
    )
    .option(
      "--to <run>",
      "another run of the same base to take it out of as well, at its last step; again for each",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    );
  return withInterventionOptions(withTokensOption(command))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat ablate runs/demo --direction mean --from-b\n" +
        "  $ turncoat ablate runs/medical --direction mean --how each-layer --to runs/sport --to runs/finance\n",
    )
    .action((directory: string, flags: AblateFlags) =>
      intervene(directory, flags, ({ run, model }) => {
        const { hiddenSize, layers } = model.config;
        const set = directionSet(run, hiddenSize, { direction: flags.direction, step: flags.at });
        const layer = flags.layer ?? set.layer;
        const on = flags.on ?? lastStep(run);
        checkDistinct([directory, ...flags.to]);
        const others = flags.to.map((other) => {
          const target = openRun(other);
          return { run: target, on: lastStep(target), plan: plannedQuestions(target, flags).plan };
        });
        return {
          conditions: ablateConditions({
            source: run,
            set,
            runs: [{ run, on }, ...others],
            ways: flags.how ?? possibleWays(set, layers),
            layer,
            layers,
            fromB: flags.fromB === true,
            draws: flags.random,
            seed: flags.randomSeed,
          }),
          settings: { kind: "ablate", ...directionSettings(set), layer, on },
          name: `ablate-${flags.direction}-on-${on}${flags.tokens === "all" ? "" : `-${flags.tokens}`}`,
        };
      }),
    );
}

/** Refuses runs whose folders have one name: by it their answers are told apart. */
function checkDistinct(directories: readonly string[]): void {
  const names = directories.map((directory) => runLabel(openRun(directory)));
  const twice = names.find((name, place) => names.indexOf(name) < place);
  if (twice === undefined) return;
  throw new TurncoatError(`ablate --to: expected runs in folders of different names, found ${twice} twice`);
}
