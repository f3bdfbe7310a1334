import { choiceField, flagField, listField, nameField, numberField, rangeField } from "./urlFields.js";

/** Fields of the address of a comparison. */
export const compareFields = {
  runs: listField("compare"),
  align: choiceField("align", ["step", "relativeStep", "transition"], "step"),
  /** The transition that is 0, where runs are aligned by one. */
  by: nameField("by", "behavior"),
  /** True where runs that differ in the seed alone are one curve. */
  fold: flagField("fold", false),
  band: choiceField("band", ["interval", "deviation", "range"], "interval"),
  /** Half-window of the local cosine; null is the middle one. */
  k: numberField("k", null, { entry: "push" }),
  /** Position of the cursor on the axis; null is the end. */
  at: numberField("at", null),
  zoom: rangeField("zoom"),
  /** Setting by which the rows of the table are grouped. */
  group: nameField("rows", ""),
  /** Curves that are not drawn. */
  off: listField("off"),
  /** Question whose answers stand beside each other. */
  question: nameField("q", ""),
  /** Kind of directions that are compared. */
  directions: choiceField("dir", ["update", "B", "misalignment", "paths"], "update"),
  /** True where they are taken at the cursor, not at the end. */
  atCursor: flagField("dirat", false),
} as const;
