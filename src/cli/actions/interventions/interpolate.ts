import { interpolateConditions } from "../../../pipeline/interventions/interpolateConditions.js";
import { lastStep, runLabel } from "../../../pipeline/interventions/plannedConditions.js";
import { openRun } from "../../../runs/openRun.js";
import { intervene, type InterventionFlags } from "./intervene.js";

interface InterpolateFlags extends InterventionFlags {
  readonly at: readonly number[];
  readonly step?: number;
  readonly otherStep?: number;
}

/** Runs `turncoat interpolate`. */
export function interpolateAction(
  directory: string,
  otherDirectory: string,
  flags: InterpolateFlags,
): Promise<void> {
  return intervene(directory, flags, ({ run }) => {
    const other = openRun(otherDirectory);
    const [step, otherStep] = [flags.step ?? lastStep(run), flags.otherStep ?? lastStep(other)];
    return {
      conditions: interpolateConditions({
        run,
        step,
        other,
        otherStep,
        at: flags.at,
        draws: flags.random,
        seed: flags.randomSeed,
      }),
      settings: { kind: "interpolate", step, other: runLabel(other), otherStep },
      name: `interpolate-${runLabel(other)}`,
    };
  });
}
