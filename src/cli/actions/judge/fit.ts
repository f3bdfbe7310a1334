import type { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import type { Pooling } from "../../../evaluate/judge/poolings.js";
import { openModel } from "../../../model/model.js";
import { fitProbeJudge } from "../../../pipeline/judging/fitProbeJudge.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { openEngine } from "../../open/engine.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { interruptible } from "../../interrupt.js";
import { probeJudgeText } from "../../output/probeJudgeText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface FitFlags extends EngineFlags {
  readonly model: string;
  readonly out: string;
  readonly layers?: readonly number[];
  readonly pooling: readonly Pooling[];
  readonly perQuestion?: number;
  readonly features?: string;
  readonly alignedBelow: number;
  readonly json?: boolean;
}

/** Runs `turncoat judge fit`. */
export async function fitAction(paths: string[], _: unknown, command: Command): Promise<void> {
  // What judge itself has an option for, such as --json, it takes also behind the name of this command.
  const { model: folder, ...flags } = command.optsWithGlobals<FitFlags>();
  const progress = startProgress("reading", { quiet: flags.json === true });
  const { file, rates } = await interruptible(async (signal) => {
    const model = openModel(folder, await openEngine(flags));
    model.tokenizer.requireTemplate();
    return fitProbeJudge({
      paths,
      model,
      ...(flags.layers === undefined ? {} : { layers: flags.layers }),
      poolings: flags.pooling,
      ...(flags.perQuestion === undefined ? {} : { perQuestion: flags.perQuestion }),
      ...(flags.features === undefined ? {} : { featuresPath: flags.features }),
      alignedBelow: flags.alignedBelow,
      onProgress: (what, done, total) => progress.update(done, total, what),
      signal,
    });
  }).finally(() => progress.stop());
  writeFileWhole(flags.out, `${JSON.stringify(toJson(file))}\n`);
  if (flags.json === true) {
    const { scores, fittedOn, metrics } = file;
    const chosen = Object.entries(metrics).map(
      ([metric, { layer, pooling, target, penalty }]) =>
        [metric, { layer, pooling, target, penalty }] as const,
    );
    print(
      JSON.stringify(toJson({ out: flags.out, chosen: Object.fromEntries(chosen), scores, fittedOn, rates })),
    );
    return;
  }
  print(probeJudgeText(file, rates));
  print(`written: ${flags.out}`);
}
