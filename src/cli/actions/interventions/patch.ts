import { patchConditions } from "../../../pipeline/interventions/patchConditions.js";
import { baselineConditions, lastStep } from "../../../pipeline/interventions/plannedConditions.js";
import { intervene, type InterventionFlags } from "./intervene.js";

interface PatchFlags extends InterventionFlags {
  readonly step?: number;
}

/** Runs `turncoat patch`. */
export function patchAction(directory: string, flags: PatchFlags): Promise<void> {
  return intervene(directory, flags, ({ run, model, questions }) => {
    const step = flags.step ?? lastStep(run);
    return {
      conditions: baselineConditions(run, step),
      following: (answers) =>
        patchConditions({
          run,
          step,
          model,
          plan: questions.plan,
          answers,
          draws: flags.random,
          seed: flags.randomSeed,
        }),
      settings: { kind: "patch", step },
      name: `patch-on-${step}`,
    };
  });
}
