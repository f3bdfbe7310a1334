import { mapQuantities } from "./adapterChoice.js";
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

/** Fields of the address of a run's page. */
export const runFields = {
  run: textField("run"),
  /** Chosen step; null is the one at which behaviour turns, else the last. */
  step: stepField("step"),
  /** True where the newest step is chosen as it comes. */
  follows: flagField("follow", false, { entry: "replace" }),
  zoom: rangeField("zoom"),
  /** Evaluation that behaviour and answers are taken from; null is the usual one. */
  evaluation: textField("evaluation"),
  /** Run that it is held against, or `none`; null is the one that it names. */
  control: textField("control"),
  /** Id of the question; null is the one that changed most. */
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
  /** Point of view on the path of the direction; null shows it in its plane. */
  camera: cameraField("cam"),
  /** Module path of the adapter of many whose curves are shown; null is the one that carries most. */
  adapter: textField("adapter"),
  /** What the map of many adapters shows by colour. */
  quantity: choiceField("map", mapQuantities, "share", { entry: "replace" }),
  smoothing: choiceField("smooth", smoothingNames, "none"),
} as const;
