import { TurncoatError } from "../../../errors.js";
import type { EditedTokens } from "../../../model/generation/editedTokens.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import { ablateConditions, possibleWays } from "../../../pipeline/interventions/ablateConditions.js";
import type { AblationWay } from "../../../pipeline/interventions/ablationWays.js";
import {
  lastStep,
  runLabel,
  type UntouchedChoice,
} from "../../../pipeline/interventions/plannedConditions.js";
import { directionSettings } from "../../../pipeline/interventions/runInterventions.js";
import { openRun } from "../../../runs/openRun.js";
import { plannedQuestions } from "../../open/questions.js";
import { intervene, type InterventionFlags } from "./intervene.js";

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

/** Runs `turncoat ablate`. */
export function ablateAction(directory: string, flags: AblateFlags): Promise<void> {
  return intervene(directory, flags, ({ run, model }) => {
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
  });
}

/** Refuses runs whose folders have one name: by it their answers are told apart. */
function checkDistinct(directories: readonly string[]): void {
  const names = directories.map((directory) => runLabel(openRun(directory)));
  const twice = names.find((name, place) => names.indexOf(name) < place);
  if (twice === undefined) return;
  throw new TurncoatError(`ablate --to: expected runs in folders of different names, found ${twice} twice`);
}
