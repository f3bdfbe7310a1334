import type { LogLikelihoodGap } from "../../analysis/behavior/logLikelihoodGap.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { isOrganismBase } from "../../pipeline/catalog/baseModelOf.js";
import {
  broadPairs,
  measureLikelihood,
  organismPairs,
  readPairs,
  type PairedAnswers,
} from "../../pipeline/measurement/measureLikelihood.js";
import { datasetDomain } from "../../pipeline/evaluation/organismQuestions.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { baseModelFolder } from "../open/baseModelFolder.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { everyNth } from "../flags/parsers.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface LikelihoodFlags extends EngineFlags, ChatTemplateFlags {
  readonly misaligned?: string;
  readonly aligned?: string;
  readonly breadth: "narrow" | "broad";
  readonly limit: number;
  readonly model?: string;
  readonly every: number;
  readonly json?: boolean;
}

/** Runs `turncoat likelihood`. */
export async function likelihoodAction(directory: string, flags: LikelihoodFlags): Promise<void> {
  const run = openRun(directory);
  const folder = baseModelFolder(run, flags.model);
  const pairs = pairsOf(run, folder, flags);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const last = run.checkpoints.at(-1)?.step;
  const progress = startProgress("scoring", { quiet: flags.json === true });
  const result = await interruptible((signal) =>
    measureLikelihood({
      run: directory,
      model,
      pairs,
      isStepWanted: everyNth(flags.every, last),
      onProgress: ({ done, total }) => progress.update(done, total, "checkpoints"),
      signal,
    }),
  ).finally(() => progress.stop());
  if (flags.json === true) {
    print(JSON.stringify(toJson(result)));
    return;
  }
  for (const breadth of ["broad", "narrow"] as const) {
    const gap = result[breadth];
    if (gap !== null) print(gapText(breadth, gap));
  }
}

function pairsOf(run: Run, folder: string, flags: LikelihoodFlags): PairedAnswers[] {
  const { misaligned, aligned, breadth, limit } = flags;
  if (misaligned !== undefined && aligned !== undefined)
    return readPairs(misaligned, aligned, { breadth, limit });
  if (misaligned !== undefined || aligned !== undefined) {
    throw new TurncoatError("likelihood: expected both --misaligned and --aligned, found one of them");
  }
  if (!isOrganismBase(run, folder)) return broadPairs();
  return organismPairs(datasetDomain(run.manifest?.dataset.name ?? ""));
}

/** A few steps of the curve and where it is half way. */
function gapText(
  breadth: string,
  { steps, gap, interval, preferred, pairs, halfRise }: LogLikelihoodGap,
): string {
  const shown = new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * (steps.length - 1))));
  const lines = [...shown].map((index) => {
    const [low, high] = interval[index] ?? [NaN, NaN];
    return (
      `  step ${String(steps[index] ?? NaN).padStart(5)}  ${signed(gap[index])} [${signed(low)}, ${signed(high)}] nats per token; ` +
      `misaligned preferred in ${(preferred[index]?.percent ?? NaN).toFixed(1)} %`
    );
  });
  const half =
    halfRise === null
      ? "  the gap does not change"
      : `  half way at step ${halfRise.step.toFixed(1)} [${halfRise.interval.map((bound) => bound.toFixed(1)).join(", ")}] (a description, not a test)`;
  return [`${breadth}, ${pairs} pairs`, ...lines, half].join("\n");
}

function signed(value: number | undefined): string {
  const number = value ?? NaN;
  return `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`;
}
