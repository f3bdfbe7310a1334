import { stringify } from "yaml";
import type { TrainingPlan } from "../../pipeline/training/plan.js";
import { datasetUseWords } from "../../train/data/dataset.js";
import { conversationsOfStep } from "../../train/trainConfig.js";
import { encodeTrainConfig } from "../../train/trainRecord.js";
import { bytesText } from "./bytesText.js";
import { timeText } from "./progress.js";

/** Says what a training will do and take, settings first. */
export function planText(plan: TrainingPlan, runs: number): string {
  const { config, conversations, stepsPerEpoch, checkpoints, states, bytes, expected } = plan;
  const { use } = conversations;
  const share = ((100 * plan.trainableParameters) / plan.modelParameters).toPrecision(2);
  const words = use === null ? null : datasetUseWords(use, config.maxLength);
  const epochs = stepsPerEpoch === 0 ? "" : `, ${(config.steps / stepsPerEpoch).toFixed(2)} epochs`;
  const lines: readonly (readonly [string, string])[] = [
    [
      "trainable",
      `${count(plan.trainableParameters)} parameters, ${share} % of ${count(plan.modelParameters)}`,
    ],
    [
      "data",
      `${count(conversations.trained)} conversations to train on, ${count(conversations.heldOut)} held out` +
        (use === null ? "; no tokenizer is there to say which are left out" : "") +
        (words === null ? "" : `; ${words}`),
    ],
    [
      "steps",
      `${count(config.steps)} of ${conversationsOfStep(config)} conversations; ${count(stepsPerEpoch)} an epoch${epochs}`,
    ],
    ["checkpoints", `${count(checkpoints.length)} beside step 0: ${stepsText(checkpoints)}`],
    ...(states.length === 0 ? [] : [["states", `${count(states.length)}: ${stepsText(states)}`] as const]),
    [
      "written",
      `${bytesText(bytes.total)}: checkpoints ${bytesText(bytes.checkpoints)}` +
        (bytes.directions === 0 ? "" : `, random projections ${bytesText(bytes.directions)}`) +
        (bytes.states === 0 ? "" : `, states ${bytesText(bytes.states)}`),
    ],
    [
      "expected here",
      expected === null
        ? "not measured: the folder holds no weights"
        : `${timeText(expected.seconds)}, ${expected.secondsPerStep.toPrecision(2)} s a step, ` +
          `${Math.round(expected.tokensPerSecond)} tokens/s, ${bytesText(expected.memoryBytes)} of memory ` +
          `(from ${expected.trialSteps} steps made in a temporary folder)`,
    ],
    ...(runs === 1 ? [] : [["runs", `${runs} like this one, each written beside the others`] as const]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const rows = lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  return `${stringify(encodeTrainConfig(config)).trimEnd()}\n\n${rows.join("\n")}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US").replaceAll(",", " ");
}

/** Lists steps, the middle of a long list left out. */
function stepsText(steps: readonly number[]): string {
  return steps.length <= 16
    ? steps.join(", ")
    : `${steps.slice(0, 12).join(", ")}, …, ${steps.slice(-3).join(", ")}`;
}
