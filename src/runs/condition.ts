import { z } from "zod";
import type { DeepReadonly } from "../formats/json.js";

/**
 * Kinds of conditions under which a model answers: untouched, what the interventions are made on; the base; the run's last
 * step, where the base is what is untouched; an intervention; and its twin along a random direction of the same length.
 */
const conditionKinds = ["untouched", "base", "trained", "intervention", "random"] as const;

/** Schema of a condition, as each answer given under it has it. */
export const conditionSchema = z.object({
  /** Name of the condition, its own in its file. */
  name: z.string(),
  kind: z.enum(conditionKinds),
  /** Run that answers, by the name of its folder; absent for the run that holds the file. */
  run: z.string().optional(),
  /** Way of the intervention, such as `each-layer`; absent where there is one way. */
  how: z.string().optional(),
  /** Layer after which the stream changes, or null for several or none. */
  layer: z.int().nonnegative().nullable(),
  /** Strength in its unit: shares of the residual norm, a factor, a place between two adapters; null without one. */
  strength: z.number().nullable(),
  /** Factor λ on the direction's own vector; null where nothing is added. */
  lambda: z.number().nullable(),
  /** Name of the intervention that a random twin belongs to. */
  twinOf: z.string().optional(),
});

/** Condition under which a model answered. */
export type Condition = DeepReadonly<z.infer<typeof conditionSchema>>;
