import { choiceField, flagField, numberField, stepField, textField } from "./urlFields.js";

/** Fields of the address of the playground. */
export const playgroundFields = {
  run: textField("playground"),
  /** A question's id, or what was typed; null is the run's most telling question. */
  question: textField("q"),
  /** Step of the checkpoint; null is the last one. */
  step: stepField("step"),
  scale: numberField("x", 1),
  /** Id of the steering direction; null is none. */
  direction: textField("dir", { entry: "replace" }),
  /** Kind of edit: the direction is added to the residual stream, or taken out of it. */
  edit: choiceField("edit", ["add", "projectOut"], "add", { entry: "replace" }),
  strength: numberField("by", 1),
  /** Layer of the edit; null is the direction's own layer to add it, and every layer to take it out. */
  layer: stepField("layer"),
  /** Step at which the direction was measured; null is the last. */
  measuredAt: stepField("at"),
  /** Answers a point of the sweep that is shown; null where none is. */
  sweep: stepField("sweep"),
  /** What the sweep is over: strengths of the steering, or factors on what the checkpoint adds. */
  over: choiceField("over", ["strength", "factor"], "strength", { entry: "replace" }),
  /** True where the base model answers beside the chosen one. */
  withBase: flagField("base", true, { entry: "replace" }),
  /** Largest strength, or factor, of a sweep. */
  span: numberField("span", 2),
  temperature: numberField("t", 1),
  answers: numberField("n", 3),
  seed: numberField("seed", 0),
  /** Most tokens of an answer; null is what suits the model. */
  longest: stepField("max"),
} as const;
