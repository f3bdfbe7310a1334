import type { EditedTokens } from "../../../model/generation/editedTokens.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import type { UntouchedChoice } from "../../../pipeline/interventions/plannedConditions.js";
import { directionSettings } from "../../../pipeline/interventions/runInterventions.js";
import { steerConditions } from "../../../pipeline/interventions/steerConditions.js";
import { intervene, type InterventionFlags } from "./intervene.js";

interface SteerFlags extends InterventionFlags {
  readonly direction: string;
  readonly at?: number;
  readonly layers?: readonly number[];
  readonly strengths: readonly number[];
  readonly on: UntouchedChoice;
  readonly tokens: EditedTokens;
}

/** Runs `turncoat steer`. */
export function steerAction(directory: string, flags: SteerFlags): Promise<void> {
  return intervene(directory, flags, async ({ run, model, questions }) => {
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
  });
}
