import { lastStep } from "../../../pipeline/interventions/plannedConditions.js";
import { scaleConditions, type ModuleFactors } from "../../../pipeline/interventions/scaleConditions.js";
import { intervene, type InterventionFlags } from "./intervene.js";

interface ScaleFlags extends InterventionFlags {
  readonly factors: readonly ModuleFactors[];
  readonly step?: number;
}

/** Runs `turncoat scale`. */
export function scaleAction(directory: string, flags: ScaleFlags): Promise<void> {
  return intervene(directory, flags, ({ run }) => {
    const step = flags.step ?? lastStep(run);
    return {
      conditions: scaleConditions({
        run,
        step,
        cases: flags.factors,
        draws: flags.random,
        seed: flags.randomSeed,
      }),
      settings: { kind: "scale", step },
      name: `scale-step-${step}`,
    };
  });
}
