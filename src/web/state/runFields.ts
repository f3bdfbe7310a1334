import { cameraField } from "./camera.js";
import { smoothingNames } from "./smoothings.js";
import {
  choiceField,
  flagField,
  listField,
  numberField,
  rangeField,
  stepField,
  textField,
} from "./urlFields.js";

/** What the address of a run's page says. */
export const runFields = {
  run: textField("run"),
  /** Null is the step at which behaviour turns, else the last. */
  step: stepField("step"),
  zoom: rangeField("zoom"),
  /** Null is the question that changed most. */
  question: textField("question"),
  /** Scale factor of the answers; null is 1, or the smallest evaluated. */
  scale: numberField("x", null, { entry: "push" }),
  /** Number of the answer that is followed across the steps. */
  sample: numberField("nr", 0),
  onlyMisaligned: flagField("bad", false),
  /** Letters of the transitions that are not drawn. */
  hidden: listField("hide", (text) => /^[A-Z]$/.test(text)),
  /** Curves that are not drawn: `figure: name`. */
  curves: listField("off"),
  /** Null shows the path of the direction in its plane. */
  camera: cameraField("cam"),
  smoothing: choiceField("smooth", smoothingNames, "none"),
} as const;
